"""Calls that come in on a portal's number: let in, and where the number has a price, paid like those that go out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from billing.domain import wallet
from billing.rating.domain import account as accounts
from billing.rating.domain import authorize as rules
from billing.rating.domain import book, bundles, guard
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
    purse = wallet.wallet_of(portal.pk)
    account = accounts.locked(portal.pk)
    known = Call.objects.filter(call_id=asked.call_id).first()
    if known is not None:
        if known.portal_id != portal.pk or known.state not in Call.OPEN:
            raise CallRefused("call_over")
        return rules.answer_of(known)
    plan = _plan(did)
    caps = accounts.caps_of(account, portal.schema_name, purse.currency)
    _check(plan, portal, stopped=account.stopped_at is not None, price_cap=caps.price, now=now)
    rules.drop_unstarted(portal.pk, now)
    running, reserved, _lately = rules.load_of(portal.pk, now)
    if running >= caps.concurrent:
        raise CallRefused("concurrent_cap", cap=caps.concurrent)
    if did.tariff is None:
        plan = replace(plan, seconds=caps.seconds)
    else:
        left = caps.spend - accounts.spent_today(account, portal, now) - reserved
        plan = rules.fit(plan, portal, caps, running=running, left=left, now=now)
    held = rules.put_aside(plan, portal.pk, asked.call_id, now)
    call = Call.objects.create(
        call_id=asked.call_id,
        portal=portal,
        direction=Call.Direction.IN,
        caller="".join(sign for sign in asked.caller if sign.isdecimal())[:40],
        number=plan.number,
        country=_country(asked.caller),
        route=plan.priced.rate.route,
        currency=purse.currency,
        snapshot={**plan.priced.snapshot(), "group": "", "home": False},
        granted=plan.seconds,
        reserved=plan.reserve,
        hold_id=held.pk if held else None,
        authorized_at=now,
    )
    bundles.hold(call, plan.lots)
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
