"""Included minutes: granted by the plan each month or bought, held while a call runs, used at its end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from billing.rating.engine.rating import Lot
from billing.rating.models import Bundle, BundleUse, Call

HOME_ROUTES = ("standard", "mobile", "toll_free")
INBOUND = "inbound"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a bundle must fit: the number, the group of its rate, and whether it is a plain number at home.

    An incoming call is served by nothing but a bundle for "inbound".
    """

    number: str
    group: str
    home: bool
    inbound: bool = False


def serves(destinations: Sequence[str], target: Target) -> bool:
    """Whether a bundle for `destinations` may pay a call to `target`."""
    if target.inbound:
        return INBOUND in destinations
    return not destinations or any(
        target.home
        if place == "home"
        else target.number.startswith(place)
        if place.isdecimal()
        else place == target.group
        for place in destinations
    )


def target_of(call: Call) -> Target:
    """What a bundle must fit to serve the call."""
    return Target(
        number=call.number,
        group=call.snapshot.get("group", ""),
        home=call.snapshot.get("home", False),
        inbound=call.direction == Call.Direction.IN,
    )


def counting(portal_id: int, now: datetime) -> QuerySet[Bundle]:
    """The portal's bundles that have begun, have not expired and are not used up."""
    rows = Bundle.objects.filter(portal_id=portal_id, starts_at__lte=now, seconds__gt=F("used"))
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by("pk")


def usable(portal_id: int, target: Target, now: datetime) -> list[Bundle]:
    """The bundles of `counting` that serve `target`, locked in the order of their ids."""
    return [bundle for bundle in counting(portal_id, now).select_for_update() if serves(bundle.destinations, target)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A bundle as the database tells it to the paths that must be fast: `left` no other call holds or has used, `own`
    the call that is looked at holds."""

    id: int
    destinations: Sequence[str]
    step: int
    weight: int
    expires_at: datetime | None
    covers_fee: bool
    left: int
    own: int


def stock_from(text: str | None) -> list[Stock]:
    """What the function `rating_stock` told."""
    rows = json.loads(text) if text else []
    return [
        Stock(**row | {"expires_at": row["expires_at"] and datetime.fromisoformat(row["expires_at"])}) for row in rows
    ]


def lot(bundle: Bundle | Stock, seconds: int) -> Lot:
    """`seconds` of the bundle as the engine takes them."""
    return Lot(
        id=str(bundle.id),
        seconds=seconds,
        step=bundle.step,
        weight=bundle.weight,
        expires_at=bundle.expires_at,
        age=bundle.id,
        covers_fee=bundle.covers_fee,
    )


def shares(bundles: Iterable[Bundle | Stock], divisor: int) -> list[Lot]:
    """What one of `divisor` calls may hold of each bundle: a fair share, at least a step where one is left."""
    found = []
    for bundle in bundles:
        free = bundle.left
        part = max(free // divisor, min(bundle.step, free)) // bundle.step * bundle.step
        if part:
            found.append(lot(bundle, part))
    return found


def hold(call: Call, lots: Sequence[tuple[str, int]]) -> None:
    """Reserve seconds for a call. The account is locked, the database refuses more than there is."""
    for bundle_id, seconds in lots:
        Bundle.objects.filter(pk=int(bundle_id)).update(held=F("held") + seconds)
        BundleUse.objects.update_or_create(call=call, bundle_id=int(bundle_id), defaults={"held": seconds})


def let_go(call: Call, *, remember: bool = False) -> list[tuple[Bundle, int]]:
    """Give back what the call holds; which bundles, and how much each. With `remember` it can be held again."""
    uses = list(call.bundle_uses.filter(held__gt=0).select_related("bundle").order_by("bundle_id"))
    for use in uses:
        Bundle.objects.filter(pk=use.bundle_id).update(held=F("held") - use.held)
    if uses and not remember:
        call.bundle_uses.update(held=0)
    return [(use.bundle, use.held) for use in uses]


def hold_again(call: Call) -> bool:
    """Hold what a dropped call had held; False, and nothing is held, where it is gone."""
    uses = list(call.bundle_uses.filter(held__gt=0).select_related("bundle").order_by("bundle_id"))
    if any(item.bundle.seconds - item.bundle.used - item.bundle.held < item.held for item in uses):
        return False
    for item in uses:
        Bundle.objects.filter(pk=item.bundle_id).update(held=F("held") + item.held)
    return True


def use(call: Call, lots: Sequence[tuple[str, int]]) -> None:
    """Take seconds for good."""
    for bundle_id, seconds in lots:
        Bundle.objects.filter(pk=int(bundle_id)).update(used=F("used") + seconds)
        BundleUse.objects.update_or_create(call=call, bundle_id=int(bundle_id), defaults={"used": seconds})


@transaction.atomic
def grant(
    *,
    portal_id: int,
    title: str,
    seconds: int,
    cause: str,
    destinations: Sequence[str] = (),
    expires_at: datetime | None = None,
    starts_at: datetime | None = None,
    step: int = 1,
    weight: int = 10,
    covers_fee: bool = False,
) -> Bundle:
    """Give a portal included seconds, once per `cause`."""
    bundle, _made = Bundle.objects.get_or_create(
        portal_id=portal_id,
        cause=cause,
        defaults={
            "title": title,
            "seconds": seconds,
            "destinations": list(destinations),
            "expires_at": expires_at,
            "starts_at": starts_at or datetime.now(UTC),
            "step": step,
            "weight": weight,
            "covers_fee": covers_fee,
        },
    )
    return bundle
