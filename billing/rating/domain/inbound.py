"""Calls that come in on a portal's number: let in, and where the number has a price, paid like those that go out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from billing.rating.domain import account as accounts
from billing.rating.domain import authorize as rules
from billing.rating.domain import book, guard, included, standing
from billing.rating.domain.countries import UNKNOWN, country_of, dialled
from billing.rating.domain.refused import CallRefused
from billing.rating.engine import written
from billing.rating.engine.compiled import compiled
from billing.rating.engine.deck import Rate
from billing.rating.engine.faults import Fault
from billing.rating.engine.tariff import Slot, Tariff
from billing.rating.models import Call, Did
from tenants.portals.models import Portal

FREE = Tariff(slots=(Slot(price=Decimal(0), step=1),))


@dataclass(frozen=True, kw_only=True)
class InboundRequest:
    """What the switch asks: its id of the call, the number that was called, and who calls ("" where that is hidden)."""

    call_id: str
    number: str
    caller: str = ""


def authorize_inbound(asked: InboundRequest, *, now: datetime | None = None) -> rules.Authorization:
    """Let a call in, and put aside what it may cost; the same call asked again gets the same answer.

    A free one is let in also where the wallet is empty or calls are stopped. Raises CallRefused, written down.
    """
    moment = now or datetime.now(UTC)
    try:
        bare = dialled(asked.number, "")
    except Fault:
        raise CallRefused("bad_number") from None
    did = Did.objects.select_related("portal").filter(number=bare).first()
    if did is None:
        raise CallRefused("unknown_number")
    try:
        return _decide(asked, did, moment)
    except CallRefused as refusal:
        guard.refused(portal=did.portal, call_id=asked.call_id, number=bare, code=refusal.code, now=moment)
        raise


@transaction.atomic
def _decide(asked: InboundRequest, did: Did, now: datetime) -> rules.Authorization:
    portal = did.portal
    included.ensure_granted(portal, now)
    stands = standing.locked(portal.pk, call_id=asked.call_id, department_id=None, caller="", now=now)
    if stands.known is not None:
        return rules.again(stands.known, portal)
    plan = _plan(did)
    caps = accounts.caps_of(stands.account, portal.schema_name, stands.currency)
    _check(plan, portal, stopped=stands.account.stopped_at is not None, price_cap=caps.price, now=now)
    if stands.running >= caps.concurrent:
        raise CallRefused("concurrent_cap", cap=caps.concurrent)
    plan = replace(plan, seconds=caps.seconds) if did.tariff is None else rules.fit(plan, portal, caps, stands, now)
    call = Call(
        call_id=asked.call_id,
        portal=portal,
        direction=Call.Direction.IN,
        caller="".join(sign for sign in asked.caller if sign.isdecimal())[:40],
        number=plan.number,
        country=_country(asked.caller),
        route=plan.priced.rate.route,
        currency=stands.currency,
        snapshot={**plan.priced.snapshot(), "group": "", "home": False},
        granted=plan.seconds,
        reserved=plan.reserve,
        authorized_at=now,
    )
    standing.place(call, plan.lots, until=now + standing.PROVISIONAL)
    return rules.answer_of(call)


def _plan(did: Did) -> rules.Plan:
    tariff = FREE if did.tariff is None else written.tariff_from(did.tariff)
    rate = Rate(prefix=did.number, destination="", tariff=tariff, route="inbound")
    priced = book.Priced(
        rate=rate, tariff=tariff, source="number", markup=Decimal(0), deck_id=None, deck_name="", margin=Decimal(0),
        cost=None,
    )  # fmt: skip
    return rules.Plan(number=did.number, country="", home=False, priced=priced, inbound=True)


def _check(plan: rules.Plan, portal: Portal, *, stopped: bool, price_cap: Decimal, now: datetime) -> None:
    if portal.status not in (Portal.Status.ACTIVE, Portal.Status.TRIAL):
        raise CallRefused("portal_closed")
    if plan.priced.tariff is FREE:
        return
    if stopped:
        raise CallRefused("stopped")
    rule, _until = compiled(plan.priced.tariff).rule_at(int(now.timestamp()))
    minute = max(slot.price * 60 / slot.per for slot in rule.prices)
    if minute > price_cap:
        raise CallRefused("price_cap", price=str(minute), cap=str(price_cap))


def _country(caller: str) -> str:
    bare = "".join(sign for sign in caller if sign.isdecimal())
    return country_of(bare) if bare else UNKNOWN
