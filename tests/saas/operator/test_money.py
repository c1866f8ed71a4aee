"""The operator's money pages: credit, gifts that two people decide, bank transfers, what the nightly check found."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.contracts import AdjustmentAsked, LedgerDiffers
from billing.domain import catalogue, ledger_check, wallet
from billing.models import Adjustment, Entry, Invoice, LedgerCheck, Plan, Requisites, Subscription, Wallet
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.outbox.models import OutboxEvent
from infra.ui.models import Notification
from saas.operator.receivers import adjustment_asked, ledger_differs
from tenants.people.models import Role, User
from tenants.portals.models import Portal

As = Callable[[User], Client]
D = Decimal
PAGES = [
    "/operator/money/",
    "/operator/money/invoices/",
    "/operator/money/waiting/",
    "/operator/money/ledger/",
    "/operator/portals/1/wallet/",
]


@pytest.fixture
def second(house: Portal) -> User:
    """Another owner of the operator's portal."""
    with enter(house):
        greg = User.objects.get(email="greg@globex.example")
        greg.role = Role.objects.get(base=Role.Base.OWNER)
        greg.save()
        return User.objects.select_related("role").get(pk=greg.pk)


@pytest.fixture
def seller(house: Portal) -> Requisites:
    return Requisites.objects.create(
        portal=house, legal_name="Cloud Ltd", country="US", address="1 Main Street", bank="IBAN X", vat_rate=D("10")
    )


@pytest.mark.parametrize("path", PAGES)
def test_money_is_only_in_the_operator_s_portal(as_: As, alice: User, path: str) -> None:  # promise 17
    assert as_(alice).get(path).status_code in (403, 404)


def test_a_small_gift_counts_at_once_and_the_company_reads_why(as_: As, oscar: User, acme: Portal) -> None:
    address = f"/operator/portals/{acme.pk}/wallet/adjust/"
    answer = as_(oscar).post(address, {"kind": "gift", "amount": "25.50", "reason": "Sorry for the outage"})

    assert answer.status_code == 302
    entries = Entry.objects.filter(posting__portal_id=acme.pk).values_list("account", "amount")
    assert list(entries) == [("wallet", D("25.5")), ("gifts", D("-25.5"))]
    with enter(acme):
        entry = AuditEntry.objects.get(action="billing.wallet.adjust")
        assert (entry.actor_id, entry.note) == (None, "Sorry for the outage")
    assert "25.50" in as_(oscar).get("/operator/money/").content.decode()


@pytest.mark.parametrize("form", [{"amount": "-5"}, {"amount": "0"}, {"reason": " "}, {"kind": "call"}])
def test_a_gift_without_sense_books_nothing(as_: As, oscar: User, acme: Portal, form: dict[str, str]) -> None:
    given = {"kind": "gift", "amount": "5", "reason": "x"} | form
    assert as_(oscar).post(f"/operator/portals/{acme.pk}/wallet/adjust/", given).status_code == 422
    assert not Adjustment.objects.exists()
    assert not Entry.objects.filter(posting__portal_id=acme.pk).exists()


def test_over_the_bound_a_second_person_decides(
    as_: As, oscar: User, second: User, acme: Portal, house: Portal
) -> None:
    form = {"kind": "correction", "amount": "100.01", "reason": "Charged twice in May"}
    as_(oscar).post(f"/operator/portals/{acme.pk}/wallet/adjust/", form)
    waiting = Adjustment.objects.get()
    decide = f"/operator/money/waiting/{waiting.pk}/"
    assert wallet.balance(acme.pk) == 0
    with enter(house):
        event = OutboxEvent.objects.get(name=AdjustmentAsked.name)
        adjustment_asked(AdjustmentAsked.from_payload(event.payload), delivery=None)
        assert Notification.objects.filter(person=second, url="/operator/money/waiting/").count() == 1

    assert as_(oscar).post(decide, {"do": "approve"}).status_code == 403
    assert wallet.balance(acme.pk) == 0
    assert "Charged twice in May" in as_(second).get("/operator/money/waiting/").content.decode()
    assert as_(second).post(decide, {"do": "approve"}).status_code == 302
    assert wallet.balance(acme.pk) == D("100.01")
    assert as_(second).post(decide, {"do": "approve"}).status_code == 409
    assert wallet.balance(acme.pk) == D("100.01")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by_id) == ("done", second.pk)


def test_who_asked_may_take_it_back(as_: As, oscar: User, acme: Portal) -> None:
    form = {"kind": "gift", "amount": "500", "reason": "Contest"}
    as_(oscar).post(f"/operator/portals/{acme.pk}/wallet/adjust/", form)
    waiting = Adjustment.objects.get()
    as_(oscar).post(f"/operator/money/waiting/{waiting.pk}/", {"do": "refuse"})
    waiting.refresh_from_db()
    assert waiting.state == "refused"
    assert wallet.balance(acme.pk) == 0


def test_credit_lets_the_wallet_go_below_zero(as_: As, oscar: User, acme: Portal) -> None:
    address = f"/operator/portals/{acme.pk}/wallet/credit/"
    assert as_(oscar).post(address, {"limit": "-1", "reason": "x"}).status_code == 422
    assert as_(oscar).post(address, {"limit": "1 000,50", "reason": "Contract 12"}).status_code == 302
    assert wallet.available(acme.pk) == D("1000.5")
    with enter(acme):
        assert AuditEntry.objects.get(action="billing.wallet.credit").note == "Contract 12"


def test_a_plan_is_paid_by_bank(as_: As, oscar: User, acme: Portal, seller: Requisites) -> None:
    team = catalogue.current_version(Plan.objects.get(slug="team"))
    client = as_(oscar)
    client.post(f"/operator/portals/{acme.pk}/wallet/payment/", {"version": team.pk, "period": "month", "amount": ""})
    paper = Invoice.objects.get()
    assert (paper.total, paper.state, paper.purpose) == (D(59), "open", "plan")
    assert client.get(f"/operator/money/invoices/{paper.pk}/pdf/").content.startswith(b"%PDF")

    client.post(f"/operator/money/invoices/{paper.pk}/settle/", {"do": "paid"})

    assert Subscription.objects.get(portal=acme).version == team
    assert client.post(f"/operator/money/invoices/{paper.pk}/settle/", {"do": "paid"}).status_code == 409
    assert Entry.objects.filter(posting__portal_id=acme.pk, account="bank").count() == 1


@pytest.mark.parametrize("form", [{"version": "", "amount": ""}, {"amount": "5", "version": "plan"}])
def test_a_payment_is_for_one_thing(
    as_: As, oscar: User, acme: Portal, seller: Requisites, form: dict[str, str]
) -> None:
    if form["version"]:
        form = form | {"version": str(catalogue.current_version(Plan.objects.get(slug="team")).pk)}
    assert as_(oscar).post(f"/operator/portals/{acme.pk}/wallet/payment/", form).status_code == 422
    assert not Invoice.objects.exists()


def test_without_requisites_the_page_says_what_to_do(as_: As, oscar: User, acme: Portal) -> None:
    answer = as_(oscar).post(f"/operator/portals/{acme.pk}/wallet/payment/", {"amount": "5"})
    assert answer.status_code == 422
    assert "requisites" in answer.content.decode()


def test_the_nightly_check_tells_the_operator(as_: As, oscar: User, acme: Portal, house: Portal) -> None:  # promise 33
    wallet.top_up(portal_id=acme.pk, amount=D(5), currency="USD", cause="topup:1")
    assert ledger_check.check_ledger().differences == []
    assert "All balances are right" in as_(oscar).get("/operator/money/ledger/").content.decode()

    Wallet.objects.filter(portal_id=acme.pk).update(balance=D(6))
    report = ledger_check.check_ledger()

    assert report.differences == [
        {"portal_id": str(acme.pk), "where": "balance", "written": "6.000000", "right": "5.000000"}
    ]
    with enter(house):
        event = OutboxEvent.objects.get(name=LedgerDiffers.name)
        ledger_differs(LedgerDiffers.from_payload(event.payload), delivery=None)
        assert Notification.objects.filter(person=oscar, url="/operator/money/ledger/").count() == 1
    page = as_(oscar).get("/operator/money/ledger/").content.decode()
    assert "1 difference" in page
    assert "6.000000" in page
    assert LedgerCheck.objects.count() == 2


def test_lists_cost_the_same_for_many(as_: As, oscar: User, acme: Portal, house: Portal) -> None:
    client = as_(oscar)
    wallet.wallet_of(acme.pk)
    client.get("/operator/money/")
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get("/operator/money/")
    wallet.wallet_of(house.pk)
    with CaptureQueriesContext(connection) as two:
        client.get("/operator/money/")
    assert len(one) == len(two)
