"""May this call start, for how long, and what is put aside for it: decided and reserved in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from billing.domain import wallet_row
from billing.rating.domain import account as accounts
from billing.rating.domain import book, bundles, bursts, guard, included, standing
from billing.rating.domain.countries import country_of, dialled, home_of
from billing.rating.domain.refused import CallRefused
from billing.rating.domain.standing import PROVISIONAL, Standing
from billing.rating.engine.compiled import Rule, compiled
from billing.rating.engine.faults import Fault
from billing.rating.engine.grant import answer_moments, longest, price_of
from billing.rating.engine.numbers import is_emergency
from billing.rating.engine.rating import Lot, rate_call
from billing.rating.engine.tariff import Tariff
from billing.rating.models import Alert, Call, CallAccount, SipUser
from tenants.portals.models import Portal

RINGING = 120
"""Seconds between set-up and answer that a reserve must pay for whatever price begins meanwhile."""
USEFUL = 60
"""A fair share that pays less than this many seconds is rounded up to them, where the wallet holds it."""
EMERGENCY = "emergency"


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """What the switch asks: its id of the call, who calls, the number as it was dialled, the caller ID wished for.

    `purpose` is Call.Purpose: a machine may call less than a person (bursts.py).
    """

    call_id: str
    device: SipUser
    number: str
    caller: str = ""
    purpose: str = Call.Purpose.PERSON


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """The answer. `number` is what to dial, `allowed` seconds, `reserved` in `currency`; `caller` is the number to
    show, "" for the service's own where the wished one is not the portal's."""

    call: Call
    number: str
    allowed: int
    reserved: Decimal
    currency: str
    route: str
    caller: str


def authorize(asked: CallRequest, *, now: datetime | None = None) -> Authorization:
    """Reserve money and included seconds for a call; the same call asked again gets the same answer.

    Emergency calls of people are always allowed and free; no stranger makes a machine call for help (promise 73).
    Raises CallRefused, having written the refusal down and told who must know.
    """
    moment = now or datetime.now(UTC)
    portal = asked.device.portal
    help_wanted = is_emergency(asked.number)
    if help_wanted and asked.purpose == Call.Purpose.PERSON:
        return _emergency(asked, moment)
    try:
        if help_wanted:
            raise CallRefused("machine_abroad")
        authorization, alarms = _decide(asked, portal, moment)
    except CallRefused as refusal:
        guard.refused(portal=portal, call_id=asked.call_id, number=asked.number, code=refusal.code, now=moment)
        raise
    for kind, detail in alarms:
        guard.alarm(portal_id=portal.pk, schema=portal.schema_name, kind=kind, detail=detail, now=moment)
    return authorization


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a call would be given: the price in force, what bundles pay, for how many seconds, at which reserve."""

    number: str
    country: str
    home: bool
    priced: book.Priced
    inbound: bool = False
    seconds: int = 0
    reserve: Decimal = Decimal(0)
    lots: tuple[tuple[str, int], ...] = ()


def look_up(portal: Portal, number: str, currency: str, now: datetime) -> Plan:
    """The price of a number for a portal. Raises CallRefused for none."""
    home = home_of(portal.region, portal.currency)
    try:
        bare = dialled(number, home)
    except Fault:
        raise CallRefused("bad_number") from None
    priced = book.price_of(portal_id=portal.pk, schema=portal.schema_name, currency=currency, number=bare, at=now)
    if priced is None:
        raise CallRefused("unknown_prefix", number=bare)
    country = country_of(bare)
    return Plan(
        number=bare,
        country=country,
        home=bool(home) and country == home and priced.rate.route in bundles.HOME_ROUTES,
        priced=priced,
    )


def check_rules(plan: Plan, account: CallAccount, caps: accounts.Caps, portal: Portal, now: datetime) -> None:
    """The rules that need no money. Raises CallRefused."""
    if portal.status not in (Portal.Status.ACTIVE, Portal.Status.TRIAL):
        raise CallRefused("portal_closed")
    if account.stopped_at is not None:
        raise CallRefused("stopped")
    priced = plan.priced
    if priced.rate.route in ("premium", "satellite") and not account.premium:
        raise CallRefused("premium")
    abroad = plan.country != home_of(portal.region, portal.currency)
    if abroad and priced.rate.route not in ("premium", "satellite") and not account.international:
        raise CallRefused("international", country=plan.country)
    rule, _until = compiled(priced.tariff).rule_at(int(now.timestamp()))
    minute = _minutes(rule)
    if max(minute) > caps.price:
        raise CallRefused("price_cap", price=str(max(minute)), cap=str(caps.price))
    if priced.cost is not None and min(minute) < priced.cost * (1 + priced.margin / 100):
        raise CallRefused("below_margin")


def below_cap(tariff: Tariff, caps: accounts.Caps, authorized: datetime) -> int:
    """For how many seconds from its answer, whenever that is, a call stays below the cap on a minute's price: it may
    begin at a price that is allowed, and would otherwise run on at one that is not."""
    rules, begin = compiled(tariff), int(authorized.timestamp())
    moment, end = begin, begin + RINGING + caps.seconds
    while tariff.periods and moment < end:
        rule, until = rules.rule_at(moment)
        if max(_minutes(rule)) > caps.price:
            return max(moment - begin - RINGING, 0)
        moment = until
    return caps.seconds


def _minutes(rule: Rule) -> list[Decimal]:
    return [slot.price * 60 / slot.per for slot in rule.prices]


def _decide(asked: CallRequest, portal: Portal, now: datetime) -> tuple[Authorization, list[tuple[str, str]]]:
    if not asked.device.enabled:
        raise CallRefused("device_off")
    plan: Plan | CallRefused
    try:  # from memory, before the lock is taken; a call that is known is answered whatever its number costs now
        plan = look_up(portal, asked.number, wallet_row.currency_of(portal.pk), now)
    except CallRefused as unknown:
        plan = unknown
    included.ensure_granted(portal, now)
    with transaction.atomic():
        stands = standing.locked(
            portal.pk, call_id=asked.call_id, department_id=asked.device.department_id, caller=asked.caller, now=now
        )
        if stands.known is not None:
            return again(stands.known, portal), []
        if isinstance(plan, CallRefused):
            raise plan
        return _placed(asked, portal, plan, stands, now)


def _placed(
    asked: CallRequest, portal: Portal, plan: Plan, stands: Standing, now: datetime
) -> tuple[Authorization, list[tuple[str, str]]]:
    caps = accounts.caps_of(stands.account, portal.schema_name, stands.currency)
    check_rules(plan, stands.account, caps, portal, now)
    bursts.check(
        account=stands.account,
        purpose=asked.purpose,
        number=plan.number,
        prefix=plan.priced.rate.prefix,
        route=plan.priced.rate.route,
        home=plan.home,
        abroad=plan.country != home_of(portal.region, portal.currency),
        now=now,
    )
    if stands.running >= caps.concurrent:
        raise CallRefused("concurrent_cap", cap=caps.concurrent)
    if stands.lately >= caps.per_minute:
        raise CallRefused("rate_cap", cap=caps.per_minute)
    if stands.room is not None:
        if stands.room * 60 < 1:
            raise CallRefused("minutes_cap")
        caps = replace(caps, seconds=min(caps.seconds, int(stands.room * 60)))
    caps = replace(caps, seconds=below_cap(plan.priced.tariff, caps, now))
    if not caps.seconds:
        raise CallRefused("price_cap", price="", cap=str(caps.price))
    plan = fit(plan, portal, caps, stands, now)
    call = Call(
        call_id=asked.call_id,
        portal=portal,
        device=asked.device,
        purpose=asked.purpose,
        department_id=asked.device.department_id,
        caller=stands.caller,
        number=plan.number,
        destination=plan.priced.rate.destination,
        prefix=plan.priced.rate.prefix,
        country=plan.country,
        route=plan.priced.rate.route,
        currency=stands.currency,
        snapshot={**plan.priced.snapshot(), "group": plan.priced.rate.group, "home": plan.home},
        granted=plan.seconds,
        reserved=plan.reserve,
        authorized_at=now,
    )
    first = standing.place(call, plan.lots, until=now + PROVISIONAL, abroad=not plan.home)
    return answer_of(call), [(str(Alert.Kind.NEW_COUNTRY), plan.country)] if first else []


def fit(plan: Plan, portal: Portal, caps: accounts.Caps, stands: Standing, now: datetime) -> Plan:
    """The seconds that a fair share of money and bundles pays, with what is to be reserved. Raises CallRefused."""
    tariff = plan.priced.tariff
    target = bundles.Target(number=plan.number, group=plan.priced.rate.group, home=plan.home, inbound=plan.inbound)
    stock = [one for one in stands.stock if bundles.serves(one.destinations, target)]
    divisor = max(caps.concurrent - stands.running, 1)
    free = max(stands.free, Decimal(0))
    left = caps.spend - accounts.spent_today(stands.account, portal, now) - stands.reserved
    answers = answer_moments(tariff, now, RINGING)
    best: tuple[int, list[Lot]] = (0, [])
    for part, cap in ((divisor, caps.seconds), (1, min(USEFUL, caps.seconds))):
        lots = bundles.shares(stock, part)
        money = max(min(free, left) / part, Decimal(0))
        seconds = longest(tariff, answers, money, cap=cap, lots=lots)
        if seconds > best[0]:
            best = (seconds, lots)
        if seconds >= min(USEFUL, caps.seconds):
            break
    seconds, lots = best
    if not seconds:
        first = price_of(tariff, answers, 1, bundles.shares(stock, 1))
        raise CallRefused("spend_cap" if free >= first > left else "no_funds", needed=str(first), free=str(free))
    held: dict[str, int] = {}
    for answered in answers:
        for name, taken in rate_call(tariff, answered, seconds, lots).lots:
            held[name] = max(held.get(name, 0), taken)
    return replace(
        plan,
        seconds=seconds,
        reserve=price_of(tariff, answers, seconds, lots),
        lots=tuple(sorted(held.items(), key=lambda item: int(item[0]))),
    )


def _emergency(asked: CallRequest, now: datetime) -> Authorization:
    """No price, no balance, no cap, no fraud rule stands between a person and help."""
    call, _made = Call.objects.get_or_create(
        call_id=asked.call_id,
        defaults={
            "portal": asked.device.portal,
            "device": asked.device,
            "number": asked.number.strip()[:40],
            "route": EMERGENCY,
            "currency": asked.device.portal.currency,
            "granted": accounts.LONGEST_CALL,
            "authorized_at": now,
        },
    )
    return answer_of(call)


def again(call: Call, portal: Portal) -> Authorization:
    """The answer to a question that was answered before. Raises CallRefused for a call that is over."""
    if call.portal_id != portal.pk or call.state not in Call.OPEN:
        raise CallRefused("call_over")
    return answer_of(call)


def answer_of(call: Call) -> Authorization:
    return Authorization(
        call=call,
        number=call.number,
        allowed=call.granted,
        reserved=call.reserved,
        currency=call.currency,
        route=call.route,
        caller=call.caller,
    )
