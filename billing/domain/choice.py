"""What somebody was shown before they chose it, sealed, so that the click does exactly that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.core import signing
from django.utils.translation import gettext as _

from billing.contracts import Period
from billing.domain import addon, catalogue
from billing.domain.basket import Basket, read_written
from billing.domain.change import Considered, PriceMoved
from infra.kit.errors import Invalid, NotFound

SALT = "billing.choice"
GOOD_FOR = timedelta(minutes=30)
MOST_PACKS = 100


@dataclass(frozen=True, kw_only=True)
class Choice:
    """`due` is what was shown to be taken at the click, `at` the moment it was worked out for."""

    basket: Basket
    due: Decimal
    at: datetime | None


def basket_of(*, plan: str, period: Period, counts: Mapping[str, int | None], portal_id: int) -> Basket:
    """The plan on sale with so many packs each, by slug; of packs that `counts` leaves out those stay as they are that
    add anything to the plan.

    Raises NotFound for no plan on sale, Invalid for packs that are none, add nothing or cannot be so many.
    """
    version = next((one for one in catalogue.plans_on_sale() if one.plan.slug == plan), None)
    if version is None:
        raise NotFound
    on_sale = addon.addons_on_sale()
    if unknown := set(counts) - {pack.addon.slug for pack in on_sale}:
        raise Invalid(fields={"packs": [_("There is no pack %(name)s on sale.") % {"name": min(unknown)[:40]}]})
    if not any(version.terms.prices.values()):
        on_sale = []
    if idle := [pack for pack in on_sale if not addon.adds_to(pack, version) and counts.get(pack.addon.slug)]:
        text = _("The plan has that without limit: “%(pack)s” would add nothing.")
        raise Invalid(fields={"packs": [text % {"pack": idle[0].title}]})
    on_sale = [pack for pack in on_sale if addon.adds_to(pack, version)]
    bought = {one.version.addon.slug: one.quantity for one in addon.bought_by(portal_id)}
    wanted = {pack: counts.get(pack.addon.slug, bought.get(pack.addon.slug, 0)) for pack in on_sale}
    packs = {}
    for pack, count in wanted.items():
        if count is None or not 0 <= count <= MOST_PACKS:
            raise Invalid(fields={"packs": [_("Give a whole number from 0 to %(most)s.") % {"most": MOST_PACKS}]})
        if count:
            packs[pack] = count
    return Basket(version=version, period=period, packs=packs)


def seal(considered: Considered, portal_id: int) -> str:
    """What was shown, as a text that only this house can write."""
    preview = considered.preview
    shown = {"due": str(considered.due), "at": preview.at.isoformat() if preview else "", "portal": portal_id}
    return signing.dumps(shown | considered.basket.written(), salt=SALT)


def unseal(token: str, portal_id: int) -> Choice:
    """What the portal was shown within the last half hour. Raises PriceMoved."""
    try:
        shown = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise PriceMoved from error
    if shown["portal"] != portal_id:
        raise PriceMoved
    at = datetime.fromisoformat(shown["at"]) if shown["at"] else None
    return Choice(basket=read_written(shown), due=Decimal(shown["due"]), at=at)
