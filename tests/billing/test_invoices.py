"""Papers: months by the portal's own calendar, numbers without gaps, sums that agree, a PDF that can be read."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from billing.contracts import Period
from billing.domain import catalogue, invoice, ledger_check, renewal, transfer, wallet
from billing.domain.papers import invoice_pdf
from billing.domain.rounding import split_in_coins, to_coins, vat_inside
from billing.domain.subscription import subscription_of
from billing.models import Entry, Invoice, InvoiceSeries, Plan, Requisites
from billing.rating.domain import included
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Denied
from infra.ui.models import Notification
from tenants.people.models import User
from tenants.portals.models import Portal

D = Decimal
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def operator(globex: Portal) -> Requisites:
    Portal.objects.filter(pk=globex.pk).update(is_operator=True)
    return Requisites.objects.create(
        portal=globex,
        legal_name="ООО «Облако»",
        tax_id="7707083893",
        registration="770701001",
        country="RU",
        address="Москва, ул. Лесная, 5",
        bank="Р/с 40702810900000000001\nБИК 044525225",
        vat_rate=D("20"),
    )


def settled(portal: Portal, **fields: Any) -> Portal:
    Portal.objects.filter(pk=portal.pk).update(**fields)
    portal.refresh_from_db()
    return portal


def spend(portal: Portal, at: datetime, amount: str, cause: str) -> None:
    with time_machine.travel(at, tick=False):
        wallet.charge(portal_id=portal.pk, amount=D(amount), cause=cause, forced=True)


def text_of(paper: Invoice) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(invoice_pdf(paper))).pages)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(-(10**11), 10**11).map(lambda number: D(number).scaleb(-6)), min_size=1, max_size=12),
    st.sampled_from(["USD", "JPY", "KWD", "RUB"]),
)
def test_lines_sum_to_the_total(amounts: list[Decimal], currency: str) -> None:  # promise 37
    parts = split_in_coins(amounts, currency)
    assert sum(parts) == to_coins(sum(amounts, D(0)), currency)
    step = {"USD": D("0.01"), "JPY": D(1), "KWD": D("0.001"), "RUB": D("0.01")}[currency]
    assert all(part % step == 0 and abs(part - amount) < step for part, amount in zip(parts, amounts, strict=True))


@pytest.mark.parametrize(
    ("total", "rate", "vat"), [("120", "20", "20.00"), ("0.72", "20", "0.12"), ("10", "0", "0.00")]
)
def test_vat_is_what_the_total_contains(total: str, rate: str, vat: str) -> None:
    assert vat_inside(D(total), D(rate), "RUB") == D(vat)


def test_a_month_is_the_portals_own(acme: Portal, operator: Requisites) -> None:  # promise 83
    portal = settled(acme, currency="RUB", time_zone="Europe/Moscow", region="RU", locale="ru")
    spend(portal, datetime(2026, 9, 30, 20, 59, 59, tzinfo=UTC), "100", "call:before")
    spend(portal, datetime(2026, 9, 30, 21, 0, tzinfo=UTC), "0.7213", "call:first")
    spend(portal, datetime(2026, 10, 31, 20, 59, tzinfo=UTC), "119.2791", "call:last")
    spend(portal, datetime(2026, 10, 15, 12, 0, tzinfo=UTC), "3.004", "sms:1")
    spend(portal, datetime(2026, 10, 31, 21, 0, tzinfo=UTC), "100", "call:after")

    with pytest.raises(ValueError):
        invoice.issue_usage_invoice(portal_id=portal.pk, month=OCTOBER, now=datetime(2026, 10, 31, 20, 59, tzinfo=UTC))
    paper = invoice.issue_usage_invoice(portal_id=portal.pk, month=OCTOBER, now=datetime(2026, 11, 1, tzinfo=UTC))

    assert paper is not None
    assert paper.number == "INV-2026-000001"
    assert (paper.issued_on, paper.period_start, paper.period_end) == (date(2026, 10, 31), OCTOBER, date(2026, 10, 31))
    assert paper.lines == [
        {"title": "Звонки", "quantity": "2", "amount": "120.00"},
        {"title": "Прочее использование", "quantity": "1", "amount": "3.00"},
    ]
    assert (paper.total, paper.vat, paper.state) == (D("123"), D("20.5"), "paid")
    assert invoice.issue_usage_invoice(portal_id=portal.pk, month=OCTOBER) == paper
    tax = Entry.objects.filter(portal_id=portal.pk, account="tax").values_list("amount", flat=True)
    assert list(tax) == [D("20.5")]
    assert ledger_check.differences() == []


@pytest.mark.parametrize(
    ("month", "zone", "start", "end"),
    [
        (date(2028, 2, 1), "UTC", "2028-02-01T00:00:00+00:00", "2028-03-01T00:00:00+00:00"),
        (date(2026, 3, 1), "Europe/Berlin", "2026-02-28T23:00:00+00:00", "2026-03-31T22:00:00+00:00"),
        (date(2026, 10, 1), "Europe/Berlin", "2026-09-30T22:00:00+00:00", "2026-10-31T23:00:00+00:00"),
        (date(2026, 12, 1), "Asia/Kathmandu", "2026-11-30T18:15:00+00:00", "2026-12-31T18:15:00+00:00"),
    ],
)
def test_months_begin_where_the_portal_is(month: date, zone: str, start: str, end: str) -> None:  # promise 83
    assert [one.isoformat() for one in invoice.month_bounds(month, zone)] == [start, end]


def test_nothing_used_no_paper(acme: Portal, operator: Requisites) -> None:
    wallet.top_up(portal_id=acme.pk, amount=D(10), currency="USD", cause="topup:1")
    assert invoice.issue_usage_invoice(portal_id=acme.pk, month=OCTOBER) is None
    assert not Invoice.objects.exists()


def test_without_a_seller_nothing_is_issued_and_no_number_is_lost(acme: Portal, operator: Requisites) -> None:
    invoice.issue_payment_invoice(portal=acme, asked_by="x", amount=D(10))
    operator.delete()
    with pytest.raises(Conflict), transaction.atomic():
        invoice.issue_payment_invoice(portal=acme, asked_by="x", amount=D(10))
    assert list(InvoiceSeries.objects.values_list("last", flat=True)) == [1]


def test_a_transfer_fills_the_wallet_once(portal: Portal, alice: User, bob: User, operator: Requisites) -> None:
    with pytest.raises(Denied):
        transfer.ask_for_transfer(actor=bob, amount=D(50))
    paper = transfer.ask_for_transfer(actor=alice, amount=D(50))
    assert (paper.purpose, paper.state, paper.total, paper.vat) == ("top_up", "open", D(50), D("8.33"))
    assert wallet.balance(portal.pk) == 0

    transfer.mark_paid(actor=SYSTEM, invoice_id=paper.pk)
    with pytest.raises(Conflict):
        transfer.mark_paid(actor=SYSTEM, invoice_id=paper.pk)
    with pytest.raises(Conflict):
        transfer.cancel_invoice(actor=SYSTEM, invoice_id=paper.pk)
    assert wallet.balance(portal.pk) == D(50)
    assert list(Entry.objects.order_by("id").values_list("account", "amount", "kind")) == [
        ("wallet", D(50), "transfer"),
        ("bank", D(-50), "transfer"),
    ]


def test_a_transfer_for_a_plan_puts_the_portal_on_it(portal: Portal, operator: Requisites) -> None:
    settled(portal, currency="RUB", region="RU")
    version = catalogue.current_version(Plan.objects.get(slug="team"))
    paper = invoice.issue_payment_invoice(portal=portal, asked_by="Olga", version=version, period=Period.YEAR)
    assert (paper.total, paper.vat) == (D(49900), D("8316.67"))

    transfer.mark_paid(actor=SYSTEM, invoice_id=paper.pk)

    now = subscription_of(portal.pk)
    assert (now.version, now.period, now.trial_ends_at) == (version, "year", None)
    assert wallet.balance(portal.pk) == 0
    assert dict(Entry.objects.values_list("account", "amount")) == {
        "bank": D(-49900),
        "revenue": D("41583.33"),
        "tax": D("8316.67"),
    }


def test_a_cancelled_invoice_gives_nothing_and_keeps_its_number(portal: Portal, operator: Requisites) -> None:
    paper = invoice.issue_payment_invoice(portal=portal, asked_by="x", amount=D(5))
    transfer.cancel_invoice(actor=SYSTEM, invoice_id=paper.pk)
    with pytest.raises(Conflict):
        transfer.mark_paid(actor=SYSTEM, invoice_id=paper.pk)
    assert invoice.issue_payment_invoice(portal=portal, asked_by="x", amount=D(5)).serial == paper.serial + 1
    assert not Entry.objects.exists()


def test_the_paper_says_who_what_and_how_much(portal: Portal, operator: Requisites) -> None:
    settled(portal, currency="RUB", region="RU", locale="ru")
    Requisites.objects.create(
        portal=portal, legal_name='АО "Дуб" #strong[x]', tax_id="5001007322", country="RU", address="Тверь, Садовая, 1"
    )
    paper = invoice.issue_payment_invoice(portal=portal, asked_by="x", amount=D("1990"))
    text = text_of(paper)
    year = paper.issued_on.year
    for part in (
        f"Счёт на оплату PAY-{year}-000001",
        "ООО «Облако»",
        "7707083893",
        'АО "Дуб" #strong[x]',
        "1\u00a0990,00\u00a0₽",
        "331,67\u00a0₽",
        "НДС 20%",
        "БИК 044525225",
    ):
        assert part in text
    assert "Россия" in text


def test_a_buyer_abroad_pays_no_vat(portal: Portal, operator: Requisites) -> None:
    Requisites.objects.create(portal=portal, legal_name="Oak GmbH", country="DE", address="Berlin")
    paper = invoice.issue_payment_invoice(portal=portal, asked_by="x", amount=D("24"))
    assert (paper.vat, paper.vat_rate) == (0, 0)
    assert "not charged" in text_of(paper)


def bank_plan(portal: Portal, day: date, period: Period = Period.MONTH) -> Invoice:
    """The portal pays for a plan by bank on `day`."""
    version = catalogue.current_version(Plan.objects.get(slug="team"))
    with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), tick=False):
        paper = Invoice.objects.filter(portal_id=portal.pk, state="open", plan_version=version).first()
        paper = paper or invoice.issue_payment_invoice(portal=portal, asked_by="x", version=version, period=period)
        return transfer.mark_paid(actor=SYSTEM, invoice_id=paper.pk)


def test_payments_by_bank_follow_each_other_without_gap(portal: Portal, operator: Requisites) -> None:  # promise 83
    days = [date(2028, 1, 31), date(2028, 2, 20), date(2028, 4, 5), date(2028, 6, 1)]
    papers = [bank_plan(portal, day) for day in days]
    assert [(paper.period_start, paper.period_end) for paper in papers] == [
        (date(2028, 1, 31), date(2028, 2, 28)),
        (date(2028, 2, 29), date(2028, 3, 30)),
        (date(2028, 3, 31), date(2028, 4, 29)),
        (date(2028, 6, 1), date(2028, 6, 30)),  # the grace was over: it begins anew
    ]


def test_days_paid_by_bank_are_the_portals_own(portal: Portal, operator: Requisites) -> None:  # promise 83
    settled(portal, time_zone="Pacific/Auckland")
    with time_machine.travel(datetime(2028, 2, 29, 19, tzinfo=UTC), tick=False):  # there it is the first of March
        paper = invoice.issue_payment_invoice(
            portal=portal, asked_by="x", version=catalogue.current_version(Plan.objects.get(slug="team")),
            period=Period.MONTH,
        )  # fmt: skip
        paper = transfer.mark_paid(actor=SYSTEM, invoice_id=paper.pk)
    assert (paper.period_start, paper.period_end) == (date(2028, 3, 1), date(2028, 3, 31))
    over = datetime(2028, 3, 31, 11, tzinfo=UTC)  # midnight there, as summer time still counts
    for moment, unpaid in ((over - timedelta(seconds=1), None), (over, over)):
        renewal.renew_bank_plans(moment)
        assert subscription_of(portal.pk).unpaid_since == unpaid


def test_minutes_of_a_bank_plan_follow_the_month_that_is_paid(
    portal: Portal, operator: Requisites
) -> None:  # promise 83
    settled(portal, time_zone="Europe/Moscow")
    for day in (date(2028, 1, 31), date(2028, 2, 20)):
        bank_plan(portal, day)

    def month(*when: int) -> tuple[datetime, datetime]:
        found = included.month_of(portal, datetime(*when, tzinfo=UTC))
        return found.start, found.end

    january, february, march, april = (
        datetime(2028, *day, 21, tzinfo=UTC) for day in ((1, 30), (2, 28), (3, 30), (4, 29))
    )  # midnight in Moscow of the 31st, or the last day
    assert month(2028, 2, 10) == (january, february)
    assert month(2028, 2, 28, 20, 59, 59) == (january, february)
    assert month(2028, 2, 28, 21) == month(2028, 3, 30, 20) == (february, march)
    assert month(2028, 3, 31) == (march, april)  # the grace goes on in the same months
    assert month(2028, 5, 20) == (datetime(2028, 4, 30, 21, tzinfo=UTC), datetime(2028, 5, 31, 21, tzinfo=UTC))


def test_a_plan_paid_by_bank_is_renewed_in_time_and_lapses_with_grace(
    portal: Portal, operator: Requisites
) -> None:  # promise 36
    bank_plan(portal, date(2028, 2, 29), Period.YEAR)
    assert Invoice.objects.get().period_end == date(2029, 2, 27)

    assert renewal.renew_bank_plans(datetime(2029, 2, 12, tzinfo=UTC)) == 0
    assert renewal.renew_bank_plans(datetime(2029, 2, 14, tzinfo=UTC)) == 1
    assert renewal.renew_bank_plans(datetime(2029, 2, 27, tzinfo=UTC)) == 0
    assert Invoice.objects.filter(state="open").count() == 1
    assert subscription_of(portal.pk).unpaid_since is None

    ended = datetime(2029, 2, 28, tzinfo=UTC)
    assert renewal.renew_bank_plans(ended) == 1
    assert subscription_of(portal.pk).unpaid_since == ended
    paper = bank_plan(portal, date(2029, 3, 3))
    assert (paper.period_start, paper.period_end) == (date(2029, 2, 28), date(2030, 2, 27))
    assert subscription_of(portal.pk).unpaid_since is None
    assert renewal.renew_bank_plans(datetime(2029, 3, 4, tzinfo=UTC)) == 0


def test_last_month_is_invoiced_by_itself_once(portal: Portal, alice: User, operator: Requisites) -> None:
    spend(portal, datetime(2026, 10, 15, tzinfo=UTC), "12", "call:1")
    assert invoice.issue_due_invoices(datetime(2026, 11, 1, 0, 30, tzinfo=UTC)) == 0
    assert invoice.issue_due_invoices(datetime(2026, 11, 1, 2, tzinfo=UTC)) == 1
    assert invoice.issue_due_invoices(datetime(2026, 11, 1, 8, tzinfo=UTC)) == 0
    assert Invoice.objects.get().period_start == OCTOBER
    assert Notification.objects.filter(person=alice, url="/billing/invoices/").count() == 1
