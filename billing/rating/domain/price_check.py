"""What a call to a number costs now, and which rule says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from billing.domain import wallet
from billing.rating.domain import account as accounts
from billing.rating.domain import authorize, bundles, included
from billing.rating.domain.refused import CallRefused
from billing.rating.engine.compiled import compiled
from billing.rating.engine.grant import longest, price_of
from billing.rating.engine.numbers import is_emergency
from billing.rating.engine.rating import rate_call
from billing.rating.engine.tariff import Slot
from billing.rating.models import Bundle
from tenants.portals.models import Portal

SAMPLES = (1, 60, 180, 600)


@dataclass(frozen=True, kw_only=True)
class PriceAnswer:
    """The price of a call that starts at `at`.

    `slots` are the prices in force, `period` their name; `until` is when another period begins (None: not today).
    `refusal` says why the call would not be allowed at this moment. `bundle_seconds` are included seconds that would
    serve first, `longest` what the wallet and they pay at most.
    """

    number: str
    emergency: bool = False
    refusal: CallRefused | None = None
    destination: str = ""
    prefix: str = ""
    country: str = ""
    route: str = ""
    currency: str = ""
    source: str = ""
    deck_name: str = ""
    markup: Decimal = Decimal(0)
    period: str = ""
    until: datetime | None = None
    connect_fee: Decimal = Decimal(0)
    first: int = 0
    grace: int = 0
    slots: tuple[Slot, ...] = ()
    samples: tuple[tuple[int, Decimal], ...] = ()
    bundle_seconds: int = 0
    longest: int = 0


def check_price(portal: Portal, number: str, *, now: datetime | None = None) -> PriceAnswer:
    """The answer for somebody of `portal` who dials `number`. Nothing is reserved."""
    moment = now or datetime.now(UTC)
    if is_emergency(number):
        return PriceAnswer(number=number.strip(), emergency=True, route=authorize.EMERGENCY)
    currency = wallet.wallet_of(portal.pk).currency
    try:
        plan = authorize.look_up(portal, number, currency, moment)
    except CallRefused as unknown:
        return PriceAnswer(number=number.strip(), refusal=unknown, currency=currency)
    account = accounts.account_of(portal.pk)
    caps = accounts.caps_of(account, portal.schema_name, currency)
    priced, tariff = plan.priced, plan.priced.tariff
    rule, until = compiled(tariff).rule_at(int(moment.timestamp()))
    target = bundles.Target(number=plan.number, group=priced.rate.group, home=plan.home)
    stock = [bundle for bundle in bundles_left(portal, moment) if bundles.serves(bundle.destinations, target)]
    lots = [bundles.lot(bundle, bundle.seconds - bundle.used - bundle.held) for bundle in stock]
    free = max(wallet.available(portal.pk), Decimal(0))
    answer = {
        "number": plan.number,
        "destination": priced.rate.destination,
        "prefix": priced.rate.prefix,
        "country": plan.country,
        "route": priced.rate.route,
        "currency": currency,
        "source": priced.source,
        "deck_name": priced.deck_name,
        "markup": priced.markup,
        "period": rule.name,
        "until": moment + timedelta(seconds=until - int(moment.timestamp())) if tariff.periods else None,
        "connect_fee": compiled(tariff).money(rule.fee),
        "first": rule.first,
        "grace": tariff.grace,
        "slots": rule.prices,
        "samples": tuple((seconds, price_of(tariff, [moment], seconds)) for seconds in SAMPLES),
        "bundle_seconds": sum(seconds for _lot, seconds in rate_call(tariff, moment, caps.seconds, lots).lots),
        "longest": longest(tariff, [moment], free, cap=caps.seconds, lots=lots),
    }
    refusal: CallRefused | None = None
    try:
        authorize.check_rules(plan, account, caps, portal, moment)
        if not answer["longest"]:
            raise CallRefused("no_funds", needed=str(answer["samples"][0][1]), free=str(free))  # type: ignore[index]  # a list of pairs
    except CallRefused as refused:
        refusal = refused
    return PriceAnswer(**answer, refusal=refusal)  # type: ignore[arg-type]  # its fields by name


def bundles_left(portal: Portal, now: datetime) -> list[Bundle]:
    """The portal's bundles that count now and are not empty, in the order in which they serve."""
    included.grant_minutes(portal, now)
    rows = bundles.counting(portal.pk, now)
    return sorted(rows, key=lambda item: (-item.weight, item.expires_at or datetime.max.replace(tzinfo=UTC), item.pk))
