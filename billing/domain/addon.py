"""Add-ons: what a release brings, what the operator publishes, and what a portal has."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain import memory, subscription
from billing.domain.currency import CATALOGUE, CURRENCIES, is_payable
from billing.models import AddOn, AddOnVersion, BoughtAddOn, PlanVersion
from infra.kit.access import Actor
from infra.kit.errors import Invalid, NotFound
from infra.kit.registry import registry
from tenants.portals.models import Portal


@dataclass(frozen=True, kw_only=True)
class AddOnTerms:
    """What a pack is called, costs a month by currency, and adds to limits; with `days` it is bought once, for that
    price, and lasts so long."""

    titles: Mapping[str, str]
    prices: Mapping[str, Decimal]
    year_months: int
    gives: Mapping[str, int]
    days: int = 0


USED_UP = frozenset({"rating.minutes"})
"""Limits of which packs can be bought once: what they give is used up, not held."""


def terms_of(version: AddOnVersion) -> AddOnTerms:
    """The version as a plain value."""
    return AddOnTerms(
        titles=dict(version.titles),
        prices={code: Decimal(amount) for code, amount in version.prices.items()},
        year_months=version.year_months,
        gives=dict(version.gives),
        days=version.days,
    )


@transaction.atomic
def install_addons() -> None:
    """Bring what the release has and the catalogue lacks: packs, and prices in currencies that a pack has none in.

    Packs over limits that no module declares are left out.
    """
    document = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    declared = {limit.key for limit in registry.limits}
    for order, entry in enumerate(document.get("addon", ()), start=1):
        if not set(entry["gives"]) <= declared:
            continue
        addon, created = AddOn.objects.get_or_create(slug=entry["slug"], defaults={"order": order * 10})
        prices = {code: Decimal(amount) for code, amount in entry["prices"].items()}
        if created:
            months = document["year_months"]
            terms = AddOnTerms(
                titles=entry["titles"],
                prices=prices,
                year_months=months,
                gives=entry["gives"],
                days=entry.get("days", 0),
            )
            _add(addon, terms, by="")
            continue
        has = terms_of(addon.versions.order_by("-number")[0])
        if not set(prices) <= set(has.prices):
            _add(addon, replace(has, prices={**prices, **has.prices}), by="")


@transaction.atomic
def publish_addon(*, actor: Actor, slug: str, terms: AddOnTerms, on_sale: bool = True) -> AddOnVersion:
    """Put new terms of a pack on sale, a new pack too; portals keep the version they have. Raises Invalid."""
    check_terms(terms)
    addon, _created = AddOn.objects.get_or_create(slug=slug, defaults={"order": 100})
    addon = AddOn.objects.select_for_update().get(pk=addon.pk)
    if addon.on_sale != on_sale:
        addon.on_sale = on_sale
        addon.save(update_fields=["on_sale"])
    newest = addon.versions.order_by("-number").first()
    if newest is not None and terms_of(newest) == terms:
        return newest
    return _add(addon, terms, by=actor.display_name)


def check_terms(terms: AddOnTerms) -> None:
    """Raises Invalid, naming each field, unless the pack has a name, all prices, and gives some of a limit."""
    errors: dict[str, list[str]] = {}
    if not terms.titles.get("en", "").strip():
        errors["titles.en"] = [_("Give the pack an English name.")]
    for code in CURRENCIES:
        if code not in terms.prices:
            errors[f"prices.{code}"] = [_("Give a price; 0 is a price.")]
        elif not is_payable(terms.prices[code], code) or terms.prices[code] < 0:
            errors[f"prices.{code}"] = [_("A price is 0 or more, in coins that the currency has.")]
    declared = {limit.key for limit in registry.limits}
    if not terms.gives or not set(terms.gives) <= declared or any(amount < 1 for amount in terms.gives.values()):
        errors["amount"] = [_("Say how much of which limit one pack adds.")]
    if terms.days and not set(terms.gives) <= USED_UP:
        errors["days"] = [_("Only minutes can be bought once: what is held is a part of the plan.")]
    if errors:
        raise Invalid(fields=errors)


def _add(addon: AddOn, terms: AddOnTerms, *, by: str) -> AddOnVersion:
    newest = addon.versions.order_by("-number").first()
    return AddOnVersion.objects.create(
        addon=addon,
        number=newest.number + 1 if newest else 1,
        titles=dict(terms.titles),
        prices={code: str(amount) for code, amount in terms.prices.items()},
        year_months=terms.year_months,
        gives=dict(terms.gives),
        days=terms.days,
        published_by=by,
    )


def addons_on_sale(*, once: bool = False) -> list[AddOnVersion]:
    """The newest version of every pack that can be bought: as a part of the plan, or `once` from the wallet."""
    rows = AddOnVersion.objects.filter(addon__on_sale=True).select_related("addon").order_by("addon_id", "-number")
    found = [version for version in rows.distinct("addon_id") if bool(version.days) is once]
    return sorted(found, key=lambda version: (version.addon.order, version.addon_id))


def adds_to(pack: AddOnVersion, version: PlanVersion) -> bool:
    """Whether the pack gives anything on top of the plan: not where the plan has all of it without limit."""
    return any(version.limits.get(key, 0) is not None for key in pack.gives)


def all_addons() -> list[AddOnVersion]:
    """The newest version of every pack, on sale or not."""
    found = AddOnVersion.objects.select_related("addon").order_by("addon_id", "-number").distinct("addon_id")
    return sorted(found, key=lambda version: (version.addon.order, version.addon_id))


def addon_by_slug(slug: str) -> AddOnVersion:
    """The newest version. Raises NotFound."""
    found = AddOnVersion.objects.filter(addon__slug=slug).select_related("addon").order_by("-number").first()
    if found is None:
        raise NotFound
    return found


def bought_by(portal_id: int) -> list[BoughtAddOn]:
    """The packs a portal has."""
    return list(BoughtAddOn.objects.filter(portal_id=portal_id).select_related("version__addon").order_by("id"))


@transaction.atomic
def set_addons(*, portal: Portal, packs: Mapping[int, int]) -> bool:
    """Let the portal have `packs` (version id → how many) and no others; whether that changed anything."""
    had: dict[Any, int] = dict(BoughtAddOn.objects.filter(portal=portal).values_list("version_id", "quantity"))
    if had == dict(packs):
        return False
    subscription.about_to_change(portal)
    BoughtAddOn.objects.filter(portal=portal).exclude(version_id__in=packs).delete()
    for version_id, quantity in packs.items():
        BoughtAddOn.objects.update_or_create(portal=portal, version_id=version_id, defaults={"quantity": quantity})
    memory.changed(portal.schema_name)
    return True
