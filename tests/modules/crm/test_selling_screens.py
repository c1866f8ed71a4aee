"""Selling through the doors that people and programs use: pages and the API."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pypdf import PdfReader
from redis.exceptions import ConnectionError as RedisConnectionError

from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.live.groups import may_join
from modules.crm.domain.kinds import COMPANY, DEAL, INVOICE, PRODUCT, QUOTE
from modules.crm.domain.record import create_record
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.document_status import issue_invoice
from modules.crm.domain.selling.paper import document_pdf
from modules.crm.domain.selling.price_type import price_types
from modules.crm.domain.selling.prices import set_prices
from modules.crm.domain.selling.product_rows import set_rows
from modules.crm.domain.selling.public_link import link_of, open_link
from modules.crm.models import Invoice, Letterhead, NumberSeries, Price, Product, ProductRow, ProductSection
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.picture import bomb
from tests.factories.record import record
from tests.support.clients import anonymous

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
ANY = {"If-Match": "*"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


def page(client: Client, path: str, status: int = 200, **headers: Any) -> str:
    answer = client.get(path, headers=headers or None)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def test_rows_are_written_on_the_card(portal: Portal, as_: SignIn, alice: User) -> None:
    client = as_(alice)
    tea = record(alice, PRODUCT, title="Green tea", sku="T-1", on_hand="3")
    set_prices(actor=alice, product=tea, prices={(price_types()[0].pk, "USD"): "12"})
    deal = record(alice, DEAL, title="Tea", currency="USD")
    path = f"/crm/deals/{deal.pk}/rows/"
    assert "Add products" in page(client, f"/crm/deals/{deal.pk}/")
    found = page(client, f"{path}find/?q=t-1")
    assert "Green tea" in found
    assert "$12" in found
    assert 'value="12.00"' in page(client, f"{path}line/?product={tea.pk}")
    typed = {
        "product": [str(tea.pk), ""],
        "title": ["Green tea", "Cup"],
        "unit": ["piece", "piece"],
        "quantity": ["5", "2"],
        "price": ["10", "1,25"],
        "discount": ["", "0.50"],
        "discount_kind": ["percent", "amount"],
        "vat_rate": ["20", ""],
        "vat_included": ["0", "1"],
    }
    told = client.post(f"{path}check/", typed).json()
    assert told["lines"][0] == {"total": "$60.00", "note": "The catalogue says $12. Only 3 available."}
    assert told["lines"][1] == {"total": "$2.00", "note": ""}
    assert "$62" in told["sums"]
    assert ProductRow.objects.filter(deal=deal).count() == 0
    wrong = client.post(path, {**typed, "quantity": ["5", "none"]}, headers=HTMX)
    assert wrong.status_code == 422
    assert "Write a number." in wrong.content.decode()
    assert client.post(path, {**typed, "version": str(deal.version)}, headers=HTMX).status_code == 204
    deal.refresh_from_db()
    assert (str(deal.amount), deal.amount_by_hand) == ("62.000", False)
    assert client.post(path, {**typed, "version": "0"}, headers=HTMX).status_code == 409


def test_papers_on_their_cards(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    client = as_(alice)
    deal = record(alice, DEAL, title="Bread", amount="90", currency="EUR")
    made = client.post(f"/crm/deals/{deal.pk}/make/quote/")
    assert made.status_code == 302
    card = page(client, made["Location"])
    assert "Send by mail" in card
    assert client.get(f"{made['Location']}pdf/").content.startswith(b"%PDF-")
    bill = client.post(f"{made['Location']}make/invoice/")["Location"]
    assert client.post(f"{bill}status/", {"status": "issue"}).status_code == 302
    assert client.post(f"{bill}pay/", {"amount": "100", "method": "bank"}).status_code == 422
    assert client.post(f"{bill}pay/", {"amount": "40", "method": "bank", "paid_on": "2026-02-30"}).status_code == 422
    assert client.post(f"{bill}pay/", {"amount": "40", "method": "bank"}).status_code == 302
    assert "Partly paid" in page(client, bill)
    seen = {"amount": "10", "method": "bank", "version": str(Invoice.objects.get().version)}
    assert f'name="version" value="{seen["version"]}"' in page(client, f"{bill}pay/")
    assert [client.post(f"{bill}pay/", seen, headers=HTMX).status_code for _click in range(2)] == [204, 409]
    assert 'name="version"' in page(client, f"{bill}letter/")
    letter = {"to": "ann@x.example", "subject": "Bill", "text": "Here", "version": seen["version"]}
    assert client.post(f"{bill}letter/", letter, headers=HTMX).status_code == 409
    assert page(client, f"{bill}repeat/")
    for path in ("/crm/quotes/", "/crm/invoices/", "/crm/products/"):
        assert page(client, path)
    assert as_(bob).get(bill).status_code == 404
    assert as_(bob).post(f"{bill}pay/", {"amount": "1", "method": "bank"}).status_code == 404
    assert str(Invoice.objects.get().paid) == "50.000"


def test_the_catalogue_is_kept_on_its_pages(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    client = as_(alice)
    tea = record(alice, PRODUCT, title="Green tea")
    retail = price_types()[0]
    path = f"/crm/products/{tea.pk}/"
    assert client.post("/crm/products/sections/", {"name": "Drinks"}).status_code == 302
    assert client.post("/crm/products/sections/", {"name": " "}).status_code == 422
    drinks = ProductSection.objects.get(name="Drinks")  # everybody's: who may change own products alone leaves it
    assert as_(bob).get("/crm/products/sections/").status_code == 403
    assert as_(bob).post(f"/crm/products/sections/{drinks.pk}/remove/").status_code == 403
    section = ProductSection.objects.get()
    assert client.post(f"{path}edit/section_id/", {"section_id": str(section.pk)}).status_code == 302
    assert "Green tea" in page(client, f"/crm/products/?section={section.pk}")
    assert page(client, f"{path}prices/?currency=EUR")
    cell = f"{retail.pk}:EUR"
    assert client.post(f"{path}prices/", {"currencies": ["EUR"], cell: "-5"}).status_code == 422
    assert client.post(f"{path}prices/", {"currencies": ["EUR"], cell: "7,30"}).status_code == 302
    assert [str(price.amount) for price in Price.objects.filter(product=tea)] == ["7.3000"]
    picture = SimpleUploadedFile("tea.png", PNG, "image/png")
    assert client.post(f"{path}picture/change/", {"picture": picture}).status_code == 302
    assert client.get(f"{path}picture/")["Content-Type"] == "image/png"
    bad = SimpleUploadedFile("tea.png", b"<svg onload=alert(1)>", "image/png")
    assert client.post(f"{path}picture/change/", {"picture": bad}).status_code in (400, 422)
    huge = SimpleUploadedFile("huge.png", bomb(), "image/png")  # promise 66
    assert client.post(f"{path}picture/change/", {"picture": huge}).status_code in (400, 422)
    assert client.post(f"/crm/products/sections/{section.pk}/remove/").status_code == 302
    assert Product.objects.get(pk=tea.pk).section_id is None


def test_settings_of_selling(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    client = as_(alice)
    ours = record(alice, COMPANY, name="Ours", is_own="yes")
    assert "Ours" in page(client, "/crm/settings/selling/")
    assert page(client, "/crm/settings/selling/rates/")
    numbers = {"invoice-template": "INV-{year}-{number:3}", "invoice-yearly": "on", "invoice-next_number": "41"}
    assert client.post("/crm/settings/selling/numbers/invoice/", numbers).status_code == 302
    lower = {**numbers, "invoice-next_number": "5"}
    assert client.post("/crm/settings/selling/numbers/invoice/", lower).status_code == 422
    look = {"colour": "#123456", "signer": "Ann Lee", "stamp": SimpleUploadedFile("s.png", PNG, "image/png")}
    Image.new("RGB", (3, 3), "navy").save(drawn := BytesIO(), "PNG")
    second = SimpleUploadedFile("b.png", drawn.getvalue(), "image/png")
    look |= {"second_signer": "Bea Moss", "second_post": "Chief accountant", "second_signature": second}
    assert client.post(f"/crm/settings/selling/papers/{ours.pk}/", look).status_code == 302
    assert Letterhead.objects.get().stamp_key
    for name in ("stamp", "second_signature"):
        assert client.get(f"/crm/settings/selling/papers/{ours.pk}/{name}/").content[:4] == b"\x89PNG"
    rates = {"day": "2026-03-01", "EUR": "1.1"}
    assert client.post("/crm/settings/selling/rates/", rates).status_code == 302
    assert client.post("/crm/settings/selling/rates/", {**rates, "EUR": "much"}).status_code == 422
    invoice = make_document(actor=alice, kind=INVOICE, source=record(alice, DEAL, title="x", amount="1"))
    issued = issue_invoice(actor=alice, invoice=invoice)
    assert issued.number.endswith("-041")
    (paper,) = PdfReader(BytesIO(document_pdf(issued))).pages
    text = paper.extract_text()
    assert (text.count("Ann Lee"), text.count("Bea Moss"), text.count("Chief accountant")) == (1, 1, 1)
    assert len(paper.images) == 2
    assert as_(bob).get("/crm/settings/selling/").status_code == 403


def test_a_sale_over_the_api(portal: Portal, api: Callable[..., Client], alice: User) -> None:
    client = api(alice)
    product = client.post("/api/v1/products", {"title": "Tea", "sku": "A1"}, "application/json").json()
    kind = price_types()[0].pk
    prices = {"prices": [{"type": kind, "currency": "EUR", "amount": "2.5"}]}
    put = client.put(f"/api/v1/products/{product['id']}/prices", prices, "application/json")
    assert put.json()["prices"] == [{"type": kind, "currency": "EUR", "amount": "2.5000"}]
    deal = client.post("/api/v1/deals", {"title": "Tea", "currency": "EUR"}, "application/json").json()
    rows = {"rows": [{"product": product["id"], "quantity": "4"}]}
    put = client.put(f"/api/v1/deals/{deal['id']}/rows", rows, "application/json", headers=ANY)
    assert put.status_code == 200, put.content
    assert put.json()["rows"][0]["total"] == "10.00"
    assert client.get(f"/api/v1/deals/{deal['id']}").json()["amount"] == "10.00"
    quote = client.post(f"/api/v1/deals/{deal['id']}/quote").json()
    assert client.post(f"/api/v1/quotes/{quote['id']}/link").json()["url"].startswith(portal.url)
    bill = client.post(f"/api/v1/quotes/{quote['id']}/invoice").json()["id"]
    bill_path = f"/api/v1/invoices/{bill}"
    issued = client.post(f"/api/v1/invoices/{bill}/issue").json()
    assert (issued["status"], issued["total"], issued["paid"]) == ("sent", "10.00", "0.00")
    paid = {"amount": "10", "external_id": "bank-1"}
    first = client.post(f"/api/v1/invoices/{bill}/payments", paid, "application/json")
    again = client.post(f"/api/v1/invoices/{bill}/payments", paid, "application/json")
    assert first.json()["id"] == again.json()["id"]
    assert client.get("/api/v1/invoices?status=paid").json()["results"][0]["paid"] == "10.00"
    assert client.get(f"/api/v1/invoices/{bill}/pdf", headers={"Accept": "application/pdf"}).content.startswith(
        b"%PDF-"
    )
    assert client.patch(bill_path, {"status": "draft"}, "application/json", headers=ANY).status_code == 400
    rate = {"currency": "USD" if portal.currency != "USD" else "EUR", "day": "2026-01-05", "rate": "0.5"}
    assert client.post("/api/v1/exchange-rates", rate, "application/json").status_code == 201
    section = client.post("/api/v1/product-sections", {"name": "Drinks"}, "application/json").json()
    assert client.get(f"/api/v1/product-sections/{section['id']}").json()["name"] == "Drinks"


@pytest.mark.parametrize("kind", [QUOTE, INVOICE, PRODUCT], ids=lambda kind: kind.key)
def test_lists_ask_no_more_for_more_rows(portal: Portal, as_: SignIn, alice: User, kind: Any) -> None:
    client = as_(alice)
    firm = record(alice, COMPANY, name="Firm")
    counts = []
    for more in (1, 2):
        for number in range(more):
            values = {} if kind is PRODUCT else {"company_id": firm.pk, "currency": "EUR"}
            record(alice, kind, title=f"{kind.key} {more} {number}", **values)
        client.get(f"/crm/{kind.plural_key}/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/crm/{kind.plural_key}/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_papers_are_followed_live_by_who_sees_them(portal: Portal, alice: User, bob: User) -> None:
    quote = record(alice, QUOTE, title="Offer", currency="EUR")
    assert may_join(alice, f"record:crm.quote:{quote.pk}")
    assert may_join(alice, "list:crm.invoice")
    assert may_join(alice, "list:crm.product")
    assert not may_join(bob, f"record:crm.quote:{quote.pk}")


@pytest.mark.commits
def test_fifty_invoices_at_once_have_no_gaps(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    with enter(portal):
        ids = []
        for number in range(50):
            values = {"title": f"Bill {number}", "currency": "EUR"}
            bill = create_record(actor=SYSTEM, kind=INVOICE, values=values)
            ids.append(set_rows(actor=SYSTEM, record=bill, rows=[{"title": "x", "price": "1"}]).pk)
    failures: list[Exception] = []

    def issue(pk: int) -> None:
        try:
            with enter(portal):
                issue_invoice(actor=SYSTEM, invoice=Invoice.objects.get(pk=pk))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue, args=(pk,)) for pk in [*ids, *ids[:5]]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with enter(portal):
        assert sorted(Invoice.objects.values_list("sequence", flat=True)) == list(range(1, 51))
        assert set(NumberSeries.objects.get(of="invoice").counts.values()) == {50}


def test_a_client_s_page_opens_in_its_portal_alone_and_waits_without_redis(
    portal: Portal, globex: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promises 6 and 75: without Redis nobody counts how often links are tried."""
    quote = open_link(actor=alice, record=record(alice, QUOTE, title="Mill"))
    address = urlsplit(link_of(quote)).path
    client = anonymous(portal)
    assert client.get(address).status_code == 200
    assert [anonymous(globex).get(f"{address}{page}").status_code for page in ("", "pdf/")] == [404, 404]

    def away(*_given: Any, **_more: Any) -> None:
        raise RedisConnectionError

    monkeypatch.setattr("modules.crm.views.client.cache.add", away)
    assert client.get(address).status_code == 503
