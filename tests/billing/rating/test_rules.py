"""The rating rules, one exact example after another."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.rating.engine.faults import Fault
from billing.rating.engine.grant import answer_moments, longest
from billing.rating.engine.rating import Lot, rate_call
from billing.rating.engine.rounding import Mode, Rounding, whole_seconds
from billing.rating.engine.tariff import AtMaximum, Period, Slot, Tariff, ZeroDuration, check

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday


def flat(price: str = "1", step: int = 60, first: int = 0, **more: object) -> Tariff:
    return Tariff(slots=(Slot(price=Decimal(price), step=step),), first=first, **more)


@pytest.mark.parametrize(
    ("first", "step", "seconds", "billed"),
    [
        (60, 1, 83, 83),
        (60, 10, 83, 90),
        (60, 60, 83, 120),
        (30, 6, 32, 36),
        (30, 6, 57, 60),
        (30, 6, 75, 78),
        (6, 6, 1, 6),
        (1, 1, 83, 83),
        (60, 1, 1, 60),
        (60, 60, 60, 60),
        (60, 60, 61, 120),
        (30, 6, 30, 30),
    ],
)
def test_steps(first: int, step: int, seconds: int, billed: int) -> None:
    charge = rate_call(flat("0.60", step, first), NOON, seconds)
    assert charge.billed_seconds == billed
    assert charge.exact == Fraction(billed, 100)


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [(2004, 2), (2499, 2), (2500, 3), (499, 0), (500, 1), (0, 0), (59_999, 60)]
)
def test_seconds_are_rounded_half_up(milliseconds: int, seconds: int) -> None:
    assert whole_seconds(milliseconds) == seconds


@pytest.mark.parametrize(
    ("tariff", "seconds", "amount"),
    [
        (flat("0.72"), 83, "1.4400"),
        (flat("0.72", 1, 1), 83, "0.9960"),
        (flat("0.72", 1, 1), 1, "0.0120"),
        (flat("0.05", 60, connect_fee=Decimal("0.15")), 1020, "1.0000"),
        (flat("2.4", grace=5), 5, "0"),
        (flat("2.4", grace=5, connect_fee=Decimal(1)), 5, "0"),
        (flat("2.4", grace=5, connect_fee=Decimal(1)), 6, "3.4000"),
        (flat("0.6", 1, minimum=Decimal("0.5")), 1, "0.5000"),
        (flat("0.6", 1, minimum=Decimal("0.5")), 51, "0.5100"),
        (flat("6", maximum=Decimal(20)), 3600, "20.0000"),
        (flat("1", 1, rounding=Rounding(places=2)), 1, "0.02"),
        (flat("1", 1, rounding=Rounding(places=2, mode=Mode.DOWN)), 1, "0.01"),
        (flat("1", 1, rounding=Rounding(places=2, mode=Mode.UP)), 61, "1.02"),
        (flat("0.3", 1, rounding=Rounding(places=2, mode=Mode.HALF_EVEN)), 1, "0.00"),
        (flat("0.3", 1, rounding=Rounding(places=2, mode=Mode.HALF_EVEN)), 3, "0.02"),
        (flat("0.3", 1, rounding=Rounding(places=2)), 1, "0.01"),
        (flat("1", 1, rounding=Rounding(places=0)), 89, "1"),
        (flat("0"), 600, "0.0000"),
    ],
)
def test_charges(tariff: Tariff, seconds: int, amount: str) -> None:
    charge = rate_call(tariff, NOON, seconds)
    assert charge.amount == Decimal(amount)
    assert sum((part.cost for part in charge.parts), Fraction(0)) == Fraction(charge.amount)


def test_unanswered_costs_nothing() -> None:
    charge = rate_call(flat("5", connect_fee=Decimal(3), minimum=Decimal(1)), None, 60)
    assert (charge.amount, charge.billed_seconds, charge.parts) == (Decimal(0), 0, ())


def test_zero_duration_goes_by_the_rule() -> None:
    assert rate_call(flat("6", 1), NOON, 0).amount == Decimal("0.1000")
    assert rate_call(flat("6", 1, zero_duration=ZeroDuration.FREE), NOON, 0).amount == 0


def test_a_late_cut_is_not_the_customers() -> None:
    """A switch told to cut at 60 s cut at 63 s."""
    assert rate_call(flat("6", 1), NOON, 63, granted=60).amount == Decimal("6.0000")


def test_first_minute_dearer() -> None:
    tariff = Tariff(slots=(Slot(price=Decimal(3), step=60), Slot(start=60, price=Decimal("0.6"), step=1)))
    assert rate_call(tariff, NOON, 60).amount == Decimal(3)
    assert rate_call(tariff, NOON, 61).amount == Decimal("3.01")
    assert [part.kind for part in rate_call(tariff, NOON, 61).parts] == ["first", "steps"]


EVENING = Period(name="evening", since=time(18), until=time(8), slots=(Slot(price=Decimal(1), step=1),))
MOSCOW = Tariff(
    slots=(Slot(price=Decimal(2), step=1),), connect_fee=Decimal("0.5"), periods=(EVENING,), zone="Europe/Moscow"
)


def test_a_call_over_the_border_is_split() -> None:
    """17:59:30 in Moscow, 60 s: half at the day's price, half at the evening's; the fee by the rule at answer."""
    charge = rate_call(MOSCOW, datetime(2026, 3, 4, 14, 59, 30, tzinfo=UTC), 60)
    assert charge.exact == Fraction(1, 2) + Fraction(30 * 2, 60) + Fraction(30, 60)
    assert [(part.kind, part.period, part.seconds) for part in charge.parts] == [
        ("connect", "", 0),
        ("first", "", 1),
        ("steps", "", 29),
        ("steps", "evening", 30),
    ]


def test_the_step_that_began_before_the_border_keeps_its_price() -> None:
    tariff = Tariff(slots=(Slot(price=Decimal(2)),), periods=(EVENING,), zone="Europe/Moscow")
    charge = rate_call(tariff, datetime(2026, 3, 4, 14, 59, 30, tzinfo=UTC), 61)
    assert charge.exact == 2 + Fraction(1, 60)


def test_the_heavier_rule_wins_then_the_later_then_the_holiday() -> None:
    def period(name: str, price: int, **more: object) -> Period:
        return Period(name=name, slots=(Slot(price=Decimal(price), step=1),), **more)

    tariff = Tariff(
        slots=(Slot(price=Decimal(9)),),
        periods=(
            period("workday", 1, weekdays=frozenset({1, 2, 3, 4, 5})),
            period("noon", 2, since=time(12), until=time(13)),
            period("feast", 3, weekdays=frozenset(), holidays=True),
            period("storm", 4, weight=99, weekdays=frozenset({6})),
        ),
        holidays=frozenset({date(2026, 3, 5), date(2026, 3, 7)}),
    )

    def named(day: int, hour: int) -> str:
        return rate_call(tariff, datetime(2026, 3, day, hour, tzinfo=UTC), 1).parts[0].period

    assert named(4, 10) == "workday"
    assert named(4, 12) == "noon"
    assert named(5, 10) == "feast"
    assert named(5, 12) == "noon"  # begins later than the holiday
    assert named(7, 12) == "storm"  # the heaviest
    assert named(8, 10) == ""


def test_clocks_set_back_and_forward() -> None:  # promise 83
    """Night until 03:00 in Berlin. In October 02:00-03:00 comes twice, in March it does not come at all."""
    night = Period(name="night", since=time(2), until=time(3), slots=(Slot(price=Decimal(1), step=1),))
    tariff = Tariff(slots=(Slot(price=Decimal(2), step=1),), periods=(night,), zone="Europe/Berlin")
    back = rate_call(tariff, datetime(2026, 10, 24, 23, 0, tzinfo=UTC), 4 * 3600)  # 01:00 to 04:00 by the clock, 4 h
    assert back.exact == 2 * 60 + 2 * 60 * 1 + 1 * 60 * 2 - 60 + 60
    assert [(part.period, part.seconds) for part in back.parts if part.kind == "steps"] == [
        ("", 3599),
        ("night", 7200),
        ("", 3600),
    ]
    forward = rate_call(tariff, datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 3600)  # 01:30 to 03:30 by the clock, 1 h
    assert forward.exact == 120


def test_bundles_serve_first() -> None:
    lots = [
        Lot(id="late", seconds=600, step=60, expires_at=datetime(2026, 5, 1, tzinfo=UTC)),
        Lot(id="soon", seconds=90, step=60, expires_at=datetime(2026, 4, 1, tzinfo=UTC)),
    ]
    charge = rate_call(flat("1", connect_fee=Decimal("0.3")), NOON, 100, lots)
    assert charge.lots == (("soon", 60), ("late", 60))  # the 30 s left of "soon" fit no step
    assert charge.amount == Decimal("0.3")  # the fee is money also on a free minute
    covered = rate_call(flat("1", connect_fee=Decimal("0.3")), NOON, 30, [Lot(id="a", seconds=60, covers_fee=True)])
    assert covered.amount == 0


def test_a_call_uses_bundle_and_money() -> None:
    """60/1 at 0.6: after the bundle's 60 s the first minute is not taken again."""
    charge = rate_call(flat("0.6", 1, 60), NOON, 75, [Lot(id="a", seconds=60)])
    assert (charge.lots, charge.amount, charge.billed_seconds) == ((("a", 60),), Decimal("0.15"), 75)
    begun_in_money = rate_call(flat("0.6", 1, 60), NOON, 10, [Lot(id="a", seconds=5, step=6)])
    assert (begun_in_money.lots, begun_in_money.amount) == ((), Decimal("0.6"))


def test_a_bundle_ends_while_the_call_runs() -> None:
    ends = datetime(2026, 3, 4, 12, 0, 30, tzinfo=UTC)
    charge = rate_call(flat("0.6", 1, 1), NOON, 60, [Lot(id="a", seconds=600, expires_at=ends)])
    assert (charge.lots, charge.amount) == ((("a", 30),), Decimal("0.3"))


@pytest.mark.parametrize(
    ("grant", "tariff", "seconds"),
    [
        ("1.00", flat("0.05", 60, connect_fee=Decimal("0.15")), 1020),
        ("0.19", flat("0.05", 60, connect_fee=Decimal("0.15")), 0),
        ("0.20", flat("0.05", 60, connect_fee=Decimal("0.15")), 60),
        ("100", flat("0.05"), 7200),
        ("0", flat("0"), 7200),
        ("2.5", flat("1", maximum=Decimal(2)), 7200),
        ("9", flat("1", maximum=Decimal(2), at_maximum=AtMaximum.DISCONNECT), 120),
        ("0", flat("1", grace=10), 10),
    ],
)
def test_longest_call(grant: str, tariff: Tariff, seconds: int) -> None:
    assert longest(tariff, [NOON], Decimal(grant), cap=7200) == seconds


def test_a_grant_thinks_of_the_border_before_the_answer() -> None:
    """Set up at 07:59:30 when the cheap night ends at 08:00: the grant pays also a call answered after the border."""
    before = datetime(2026, 3, 4, 4, 59, 30, tzinfo=UTC)
    moments = answer_moments(MOSCOW, before, 60)
    assert [moment.second for moment in moments] == [30, 0, 30]
    assert longest(MOSCOW, moments, Decimal("2.5"), cap=7200) == 60
    assert longest(MOSCOW, [before], Decimal("2.5"), cap=7200) == 90


@pytest.mark.parametrize(
    "tariff",
    [
        Tariff(slots=()),
        Tariff(slots=(Slot(start=1, price=Decimal(1)),)),
        flat("-1"),
        flat("1", step=0),
        flat("1", maximum=Decimal("0.5"), minimum=Decimal(1)),
        flat("1", maximum=Decimal("0.12345")),
        flat("1", rounding=Rounding(places=7)),
        flat("1", zone="Mars/Base"),
        Tariff(slots=(Slot(price=Decimal(1)), Slot(start=90, price=Decimal(1)))),
        Tariff(slots=(Slot(price=Decimal(1), step=1), Slot(start=30, price=Decimal(1))), first=60),
    ],
)
def test_contradictions_are_refused(tariff: Tariff) -> None:
    with pytest.raises(Fault):
        check(tariff)
