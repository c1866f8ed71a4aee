"""May this call start, for how long, and what is put aside for it: decided and reserved in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from billing.domain import meter, wallet
from billing.models import Hold
from billing.rating.domain import account as accounts
from billing.rating.domain import book, bundles, bursts, devices, guard, included
from billing.rating.domain.countries import country_of, dialled, home_of
from billing.rating.domain.refused import CallRefused
from billing.rating.engine.compiled import compiled
from billing.rating.engine.faults import Fault
from billing.rating.engine.grant import answer_moments, longest, price_of
from billing.rating.engine.numbers import is_emergency
from billing.rating.engine.rating import Lot, rate_call
from billing.rating.models import Call, CallAccount, SipUser
from tenants.portals.models import Portal

PROVISIONAL = timedelta(seconds=10)
"""A reservation nobody started a call for is dropped after this long."""
RINGING = 120
"""Seconds between set-up and answer that a reserve must pay for whatever price begins meanwhile."""
USEFUL = 60
"""A fair share that pays less than this many seconds is rounded up to them, where the wallet holds it."""
EMERGENCY = "emergency"


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """What the switch asks: its id of the call, who calls, the number as it was dialled, the caller ID wished for.

    `purpose` is Call.Purpose: a machine may call less than a person (automatic.py).
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

    Emergency calls are always allowed and free. Raises CallRefused, having written the refusal down and told who must
    know.
    """
    moment = now or datetime.now(UTC)
    portal = asked.device.portal
    if is_emergency(asked.number):
        return _emergency(asked, moment)
    try:
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
    minute = [slot.price * 60 / slot.per for slot in rule.prices]
    if max(minute) > caps.price:
        raise CallRefused("price_cap", price=str(max(minute)), cap=str(caps.price))
    if priced.cost is not None and min(minute) < priced.cost * (1 + priced.margin / 100):
        raise CallRefused("below_margin")


@transaction.atomic
def _decide(asked: CallRequest, portal: Portal, now: datetime) -> tuple[Authorization, list[tuple[str, str]]]:
    if not asked.device.enabled:
        raise CallRefused("device_off")
    purse = wallet.wallet_of(portal.pk)
    account = accounts.locked(portal.pk)
    known = Call.objects.filter(call_id=asked.call_id).first()
    if known is not None:
        return _again(asked, known, portal), []
    plan = look_up(portal, asked.number, purse.currency, now)
    caps = accounts.caps_of(account, portal.schema_name, purse.currency)
    check_rules(plan, account, caps, portal, now)
    bursts.check(
        account=account,
        purpose=asked.purpose,
        number=plan.number,
        prefix=plan.priced.rate.prefix,
        route=plan.priced.rate.route,
        home=plan.home,
        abroad=plan.country != home_of(portal.region, portal.currency),
        now=now,
    )
    drop_unstarted(portal.pk, now)
    running, reserved, lately = load_of(portal.pk, now)
    if running >= caps.concurrent:
        raise CallRefused("concurrent_cap", cap=caps.concurrent)
    if lately >= caps.per_minute:
        raise CallRefused("rate_cap", cap=caps.per_minute)
    department = asked.device.department_id
    caps = within_minutes(caps, portal.pk, department, now)
    left = caps.spend - accounts.spent_today(account, portal, now) - reserved
    plan = fit(plan, portal, caps, running=running, left=left, now=now)
    held = put_aside(plan, portal.pk, asked.call_id, now)
    call = Call.objects.create(
        call_id=asked.call_id,
        portal=portal,
        device=asked.device,
        purpose=asked.purpose,
        department_id=department,
        caller=devices.shown_number(portal.pk, asked.caller),
        number=plan.number,
        destination=plan.priced.rate.destination,
        prefix=plan.priced.rate.prefix,
        country=plan.country,
        route=plan.priced.rate.route,
        currency=purse.currency,
        snapshot={**plan.priced.snapshot(), "group": plan.priced.rate.group, "home": plan.home},
        granted=plan.seconds,
        reserved=plan.reserve,
        hold_id=held.pk if held else None,
        authorized_at=now,
    )
    bundles.hold(call, plan.lots)
    alarms = guard.first_call_to(portal, plan.country) if not plan.home else []
    return answer_of(call), alarms


def within_minutes(caps: accounts.Caps, portal_id: int, department_id: int | None, now: datetime) -> accounts.Caps:
    """`caps`, of no more seconds than the month's caps of department and company leave. Raises CallRefused."""
    room = meter.room(portal_id=portal_id, meter="minutes", department_id=department_id, at=now)
    if room is None:
        return caps
    if room * 60 < 1:
        raise CallRefused("minutes_cap")
    return replace(caps, seconds=min(caps.seconds, int(room * 60)))


def put_aside(plan: Plan, portal_id: int, call_id: str, now: datetime) -> Hold | None:
    """Reserve what the plan needs, None for nothing. Raises CallRefused."""
    if not plan.reserve:
        return None
    try:
        return wallet.hold(
            portal_id=portal_id, amount=plan.reserve, cause=f"hold:{call_id}", expires_at=now + PROVISIONAL
        )
    except wallet.FundsShort as short:  # something else was paid between the look and the lock
        raise CallRefused("no_funds", free=str(short.available)) from None


def load_of(portal_id: int, now: datetime) -> tuple[int, Decimal, int]:
    """Calls that run, the money reserved for them, calls begun within the last minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM rating_call WHERE portal_id = %(portal)s"
            " AND state IN ('authorized', 'ringing', 'answered') AND route <> 'emergency'),"
            " (SELECT coalesce(sum(reserved), 0) FROM rating_call WHERE portal_id = %(portal)s"
            " AND state IN ('authorized', 'ringing', 'answered')),"
            " (SELECT count(*) FROM rating_call WHERE portal_id = %(portal)s AND authorized_at > %(since)s)",
            {"portal": portal_id, "since": now - timedelta(minutes=1)},
        )
        running, reserved, lately = cursor.fetchone()
    return int(running), Decimal(reserved), int(lately)


def fit(plan: Plan, portal: Portal, caps: accounts.Caps, *, running: int, left: Decimal, now: datetime) -> Plan:
    """The seconds that a fair share of money and bundles pays, with what is to be reserved. Raises CallRefused."""
    tariff = plan.priced.tariff
    included.grant_minutes(portal, now)
    target = bundles.Target(number=plan.number, group=plan.priced.rate.group, home=plan.home, inbound=plan.inbound)
    stock = bundles.usable(portal.pk, target, now)
    divisor = max(caps.concurrent - running, 1)
    free = max(wallet.available(portal.pk), Decimal(0))
    answers = answer_moments(tariff, now, RINGING)
    best: tuple[int, list[Lot]] = (0, [])
    for part, cap in ((divisor, caps.seconds), (1, min(USEFUL, caps.seconds))):
        lots = bundles.shares(stock, part)
        money = max(min(free / part, left), Decimal(0))
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


def drop_unstarted(portal_id: int, now: datetime) -> int:
    """Give back what is reserved for calls that nobody started. The account is locked."""
    rows = Call.objects.filter(portal_id=portal_id, state=Call.State.AUTHORIZED, authorized_at__lte=now - PROVISIONAL)
    dropped = 0
    for call in rows:
        bundles.let_go(call, remember=True)
        dropped += Call.objects.filter(pk=call.pk, state=Call.State.AUTHORIZED).update(state=Call.State.DROPPED)
    return dropped


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


def _again(asked: CallRequest, call: Call, portal: Portal) -> Authorization:
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
