"""What the records of a list come to, fetched after the page."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.kinds import DEAL, INVOICE
from modules.crm.domain.selling import list_sums
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.exchange import set_rates
from modules.crm.domain.selling.product_rows import set_rows
from modules.crm.domain.selling.settings import set_selling
from modules.crm.views.listing import RecordList
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record


def _asked(client: Client, address: str) -> tuple[str, int]:
    """The words of the answer, and how many statements it took."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split()), len(queries)


def test_a_list_says_what_it_comes_to(
    portal: Portal, alice: User, carol: User, as_: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_selling(actor=alice, changes={"base_currency": "EUR"})
    set_rates(actor=alice, day=date(2026, 1, 1), rates={"USD": "0.5"})
    client, page = as_(alice), "/crm/deals/?part=sums"
    assert _asked(client, page)[0] == ""
    for title, amount, currency in (("Oak", "100", "EUR"), ("Elm", "30.50", "EUR")):
        record(alice, DEAL, title=title, amount=amount, currency=currency)
    shown, queries = _asked(client, page)
    assert shown == "Sum: <b>€130.50</b>"
    assert f'hx-get="{page}"' in client.get("/crm/deals/").content.decode()
    record(alice, DEAL, title="Ash", amount="20.01", currency="USD")
    record(alice, DEAL, title="Fir", amount="7", currency="RUB")
    text, more = _asked(client, page)
    assert text.startswith("Sum: <b>≈ €140.51</b>")
    assert "without RUB: no exchange rate" in text
    assert more == queries  # neither rows nor currencies ask for more
    assert _asked(client, f"{page}&q=Elm")[0] == "Sum: <b>€30.50</b>"
    monkeypatch.setattr(list_sums, "MOST", 3)
    assert "Add up all of them" in _asked(client, page)[0]
    assert "€140.51" in _asked(client, "/crm/deals/?part=whole")[0]
    set_field_rights(actor=alice, kind=DEAL, field="amount", rights={carol.role_id: "hidden"})
    assert as_(carol).get(page).status_code == 404
    assert "part=sums" not in as_(carol).get("/crm/deals/").content.decode()


def test_sums_bring_the_count_of_a_narrowed_list_along(
    portal: Portal, alice: User, as_: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RecordList, "page_size", 2)
    stage = record(alice, DEAL, title="Oak 0").stage
    for n in range(1, 3):
        record(alice, DEAL, title=f"Oak {n}")
    client, counted = as_(alice), '<span id="ui-list-count" hx-swap-oob="innerHTML">3 rows'
    for narrowed in ("q=Oak", f"stage={stage.pk}&q=Oak", f"stage={stage.pk}&responsible={alice.pk}&q=Oak"):
        page = client.get(f"/crm/deals/?{narrowed}").content.decode()
        assert '<span role="status" id="ui-list-count">2+ rows' in page
        assert [title for title in ("Oak 0", "Oak 1", "Oak 2") if title in page] == ["Oak 1", "Oak 2"]
        assert counted in _asked(client, f"/crm/deals/?{narrowed}&part=sums")[0]
    assert counted not in _asked(client, "/crm/deals/?part=sums")[0]
    monkeypatch.setattr(list_sums, "MOST", 1)
    assert "10,000+ rows" in _asked(client, "/crm/deals/?q=Oak&part=sums")[0]


def test_invoices_are_added_up_by_their_totals(portal: Portal, alice: User, as_: Callable[[User], Client]) -> None:
    set_selling(actor=alice, changes={"base_currency": "EUR"})
    deal = record(alice, DEAL, title="Oak", currency="EUR")
    set_rows(actor=alice, record=deal, rows=[{"title": "Board", "price": "12.25", "quantity": "2"}])
    make_document(actor=alice, kind=INVOICE, source=deal)
    assert _asked(as_(alice), "/crm/invoices/?part=sums")[0] == "Sum: <b>€24.50</b>"
