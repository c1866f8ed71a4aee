"""Invoices paid by card into the company's own account, at the stand-in for Stripe."""

from __future__ import annotations

import urllib.parse
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from infra import jobs
from infra.adapters.payments import PaymentsOff
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.errors import Conflict, Denied, Invalid
from infra.local.payments.server import StandIn
from modules.crm.domain.kinds import DEAL, INVOICE
from modules.crm.domain.sealing import seal, unseal
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.document_status import cancel_invoice, issue_invoice
from modules.crm.domain.selling.online_payment import (
    leave_link,
    look_for_all_money,
    open_payment_link,
    set_stripe_key,
)
from modules.crm.domain.selling.payment import record_payment
from modules.crm.models import Invoice, Payment, SellingSettings
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

AsGuest = Callable[[Portal], Client]
KEY = "rk_test_companys0wn"


def test_a_sealed_key_outlives_a_new_secret_and_opens_in_no_other_portal(  # promise 82
    portal: Portal, globex: Portal, settings: Settings
) -> None:
    sealed = seal(KEY)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another " * 8, [settings.SECRET_KEY]
    assert (unseal(sealed), unseal(seal(KEY))) == (KEY, KEY)
    with enter(globex):
        assert unseal(sealed) == ""
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(sealed) == ""


def bill(owner: User, amount: str = "100.10") -> Invoice:
    deal = record(owner, DEAL, title="Bread", amount=amount, currency="EUR")
    return issue_invoice(actor=owner, invoice=make_document(actor=owner, kind=INVOICE, source=deal))


def pay(url: str, number: str) -> None:
    body = urllib.parse.urlencode({"number": number, "way": "card"}).encode()
    opener = urllib.request.build_opener(_Stay)
    with opener.open(urllib.request.Request(url, data=body)):
        pass


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None

    def http_error_303(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp


def test_a_client_pays_by_card(
    portal: Portal, alice: User, stripe: StandIn, anonymous: Callable[[Portal], Client]
) -> None:
    set_stripe_key(actor=alice, key=KEY)
    invoice = open_payment_link(actor=alice, invoice=bill(alice))
    assert open_payment_link(actor=alice, invoice=invoice).stripe_link_id == invoice.stripe_link_id
    page = f"/crm/client/{invoice.public_token}/"
    assert invoice.stripe_link_url in anonymous(portal).get(page).content.decode()
    pay(invoice.stripe_link_url, "4000 0000 0000 0002")
    look_for_all_money()
    assert not Payment.objects.filter(invoice=invoice).exists()
    pay(invoice.stripe_link_url, "4242 4242 4242 4242")
    told = anonymous(portal).get(f"{page}?paid=1").content.decode()
    assert "This invoice is paid" in told
    look_for_all_money()
    invoice.refresh_from_db()
    assert (invoice.status, str(invoice.paid), invoice.stripe_link_url) == ("paid", "100.100", "")
    assert [(one.method, one.author_id) for one in invoice.payments.all()] == [("stripe", None)]


def test_a_link_goes_when_money_came_another_way(portal: Portal, alice: User, stripe: StandIn) -> None:
    set_stripe_key(actor=alice, key=KEY)
    first = open_payment_link(actor=alice, invoice=bill(alice))
    record_payment(actor=alice, invoice=first, amount="40")
    first.refresh_from_db()
    assert first.stripe_link_url == ""
    again = open_payment_link(actor=alice, invoice=first)
    assert again.stripe_link_id != first.stripe_link_id
    pay(again.stripe_link_url, "4242424242424242")
    look_for_all_money()
    again.refresh_from_db()
    assert (again.status, str(again.paid)) == ("paid", "100.100")


def test_the_key_is_the_companys_secret(portal: Portal, alice: User, bob: User, stripe: StandIn) -> None:
    invoice = bill(alice)
    with pytest.raises(Conflict) as refusal:
        open_payment_link(actor=alice, invoice=invoice)
    assert refusal.value.code == "no_stripe_key"
    for wrong in ("pk_test_12345678", "rk_test_", "rk_test_with spaces"):
        with pytest.raises(Invalid):
            set_stripe_key(actor=alice, key=wrong)
    with pytest.raises(Denied):
        set_stripe_key(actor=bob, key=KEY)
    set_stripe_key(actor=alice, key=KEY)
    row = SellingSettings.objects.get()
    assert KEY not in row.stripe_key
    assert row.stripe_key_ends == KEY[-4:]
    set_stripe_key(actor=alice, key="rk_live_n0tKnownHere")
    with pytest.raises(PaymentsOff):
        open_payment_link(actor=alice, invoice=Invoice.objects.get(pk=invoice.pk))
    set_stripe_key(actor=alice, key="")
    assert SellingSettings.objects.get().stripe_key == ""


def test_another_key_leaves_no_link_of_the_account_before(portal: Portal, alice: User, stripe: StandIn) -> None:
    set_stripe_key(actor=alice, key=KEY)
    paid, open_ = (open_payment_link(actor=alice, invoice=bill(alice)) for _n in range(2))
    old = SellingSettings.objects.get().stripe_key
    set_stripe_key(actor=alice, key=KEY)  # the same key again changes nothing
    assert Invoice.objects.get(pk=open_.pk).stripe_link_url == open_.stripe_link_url
    pay(paid.stripe_link_url, "4242424242424242")  # at the last moment
    set_stripe_key(actor=alice, key="")
    for invoice in (paid, open_):
        assert Invoice.objects.values_list("stripe_link_id", "stripe_link_url").get(pk=invoice.pk) == ("", "")
        leave_link(invoice.pk, invoice.stripe_link_id, old)  # the job
        assert not stripe.state.get("payment_link", invoice.stripe_link_id)["active"]
    assert [Invoice.objects.get(pk=invoice.pk).status for invoice in (paid, open_)] == ["paid", "sent"]
    set_stripe_key(actor=alice, key=KEY)
    again = open_payment_link(actor=alice, invoice=Invoice.objects.get(pk=open_.pk))
    assert again.stripe_link_id != open_.stripe_link_id


def test_a_cancelled_invoice_cannot_be_paid_through_its_link(
    portal: Portal, alice: User, stripe: StandIn, anonymous: AsGuest, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_stripe_key(actor=alice, key=KEY)
    invoice = open_payment_link(actor=alice, invoice=bill(alice))
    sent: list[tuple[str, ...]] = []
    job = SimpleNamespace(enqueue=lambda link: sent.append((link,)))
    monkeypatch.setattr(jobs, "named", {"crm.close_payment_link": job}.__getitem__)
    cancel_invoice(actor=alice, invoice=invoice)
    assert sent == [(invoice.stripe_link_id,)]
    shown = anonymous(portal).get(f"/crm/client/{invoice.public_token}/").content.decode()
    assert invoice.stripe_link_url not in shown


def test_no_invoice_waits_for_ever_behind_others(portal: Portal, alice: User, stripe: StandIn) -> None:
    set_stripe_key(actor=alice, key=KEY)
    bills = [open_payment_link(actor=alice, invoice=bill(alice)) for _n in range(3)]
    pay(bills[2].stripe_link_url, "4242424242424242")
    assert [look_for_all_money(batch=2, turn=turn) for turn in range(2)] == [2, 2]
    assert Invoice.objects.get(pk=bills[2].pk).status == "paid"


def test_a_payment_of_one_invoice_is_none_of_another(portal: Portal, alice: User, api: Callable[..., Client]) -> None:
    first, second = bill(alice), bill(alice)
    sent = {"amount": "10.00", "external_id": "bank-1"}
    paid = [api(alice).post(f"/api/v1/invoices/{one.pk}/payments", sent, "application/json") for one in (first, first)]
    assert [answer.status_code for answer in paid] == [201, 201]  # told twice, counted once
    wrong = api(alice).post(f"/api/v1/invoices/{second.pk}/payments", sent, "application/json")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "payment_known")
    assert [Invoice.objects.get(pk=one.pk).paid for one in (first, second)] == [10, 0]


def test_the_key_over_the_api_is_written_and_never_read(
    portal: Portal, api: Callable[..., Client], alice: User, bob: User
) -> None:
    path, key = "/api/v1/crm-settings/card-payments", "rk_live_0123456789abcdef"
    client = api(alice)
    assert client.get(path).json() == {"set": False, "ends": ""}
    put = client.put(path, {"key": key}, "application/json")
    assert put.json() == client.get(path).json() == {"set": True, "ends": "cdef"}
    assert unseal(SellingSettings.objects.get().stripe_key) == key
    assert client.put(path, {"key": "pk_live_0123456789"}, "application/json").json()["errors"].keys() == {"key"}
    assert client.put(path, {"key": ""}, "application/json").status_code == 400
    narrow = api(alice, scopes=["crm.invoice.edit", "crm.deal.view"])
    for closed in (api(bob), narrow):
        answers = [closed.get(path), closed.put(path, {"key": key}, "application/json"), closed.delete(path)]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert client.delete(path).status_code == 204
    assert client.get(path).json() == {"set": False, "ends": ""}
    told = AuditEntry.objects.filter(action="selling.set").order_by("pk").values_list("changes", flat=True)
    assert list(told) == [{"stripe_key": ["", "…cdef"]}, {"stripe_key": ["…cdef", ""]}]
    assert key not in str(list(AuditEntry.objects.values()))
