"""The ledger: balanced, once per cause, never changed; the database holds it where code would not."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from billing.domain import ledger, ledger_check, wallet
from billing.domain.ledger import Line
from billing.models import Account, Entry, Kind, Posting, Wallet
from infra.db.owner import owner_connection
from infra.kit.errors import Conflict
from tenants.portals.models import Portal

D = Decimal


def post(portal: Portal, cause: str, *lines: Line, kind: Kind = Kind.CORRECTION) -> Posting:
    return ledger.post(cause=cause, lines=lines, portal_id=portal.pk, currency="USD", kind=kind)


def rows() -> list[tuple[str, D, D | None]]:
    return list(Entry.objects.order_by("id").values_list("account", "amount", "balance"))


def test_a_posting_writes_both_sides_and_moves_the_balance(acme: Portal) -> None:
    post(acme, "gift:1", Line(Account.WALLET, D("10")), Line(Account.GIFTS, D("-10")), kind=Kind.GIFT)
    post(acme, "call:1", Line(Account.WALLET, D("-0.000001")), Line(Account.REVENUE, D("0.000001")), kind=Kind.CALL)

    assert rows() == [
        ("wallet", D("10"), D("10")),
        ("gifts", D("-10"), None),
        ("wallet", D("-0.000001"), D("9.999999")),
        ("revenue", D("0.000001"), None),
    ]
    assert wallet.balance(acme.pk) == D("9.999999")
    assert ledger_check.differences() == []


def test_a_cause_is_posted_once(acme: Portal, globex: Portal) -> None:  # promise 33
    lines = (Line(Account.WALLET, D("5")), Line(Account.PAYMENTS, D("-5")))
    first = post(acme, "topup:pi_1", *lines)

    assert post(acme, "topup:pi_1", *lines) == first
    with pytest.raises(Conflict):
        post(acme, "topup:pi_1", Line(Account.WALLET, D("6")), Line(Account.PAYMENTS, D("-6")))
    with pytest.raises(Conflict):
        post(globex, "topup:pi_1", *lines)
    assert Posting.objects.filter(cause="topup:pi_1").count() == 1
    assert (wallet.balance(acme.pk), wallet.balance(globex.pk)) == (D("5"), D("0"))


@pytest.mark.parametrize(
    "amounts", [("1", "-0.999999"), ("0.0000001", "-0.0000001"), ("NaN", "NaN"), ("1000000000000", "-1000000000000")]
)
def test_what_is_no_balanced_money_is_refused(acme: Portal, amounts: tuple[str, str]) -> None:
    with pytest.raises(ValueError):
        post(acme, "x:1", Line(Account.WALLET, D(amounts[0])), Line(Account.REVENUE, D(amounts[1])))
    assert not Posting.objects.filter(portal_id=acme.pk).exists()


def test_floats_are_no_money(acme: Portal) -> None:
    with pytest.raises(ValueError):
        post(acme, "x:1", Line(Account.WALLET, 0.5), Line(Account.REVENUE, -0.5))


def test_another_currency_does_not_reach_the_wallet(acme: Portal) -> None:
    Wallet.objects.create(portal_id=acme.pk, currency="RUB")
    with pytest.raises(Conflict, match="RUB"):
        post(acme, "x:1", Line(Account.WALLET, D("1")), Line(Account.PAYMENTS, D("-1")))
    fee = post(acme, "fee:in_1", Line(Account.REVENUE, D("24")), Line(Account.PAYMENTS, D("-24")), kind=Kind.FEE)
    assert fee.currency == "USD"
    assert wallet.balance(acme.pk) == 0


def test_the_database_refuses_lines_that_do_not_balance(acme: Portal) -> None:
    first = post(acme, "x:1", Line(Account.WALLET, D("1")), Line(Account.GIFTS, D("-1")))
    second = post(acme, "x:2", Line(Account.WALLET, D("1")), Line(Account.GIFTS, D("-1")))
    nowhere = Posting(pk=2**62, kind="gift", at=first.at)

    def line(posting: Posting, amount: str, account: str, portal_id: int = acme.pk, kind: str = "") -> Entry:
        kind = kind or posting.kind
        return Entry(
            posting=posting, portal_id=portal_id, account=account, kind=kind, amount=D(amount), at=first.at
        )  # fmt: skip

    for wrong in (
        [line(first, "1", "revenue")],
        [line(first, "1", "revenue"), line(first, "-2", "bank")],
        [line(first, "1", "revenue"), line(second, "-1", "revenue")],
        [line(first, "1", "revenue", acme.pk + 1), line(first, "-1", "bank", acme.pk + 1)],
        [line(first, "1", "revenue"), line(first, "-1", "bank", acme.pk + 1)],
        [line(first, "1", "revenue", kind="call"), line(first, "-1", "bank", kind="call")],
        [line(nowhere, "1", "revenue"), line(nowhere, "-1", "bank")],
        [
            line(first, "1", "revenue"),
            line(first, "-1", "bank"),
            line(nowhere, "1", "tax"),
            line(nowhere, "-1", "bank"),
        ],
    ):
        with pytest.raises(IntegrityError, match="do not balance"), transaction.atomic():
            Entry.objects.bulk_create(wrong)
    assert len(rows()) == 4
    both = [line(one, amount, to) for one in (first, second) for amount, to in (("1", "revenue"), ("-1", "bank"))]
    Entry.objects.bulk_create(both)
    assert len(rows()) == 8


@pytest.mark.parametrize("statement", ["UPDATE {} SET kind = 'gift'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", ["billing_posting", "billing_entry"])
def test_the_application_cannot_change_what_is_written(acme: Portal, statement: str, table: str) -> None:  # promise 33
    post(acme, "x:1", Line(Account.WALLET, D("1")), Line(Account.GIFTS, D("-1")))
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))
    assert len(rows()) == 2


@pytest.mark.commits
def test_the_check_finds_what_somebody_changed_behind_the_ledger(fresh_portal: Callable[[], Portal]) -> None:
    portal = fresh_portal()
    first = post(portal, f"gift:{portal.pk}", Line(Account.WALLET, D("7")), Line(Account.GIFTS, D("-7")))
    assert [one for one in ledger_check.differences() if one.portal_id == portal.pk] == []

    Wallet.objects.filter(portal_id=portal.pk).update(balance=D("8"))
    with owner_connection() as raw:
        raw.execute("UPDATE billing_entry SET amount = 6 WHERE posting_id = %s AND account = 'wallet'", [first.pk])
    line = Entry.objects.get(posting=first, account="wallet")

    found = [one for one in ledger_check.differences() if one.portal_id == portal.pk]
    assert [(one.where, one.written, one.right) for one in found] == [
        ("balance", D("8"), D("6")),
        (first.cause, D("-1"), D("0")),
        (f"line {line.pk}", D("7"), D("6")),
    ]
    with owner_connection() as raw, suppress(Wallet.DoesNotExist):
        raw.execute("UPDATE billing_entry SET amount = 7 WHERE posting_id = %s AND account = 'wallet'", [first.pk])
    Wallet.objects.filter(portal_id=portal.pk).update(balance=D("7"))
    assert [one for one in ledger_check.differences() if one.portal_id == portal.pk] == []
