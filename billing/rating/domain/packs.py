"""Included minutes beside the plan's: given by the operator, or bought once from the wallet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from billing.contracts import Period
from billing.domain import addon, wallet
from billing.domain.amounts import money_text
from billing.domain.wallet_settings import MANAGE as PAY
from billing.models import AddOnVersion
from billing.rating.domain import bundles
from billing.rating.domain.account import MINUTES
from billing.rating.domain.decks import MANAGE
from billing.rating.models import Bundle, BundleUse
from infra import audit
from infra.db.current import current_portal, enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal


@transaction.atomic
def give_pack(
    *,
    actor: Actor,
    portal: Portal,
    minutes: int,
    title: str,
    destinations: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> Bundle:
    """Give `minutes` to a portal, from now on; they serve before the plan's own. Raises Denied, Invalid."""
    require_permission(actor, MANAGE)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Invalid(fields={"until": [_("Choose a day that lies ahead.")]})
    if not 0 < minutes <= 1_000_000:
        raise Invalid(fields={"minutes": [_("Give 1 to 1,000,000 minutes.")]})
    bundle = bundles.grant(
        portal_id=portal.pk,
        title=title.strip()[:120],
        seconds=minutes * 60,
        cause=f"pack:{uuid4()}",
        destinations=destinations,
        expires_at=expires_at,
        weight=20,
    )
    with enter(portal):
        audit.record(
            Operator(actor.display_name), action="rating.pack.give", changes={"minutes": (None, minutes)}, note=title
        )
    return bundle


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A pack that can be bought once: what it costs in the wallet's currency, and how long it lasts."""

    version: AddOnVersion
    minutes: int
    price: Decimal
    currency: str


def offers() -> list[Offer]:
    """What the entered portal can buy."""
    currency = wallet.wallet_of(current_portal().id).currency
    return [
        Offer(
            version=version,
            minutes=version.gives[MINUTES],
            price=version.price(currency, Period.MONTH),
            currency=currency,
        )
        for version in addon.addons_on_sale(once=True)
        if currency in version.prices
    ]


@transaction.atomic
def buy_pack(*, actor: Actor, version_id: int, click: str) -> Bundle:
    """Buy minutes from the wallet for the entered portal, once per `click`; they serve plain numbers at home.

    Raises Denied, FundsShort, Conflict for a pack whose price or terms have changed meanwhile, Invalid.
    """
    require_permission(actor, PAY)
    if not 8 <= len(click) <= 40 or not click.isalnum():
        raise Invalid
    offer = next((one for one in offers() if one.version.pk == version_id), None)
    portal, cause = current_portal(), f"pack:{current_portal().id}-{click}"
    if (known := Bundle.objects.filter(portal=portal, cause=cause).first()) is not None:
        return known
    if offer is None:
        raise Conflict(_("This pack is not sold like this any more. Look at the packs again."))
    wallet.charge(portal_id=portal.id, amount=offer.price, cause=cause, note=offer.version.title)
    bundle = bundles.grant(
        portal_id=portal.id,
        title=offer.version.title,
        seconds=offer.minutes * 60,
        cause=cause,
        destinations=["home"],
        expires_at=datetime.now(UTC) + timedelta(days=offer.version.days),
    )
    price = money_text(offer.price, offer.currency)
    audit.record(actor, action="rating.pack.buy", changes={"price": (None, price)}, note=offer.version.title)
    return bundle


@dataclass(frozen=True, kw_only=True)
class PackUse:
    """A pack and the last calls that it served."""

    bundle: Bundle
    uses: Sequence[BundleUse]


def pack_of(portal: Portal, bundle_id: int, *, most: int = 50) -> PackUse:
    """Raises NotFound, also for another portal's."""
    bundle = Bundle.objects.filter(portal=portal, pk=bundle_id).first()
    if bundle is None:
        raise NotFound
    uses = bundle.uses.filter(used__gt=0).select_related("call").order_by("-pk")[:most]
    return PackUse(bundle=bundle, uses=list(uses))


def bundles_of(portal: Portal) -> list[Bundle]:
    """The portal's bundles, newest first, for the operator."""
    return list(Bundle.objects.filter(portal=portal).order_by("-pk")[:20])
