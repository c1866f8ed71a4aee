"""Ends of calls: late, doubled, missing, in any order; each call is charged once (promise 71)."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.domain import wallet
from billing.domain.override import override_limit
from billing.rating.domain import reaper
from billing.rating.domain.events import Word, tell
from billing.rating.domain.explain import explain
from billing.rating.domain.rerate import charge_of, rerate
from billing.rating.domain.settle import Cdr, settle
from billing.rating.models import Call, CallAccount, Correction, SipUser
from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from tenants.portals.models import Portal
from tests.factories.call import DECK, at, call, caller, deck, money
from tests.factories.operator import Console

WORDS = (
    Word(call_id="c1", kind="start", at=at(0)),
    Word(call_id="c1", kind="answer", at=at(5)),
    Word(call_id="c1", kind="end", at=at(88.004)),
)


@pytest.fixture
def device(portal: Portal) -> SipUser:
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=10, reason="test")
    money(portal, "60")
    return caller(portal)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_any_order_charges_once(device: SipUser, order: tuple[int, ...]) -> None:  # promise 71
    call(device)
    for index in (*order, *order):
        tell(WORDS[index])
    settled = Call.objects.get()
    assert (settled.state, settled.seconds, charge_of(settled)) == ("settled", 83, Decimal("0.83"))
    assert wallet.balance(device.portal_id) == Decimal("59.17")
    assert wallet.available(device.portal_id) == Decimal("59.17")
    assert CallAccount.objects.get().day_spent == Decimal("0.83")


def test_the_same_end_again_changes_nothing(device: SipUser) -> None:
    call(device)
    cdr = Cdr(call_id="c1", answered_at=at(0), ended_at=at(60))
    assert settle(cdr).charge == settle(cdr).charge == Decimal("0.6")
    settle(Cdr(call_id="c1", answered_at=at(0), ended_at=at(500)))
    assert wallet.balance(device.portal_id) == Decimal("59.4")


def test_nobody_answered(device: SipUser) -> None:
    call(device)
    settled = settle(Cdr(call_id="c1", answered_at=None, ended_at=at(30)))
    assert (settled.charge, settled.seconds) == (Decimal(0), 0)
    assert wallet.available(device.portal_id) == Decimal(60)


def test_a_late_cut_is_charged_to_the_grant(device: SipUser) -> None:
    answer = call(device)
    settled = settle(Cdr(call_id="c1", answered_at=at(0), ended_at=at(answer.allowed + 3.6)))
    assert (settled.seconds, settled.charge) == (600, answer.reserved)


def test_an_end_before_the_answer_counts_a_second(device: SipUser) -> None:
    call(device, "+447400123456")
    assert settle(Cdr(call_id="c1", answered_at=at(9), ended_at=at(5))).charge == Decimal("0.75")


def test_a_lost_start_is_dropped_a_lost_end_estimated(device: SipUser) -> None:  # promise 71
    now = timezone.now()
    call(device, call_id="silent")
    call(device, call_id="rang")
    call(device, call_id="talked")
    tell(Word(call_id="rang", kind="start", at=now))
    tell(Word(call_id="talked", kind="answer", at=now), now=now)
    reaper.running(["talked", "unknown"], now=now + timedelta(seconds=400))
    assert reaper.running(["talked", "unknown"], now=now + timedelta(seconds=420)) == ["unknown"]
    assert reaper.reap(now + timedelta(seconds=15)) == {"dropped": 1, "unanswered": 0, "estimated": 0}
    assert reaper.reap(now + timedelta(seconds=600)) == {"dropped": 0, "unanswered": 1, "estimated": 0}
    assert reaper.reap(now + timedelta(seconds=700)) == {"dropped": 0, "unanswered": 0, "estimated": 1}
    talked = Call.objects.get(call_id="talked")
    assert (talked.estimated, talked.seconds, talked.charge) == (True, 420, Decimal("4.2"))
    settle(Cdr(call_id="talked", answered_at=now, ended_at=now + timedelta(seconds=100)))
    assert (charge_of(Call.objects.get(call_id="talked")), wallet.balance(device.portal_id)) == (
        Decimal(1),
        Decimal(59),
    )


def test_the_charge_is_explained_line_by_line(device: SipUser) -> None:
    call(device, "+447400123456")
    settled = settle(Cdr(call_id="c1", answered_at=at(0), ended_at=at(75)))
    charge, rows = explain(settled)
    assert charge is not None
    assert (charge.amount, settled.charge) == (Decimal("1.95"), Decimal("1.95"))
    assert [(row.part.kind, row.part.seconds, row.cost) for row in rows] == [
        ("connect", 0, Decimal("0.15")),
        ("first", 30, Decimal("0.6")),
        ("steps", 60, Decimal("1.2")),
    ]


def test_rating_again_corrects_and_edits_nothing(device: SipUser) -> None:
    for index, seconds in enumerate((60, 120)):
        call(device, call_id=f"c{index}")
        settle(Cdr(call_id=f"c{index}", answered_at=at(0), ended_at=at(seconds)))
    other = deck(DECK.replace("London,0.6", "London,0.5"), since=at(9_000), activate=False)
    window = {"actor": Console(), "portal": device.portal, "deck": other, "since": at(-60), "until": at(60)}
    run = rerate(**window, reason="The carrier's list was wrong")
    assert (run.calls, run.changed, run.difference) == (2, 2, Decimal("-0.3"))
    assert [item.after for item in Correction.objects.order_by("pk")] == [Decimal("0.5"), Decimal(1)]
    assert list(Call.objects.order_by("pk").values_list("charge", flat=True)) == [Decimal("0.6"), Decimal("1.2")]
    assert wallet.balance(device.portal_id) == Decimal("58.5")
    again = rerate(**window, reason="Twice")
    assert (again.changed, again.difference) == (0, Decimal(0))
    assert wallet.balance(device.portal_id) == Decimal("58.5")
    with pytest.raises(Invalid):
        rerate(**window | {"until": at(-90)}, reason="Backwards")
