"""What holds for every tariff and every call."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.rating.engine.compiled import compiled
from billing.rating.engine.grant import answer_moments, longest, price_of
from billing.rating.engine.rating import Lot, order, rate_call
from billing.rating.engine.rounding import Mode, Rounding
from billing.rating.engine.tariff import AtMaximum, Period, Slot, Tariff, ZeroDuration
from billing.rating.engine.timeline import NEVER
from billing.rating.engine.written import parse, tariff_from, tariff_to

ZONES = ("UTC", "Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
prices = st.decimals("0", "50", places=4)
steps = st.sampled_from([1, 6, 7, 10, 30, 60])
clocks = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
# Around both changes of the clocks of 2026 in Europe, America and on Lord Howe, a leap day, a new year.
moments = st.sampled_from(
    [(2026, 3, 29), (2026, 10, 25), (2026, 3, 8), (2026, 11, 1), (2026, 4, 4), (2028, 2, 29), (2026, 12, 31)]
).flatmap(lambda day: st.integers(-90_000, 90_000).map(lambda s: datetime(*day, tzinfo=UTC) + timedelta(seconds=s)))


@st.composite
def slots(draw: st.DrawFn, first: int = 0) -> tuple[Slot, ...]:
    step = draw(steps)
    found = [Slot(price=draw(prices), per=draw(st.sampled_from([1, 30, 60])), step=step)]
    begin = first or step
    for _ in range(draw(st.integers(0, 2))):
        begin += found[-1].step * draw(st.integers(1, 10))
        found.append(Slot(start=begin, price=draw(prices), step=draw(steps)))
    return tuple(found)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    first = draw(st.sampled_from([0, 1, 30, 60]))
    minimum = draw(st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(3)]))
    fee = draw(st.sampled_from([Decimal(0), Decimal("0.15")]))
    periods = tuple(
        Period(
            name=str(index),
            weekdays=draw(st.frozensets(st.integers(1, 7), min_size=1)),
            holidays=draw(st.booleans()),
            since=draw(clocks),
            until=draw(clocks),
            weight=draw(st.sampled_from([1, 10])),
            slots=draw(slots(first)),
            connect_fee=draw(st.sampled_from([Decimal(0), Decimal("0.4")])),
        )
        for index in range(draw(st.integers(0, 3)))
    )
    return Tariff(
        slots=draw(slots(first)),
        connect_fee=fee,
        first=first,
        grace=draw(st.sampled_from([0, 0, 5])),
        minimum=minimum,
        maximum=draw(st.sampled_from([None, minimum + 10, minimum + 1])),
        at_maximum=draw(st.sampled_from(AtMaximum)),
        zero_duration=draw(st.sampled_from(ZeroDuration)),
        rounding=Rounding(mode=draw(st.sampled_from(Mode)), places=draw(st.integers(1, 6))),
        periods=periods,
        zone=draw(st.sampled_from(ZONES)),
        holidays=frozenset({date(2026, 3, 29), date(2026, 10, 25)}),
    )


lots = st.lists(
    st.builds(
        Lot,
        id=st.uuids().map(str),
        seconds=st.integers(0, 900),
        step=steps,
        weight=st.sampled_from([1, 2]),
        covers_fee=st.booleans(),
        expires_at=st.none() | moments,
    ),
    max_size=3,
)
durations = st.integers(0, 20_000)


@given(tariffs(), moments, durations, durations, lots)
def test_a_longer_call_never_costs_less(tariff: Tariff, at: datetime, one: int, other: int, bundles: list[Lot]) -> None:
    short, long = sorted((one, other))
    assert rate_call(tariff, at, short, bundles).amount <= rate_call(tariff, at, long, bundles).amount


@given(tariffs(), moments, durations, lots)
def test_the_parts_are_the_whole(tariff: Tariff, at: datetime, seconds: int, bundles: list[Lot]) -> None:
    charge = rate_call(tariff, at, seconds, bundles)
    assert sum((part.cost for part in charge.parts), Fraction(0)) == Fraction(charge.amount)
    covered = [part for part in charge.parts if part.seconds]
    assert sum(part.seconds for part in covered) == charge.billed_seconds
    begins = [part.start for part in covered]
    assert begins == [sum(part.seconds for part in covered[:index]) for index in range(len(covered))]
    if charge.parts:
        assert charge.billed_seconds >= charge.seconds
    for lot in bundles:
        assert sum(seconds for name, seconds in charge.lots if name == lot.id) <= lot.seconds
    assert rate_call(tariff, at, seconds, bundles) == charge


@settings(max_examples=60)
@given(tariffs(), moments, st.integers(1, 4_000))
def test_equal_to_walking_step_by_step(tariff: Tariff, at: datetime, seconds: int) -> None:
    """The stretches that are worked out at once cost what single steps, each looked up at the wall clock, cost."""
    charge = rate_call(tariff, at, seconds)
    if not charge.parts or charge.seconds <= tariff.grace:
        return
    timeline = compiled(tariff).timeline

    def rule(second: int) -> tuple[tuple[Slot, ...], Decimal]:
        index = timeline.rule_at(int(at.timestamp()) + second)
        return (
            (tariff.slots, tariff.connect_fee)
            if index < 0
            else (tariff.periods[index].slots, tariff.periods[index].connect_fee)
        )

    found, fee = rule(0)
    first = tariff.first or found[0].step
    total, done = Fraction(fee) + Fraction(found[0].price) * first / found[0].per, first
    while done < seconds:
        slot = [slot for slot in rule(done)[0] if slot.start <= done][-1]
        total, done = total + Fraction(slot.price) * slot.step / slot.per, done + slot.step
    total = max(total, Fraction(tariff.minimum))
    assert charge.exact == (total if tariff.maximum is None else min(total, Fraction(tariff.maximum)))
    assert charge.billed_seconds == done


@given(tariffs(), moments, st.decimals("0", "40", places=2), st.integers(1, 7200), lots)
def test_a_granted_call_never_costs_more_than_the_grant(
    tariff: Tariff, at: datetime, grant: Decimal, cap: int, bundles: list[Lot]
) -> None:
    seconds = longest(tariff, [at], grant, cap=cap, lots=bundles)
    assert 0 <= seconds <= cap
    if seconds:
        assert rate_call(tariff, at, seconds + 50, bundles, granted=seconds).amount <= grant
    if seconds < cap and tariff.at_maximum is AtMaximum.FREE:
        assert rate_call(tariff, at, seconds + 1, bundles).amount > grant


@given(prices, prices, clocks, clocks, moments, st.integers(1, 3600), st.integers(0, 60), st.sampled_from(ZONES))
def test_a_reserve_pays_whenever_the_call_is_answered(
    day: Decimal, night: Decimal, since: time, until: time, at: datetime, seconds: int, ring: int, zone: str
) -> None:
    """With one border at most while it rings and runs, the dearest of the moments looked at bounds every other."""
    period = Period(since=since, until=until, slots=(Slot(price=night, step=1),))
    tariff = Tariff(slots=(Slot(price=day, step=1),), periods=(period,), zone=zone)
    if len(answer_moments(tariff, at, 60 + seconds)) <= 3:
        reserve = price_of(tariff, answer_moments(tariff, at, 60), seconds)
        assert rate_call(tariff, at + timedelta(seconds=ring), seconds).amount <= reserve


@given(tariffs(), moments, durations)
def test_the_short_way_is_the_long_way(tariff: Tariff, at: datetime, seconds: int) -> None:
    ready = compiled(tariff)
    if ready.plain:
        money, billed = ready.short_way(seconds)
        charge = rate_call(ready, at, seconds)
        assert (ready.amount(ready.quanta(money)), billed) == (charge.amount, charge.billed_seconds)
        assert Fraction(ready.exact_text(money)) == charge.exact


@given(tariffs())
def test_a_snapshot_is_the_tariff(tariff: Tariff) -> None:
    assert tariff_from(parse(json.dumps(tariff_to(tariff)))) == tariff


@settings(max_examples=200)
@given(tariffs(), moments)
def test_the_timeline_says_what_the_clock_says(tariff: Tariff, at: datetime) -> None:  # promise 83
    timeline = compiled(tariff).timeline
    second = int(at.timestamp())
    rule, until = timeline.at(second)
    assert rule == timeline.rule_at(second)
    assert until > second
    if not tariff.periods:
        assert (rule, until) == (-1, NEVER)
        return
    assert timeline.rule_at(until - 1) == rule
    local = at.astimezone(ZoneInfo(tariff.zone))
    if rule >= 0:
        period = tariff.periods[rule]
        clock = local.time().replace(microsecond=0)
        inside = (
            period.since <= clock < period.until
            if period.since < period.until
            else clock >= period.since or clock < period.until
        )
        assert inside


@given(lots)
def test_bundles_have_one_order(bundles: list[Lot]) -> None:
    assert order(reversed(bundles)) == order(bundles)
