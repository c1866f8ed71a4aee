"""The wallet, its statement, usage and papers, as people and programs see them."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from billing.domain import low_balance, measuring, meter, wallet
from billing.domain.invoice import FROM_WALLET
from billing.models import Account, Invoice, Kind, MeterCap, MeterDay, MeterEvent, Posting, Requisites, Wallet
from infra.adapters.mail import send
from infra.api.throttling import used_on
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.errors import LimitReached
from infra.ui.models import Notification
from tenants.people.domain.department import create_department
from tenants.people.models import User
from tenants.portals.models import Portal

As = Callable[[User], Client]
D = Decimal
PAGES = ["/billing/wallet/", "/billing/statement/", "/billing/usage/", "/billing/invoices/"]


def fill(portal: Portal, amount: str = "10", note: str = "Card") -> int:
    return wallet.top_up(
        portal_id=portal.pk, amount=D(amount), currency="USD", cause=f"topup:{portal.pk}-{note}", note=note
    ).pk


@pytest.mark.parametrize("path", PAGES)
def test_employees_do_not_see_money(as_: As, bob: User, carol: User, path: str) -> None:
    assert as_(bob).get(path).status_code == 403
    assert as_(carol).get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/billing/wallet/notice", {"notice_below": "5"}),
        ("/billing/wallet/transfer", {"amount": "5"}),
        ("/billing/usage/cap", {"meter": "minutes", "department": "0", "maximum": "5"}),
        ("/billing/requisites/", {"legal_name": "x", "country": "DE", "address": "y"}),
    ],
)
def test_employees_do_not_change_money(as_: As, portal: Portal, bob: User, path: str, form: dict[str, str]) -> None:
    assert as_(bob).post(path, form).status_code == 403
    assert not AuditEntry.objects.filter(action__startswith="billing.").exists()


def test_each_line_opens_its_cause(as_: As, portal: Portal, globex: Portal, alice: User, charlie: User) -> None:
    posting = fill(portal)
    page = as_(alice).get("/billing/statement/").content.decode()
    assert f"/billing/statement/{posting}/" in page
    opened = as_(alice).get(f"/billing/statement/{posting}/").content.decode()
    for part in ("Card payments", "$10.00", "−$10.00", f"topup:{portal.pk}-Card"):
        assert part in opened
    with enter(globex):
        assert as_(charlie).get(f"/billing/statement/{posting}/").status_code == 404


def test_a_transfer_s_line_opens_its_invoice(as_: As, portal: Portal, alice: User) -> None:
    posting = wallet.top_up(
        portal_id=portal.pk, amount=D(5), currency="USD", cause="transfer:77", account=Account.BANK, kind=Kind.TRANSFER
    )
    assert 'href="/billing/invoices/77/"' in as_(alice).get(f"/billing/statement/{posting.pk}/").content.decode()


def test_the_statement_is_filtered_by_kind_and_period(as_: As, portal: Portal, alice: User) -> None:
    fill(portal)
    wallet.charge(portal_id=portal.pk, amount=D("0.7213"), cause="call:1", note="+44 20 7946 0123")
    client = as_(alice)
    calls = client.get("/billing/statement/", {"kind": "call"}).content.decode()
    assert "+44 20 7946 0123" in calls
    assert "−$0.7213" in calls
    assert "$10.00" not in calls
    assert "−$0.7213" not in client.get("/billing/statement/", {"at_before": "2020-01-01"}).content.decode()


def test_the_export_holds_exact_amounts_and_no_formula(as_: As, portal: Portal, alice: User) -> None:
    fill(portal, note="=cmd|'/c calc'!A1")
    wallet.charge(portal_id=portal.pk, amount=D("0.000001"), cause="call:1")
    answer = as_(alice).get("/billing/statement/", {"export": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row[3:5] for row in rows[1:]] == [["-0.000001", "9.999999"], ["10.000000", "10.000000"]]
    assert rows[2][2].startswith("'=")


def test_pages_of_the_statement_are_keyset(as_: As, portal: Portal, alice: User) -> None:
    for number in range(51):
        fill(portal, "1", f"n{number}")
    client = as_(alice)
    page = client.get("/billing/statement/").content.decode()
    assert "after=" in page
    assert ">n0<" not in page


def test_low_balance_is_told_once_until_it_was_above(
    portal: Portal, alice: User, as_: As, letters: list[EmailMessage]
) -> None:
    assert as_(alice).post("/billing/wallet/notice", {"notice_below": "5"}).status_code == 302
    fill(portal)
    low_balance.notice(portal.pk)
    wallet.charge(portal_id=portal.pk, amount=D("5.5"), cause="call:1")
    assert low_balance.low_wallets() == [portal.pk]
    low_balance.notice(portal.pk)
    low_balance.notice(portal.pk)
    assert low_balance.low_wallets() == []
    assert [letter.subject for letter in letters] == ["The wallet runs low: $4.50"]
    assert letters[0].to == [alice.email]
    assert Notification.objects.filter(person=alice, url="/billing/wallet/").count() == 1

    fill(portal, "1", "again")
    low_balance.notice(portal.pk)
    wallet.charge(portal_id=portal.pk, amount=D("1"), cause="call:2")
    low_balance.notice(portal.pk)
    assert len(letters) == 2


def test_an_invoice_for_a_transfer_is_made_and_opens_as_pdf(
    as_: As, portal: Portal, globex: Portal, alice: User, charlie: User
) -> None:
    client = as_(alice)
    refused = client.post("/billing/wallet/transfer", {"amount": "50"})
    assert refused.status_code == 422
    assert "requisites" in refused.content.decode()
    Portal.objects.filter(pk=globex.pk).update(is_operator=True)
    with enter(globex):
        form = {"legal_name": "Cloud", "country": "US", "address": "Main 1", "bank": "IBAN", "vat_rate": "20"}
        assert as_(charlie).post("/billing/requisites/", form).status_code == 302
    assert client.post("/billing/wallet/transfer", {"amount": "1 050,5"}).status_code == 302
    paper = Invoice.objects.get()
    assert (paper.total, paper.seller["legal_name"], paper.seller["bank"]) == (D("1050.5"), "Cloud", "IBAN")
    pdf = client.get(f"/billing/invoices/{paper.pk}/")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert paper.number in client.get("/billing/invoices/").content.decode()
    with enter(globex):
        assert as_(charlie).get(f"/billing/invoices/{paper.pk}/").status_code == 404


def test_requisites_of_a_customer_take_no_bank_and_no_vat(as_: As, portal: Portal, alice: User) -> None:
    form = {"legal_name": "Oak", "country": "DE", "address": "Berlin", "bank": "mine", "vat_rate": "99"}
    as_(alice).post("/billing/requisites/", form)
    kept = Requisites.objects.get(portal=portal)
    assert (kept.legal_name, kept.bank, kept.vat_rate) == ("Oak", "", D(0))


def test_use_is_counted_once_by_day_and_department(portal: Portal) -> None:  # promise 35
    at = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)
    for cause, quantity, department in (("a", "2.5", 7), ("a", "9", 7), ("b", "1", 7), ("c", "4", None)):
        meter.record(
            portal_id=portal.pk, meter="minutes", quantity=D(quantity), at=at, cause=cause, department_id=department
        )
    for cause, quantity in (("h1", "100"), ("h2", "70"), ("h3", "130")):
        meter.record(portal_id=portal.pk, meter="storage_bytes", quantity=D(quantity), at=at, cause=cause)
    days = MeterDay.objects.order_by("meter", "department_id").values_list("meter", "department_id", "quantity")
    assert list(days) == [("minutes", 0, D(4)), ("minutes", 7, D("3.5")), ("storage_bytes", 0, D(130))]
    assert MeterEvent.objects.count() == 6
    assert meter.used_in_month(portal_id=portal.pk, meter="minutes", day=at.date()) == D("7.5")
    with pytest.raises(ValueError):
        meter.record(portal_id=portal.pk, meter="miles", quantity=D(1), at=at, cause="x")


def test_a_cap_of_a_department_refuses_with_a_way_out(as_: As, portal: Portal, alice: User) -> None:
    sales = create_department(actor=alice, name="Sales")
    form = {"meter": "minutes", "department": str(sales.pk), "maximum": "10"}
    assert as_(alice).post("/billing/usage/cap", form).status_code == 302
    now = datetime.now(UTC)
    meter.record(portal_id=portal.pk, meter="minutes", quantity=D(8), at=now, cause="1", department_id=sales.pk)

    assert meter.room(portal_id=portal.pk, meter="minutes", department_id=sales.pk) == D(2)
    assert meter.room(portal_id=portal.pk, meter="minutes") is None
    meter.require_room(portal_id=portal.pk, meter="minutes", quantity=D(2), department_id=sales.pk)
    with pytest.raises(LimitReached) as refused:
        meter.require_room(portal_id=portal.pk, meter="minutes", quantity=D(3), department_id=sales.pk)
    assert refused.value.way_out is not None
    assert refused.value.way_out.url == "/billing/usage/"
    page = as_(alice).get("/billing/usage/", {"meter": "minutes"}).content.decode()
    assert "Sales" in page

    as_(alice).post("/billing/usage/cap", form | {"maximum": ""})
    assert not MeterCap.objects.exists()


@pytest.mark.parametrize(("name", "title"), [("sms", "SMS"), ("ai", "AI requests")])
def test_sms_and_ai_are_capped_charged_and_explained(
    as_: As, portal: Portal, alice: User, name: str, title: str
) -> None:
    """What a module that sends them does: ask the cap, charge, count; the pages tell of it."""
    sales = create_department(actor=alice, name="Sales")
    fill(portal)
    browser, now = as_(alice), datetime.now(UTC)
    form = {"meter": name, "department": str(sales.pk), "maximum": "4"}
    assert browser.post("/billing/usage/cap", form).status_code == 302

    def use(quantity: str, cause: str) -> None:
        amount = {"meter": name, "quantity": D(quantity), "department_id": sales.pk}
        meter.require_room(portal_id=portal.pk, **amount)
        wallet.charge(portal_id=portal.pk, amount=D(quantity) * D("0.05"), cause=cause, note=title)
        meter.record(portal_id=portal.pk, at=now, cause=cause, **amount)

    for _twice in range(2):
        use("2", f"{name}:{portal.pk}-1")
    with pytest.raises(LimitReached):
        use("3", f"{name}:{portal.pk}-2")
    assert wallet.balance(portal.pk) == D("9.9")
    assert meter.used_in_month(portal_id=portal.pk, meter=name, day=now.date(), department_id=sales.pk) == 2
    posting = Posting.objects.get(portal_id=portal.pk, cause=f"{name}:{portal.pk}-1")
    assert (posting.kind, posting.kind in FROM_WALLET) == (Kind.USAGE, True)
    assert title in browser.get(f"/billing/statement/{posting.pk}/").content.decode()
    assert "Sales" in browser.get("/billing/usage/", {"meter": name}).content.decode()


def test_only_what_asks_first_takes_a_cap(as_: As, portal: Portal, alice: User) -> None:
    form = {"meter": "letters", "department": "0", "maximum": "1"}
    assert as_(alice).post("/billing/usage/cap", form).status_code == 400
    assert as_(alice).post("/billing/usage/cap", form | {"meter": "minutes", "department": "99"}).status_code == 422
    assert not MeterCap.objects.exists()


def test_disk_requests_and_letters_reach_the_meters(
    portal: Portal, alice: User, letters: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {True: 41, False: 0}
    monkeypatch.setattr(measuring, "used_on", lambda day: counts[day == datetime.now(UTC).date()])
    monkeypatch.setattr(measuring.usage, "used_of", lambda limit, portal_id: 2048)
    measuring.measure()
    measuring.measure()
    send("ann@visitor.example", "Hello", "Good day")
    found = dict(MeterDay.objects.values_list("meter", "quantity"))
    assert found == {"storage_bytes": D(2048), "api_calls": D(41), "letters": D(1)}
    assert used_on(datetime(2020, 1, 1, tzinfo=UTC).date()) == 0


def test_the_wallet_page_says_what_is_reserved(as_: As, portal: Portal, alice: User) -> None:
    fill(portal)
    Wallet.objects.filter(portal_id=portal.pk).update(credit_limit=5)
    until = datetime(2099, 1, 1, tzinfo=UTC)
    wallet.hold(portal_id=portal.pk, amount=D("2.25"), cause="call:1", expires_at=until)
    page = as_(alice).get("/billing/wallet/").content.decode()
    for part in ("$10.00", "$2.25", "$5.00", "$12.75"):
        assert part in page


def test_programs_read_the_same(api: Callable[..., Client], portal: Portal, alice: User) -> None:
    posting = fill(portal)
    client = api(alice)
    assert client.get("/api/v1/billing/wallet").json() == {
        "currency": "USD",
        "balance": "10.000000",
        "reserved": "0.000000",
        "credit_limit": "0.000000",
        "available": "10.000000",
    }
    page = client.get("/api/v1/billing/statement").json()
    assert [(row["posting"], row["kind"], row["amount"], row["cause"]) for row in page["results"]] == [
        (posting, "top_up", "10.000000", f"topup:{portal.pk}-Card")
    ]
    usage = client.get("/api/v1/billing/usage").json()
    assert {row["meter"] for row in usage["meters"]} >= {"minutes", "letters"}
    assert client.get("/api/v1/billing/invoices").json()["results"] == []
    assert api(alice, scopes=("crm.lead.view",)).get("/api/v1/billing/wallet").status_code == 403
