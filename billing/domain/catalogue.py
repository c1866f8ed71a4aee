"""The plan catalogue: what a release brings, and new versions that the operator publishes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing.contracts import PlanTerms
from billing.domain.currency import CATALOGUE, CURRENCIES, is_payable
from billing.models import Plan, PlanVersion
from infra.kit.access import Actor
from infra.kit.errors import Invalid, NotFound
from infra.kit.registry import registry

LARGEST = 2**63 - 1  # what a bigint holds


@dataclass(frozen=True, kw_only=True)
class PlanDefault:
    """A plan as a release brings it."""

    slug: str
    role: str
    trial_days: int
    order: int
    terms: PlanTerms


def default_catalogue(source: Path = CATALOGUE) -> tuple[PlanDefault, ...]:
    """The plans of the release, in the order of the file, for the modules that are installed.

    Names of modules that are not installed are left out; a declared name that the file forgets is given to nobody.
    """
    document = tomllib.loads(source.read_text(encoding="utf-8"))
    return tuple(
        PlanDefault(
            slug=entry["slug"],
            role=entry.get("role", ""),
            trial_days=entry.get("trial_days", 0),
            order=order * 10,
            terms=PlanTerms(
                titles=entry["titles"],
                summaries=entry["summaries"],
                prices={code: Decimal(amount) for code, amount in entry["prices"].items()},
                year_months=document["year_months"],
                features={item.key: entry["features"].get(item.key, False) for item in registry.features},
                limits={item.key: _maximum(entry["limits"].get(item.key, 0)) for item in registry.limits},
            ),
        )
        for order, entry in enumerate(document["plan"], start=1)
    )


def _maximum(given: int | str) -> int | None:
    return None if given == "unlimited" else int(given)


def check_terms(terms: PlanTerms) -> None:
    """Raises Invalid, naming each field, unless the terms are whole: every declared key, no other, sane numbers."""
    errors: dict[str, list[str]] = {}

    def wrong(name: str, text: str) -> None:
        errors.setdefault(name, []).append(text)

    if not terms.titles.get("en", "").strip():
        wrong("titles", _("Give the plan an English name."))
    for code in CURRENCIES:
        if code not in terms.prices:
            wrong("prices." + code, _("Give a price; 0 is a price."))
    for code, amount in terms.prices.items():
        if code not in CURRENCIES:
            wrong("prices." + code, _("This currency is not offered."))
        elif not is_payable(amount, code) or amount < 0:
            wrong("prices." + code, _("A price is 0 or more, in coins that the currency has."))
    if not 1 <= terms.year_months <= 12:
        wrong("year_months", _("A year costs 1 to 12 months."))
    _check_keys(terms.features, {item.key for item in registry.features}, "features", wrong)
    _check_keys(terms.limits, {item.key for item in registry.limits}, "limits", wrong)
    for key, maximum in terms.limits.items():
        if maximum is not None and (type(maximum) is not int or not 0 <= maximum <= LARGEST):
            wrong(f"limits.{key}", _("Give a whole number of 0 or more, or leave it empty for unlimited."))
    if errors:
        raise Invalid(fields=errors)


def _check_keys(given: Mapping[str, Any], declared: set[str], field: str, wrong: Any) -> None:
    for key in sorted(set(given) - declared):
        wrong(f"{field}.{key}", _("No module declares this name."))
    for key in sorted(declared - set(given)):
        wrong(f"{field}.{key}", _("The plan must say what it gives here."))


@transaction.atomic
def install_defaults() -> list[PlanVersion]:
    """Bring the catalogue up to the release: new plans whole, new keys and currencies as a new version of the plan in
    force.

    What is already there is never changed, so the operator's own prices and limits stay. Returns the versions added.
    """
    added: list[PlanVersion] = []
    for default in default_catalogue():
        plan, created = Plan.objects.get_or_create(
            slug=default.slug,
            defaults={"role": default.role, "trial_days": default.trial_days, "order": default.order},
        )
        if created:
            added.append(add_version(plan, default.terms, note="", by=""))
            continue
        plan = Plan.objects.select_for_update().get(pk=plan.pk)
        terms = current_version(plan).terms
        merged = replace(
            terms,
            prices={**default.terms.prices, **terms.prices},
            features={key: terms.features.get(key, value) for key, value in default.terms.features.items()},
            limits={key: terms.limits.get(key, value) for key, value in default.terms.limits.items()},
        )
        if merged != terms:
            added.append(add_version(plan, merged, note="release", by=""))
    return added


@transaction.atomic
def publish_version(*, actor: Actor, plan: Plan, terms: PlanTerms, note: str = "") -> PlanVersion:
    """Put new terms of `plan` on sale; portals keep the version they have.

    Publishing what is already in force returns that version. Raises Invalid.
    """
    check_terms(terms)
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    newest = current_version(plan)
    if newest.terms == terms:
        return newest
    return add_version(plan, terms, note=note, by=actor.display_name)


def add_version(plan: Plan, terms: PlanTerms, *, note: str, by: str) -> PlanVersion:
    """The plan's next version, whose terms were checked."""
    newest = plan.versions.order_by("-number").first()
    return PlanVersion.objects.create(
        plan=plan,
        number=newest.number + 1 if newest else 1,
        titles=dict(terms.titles),
        summaries=dict(terms.summaries),
        prices={code: str(amount) for code, amount in terms.prices.items()},
        year_months=terms.year_months,
        features=dict(terms.features),
        limits=dict(terms.limits),
        note=note,
        published_by=by,
    )


def current_version(plan: Plan) -> PlanVersion:
    """The version of `plan` that is on sale: its newest."""
    return plan.versions.order_by("-number").select_related("plan")[0]


def plan_in_role(role: Plan.Role) -> PlanVersion:
    """The version on sale of the plan that new portals try, or fall back to."""
    return current_version(Plan.objects.get(role=role))


def all_plans() -> list[PlanVersion]:
    """The newest version of every plan, on sale or not, cheapest first."""
    versions = PlanVersion.objects.select_related("plan").order_by("plan__order", "plan_id", "-number")
    return list(versions.distinct("plan__order", "plan_id"))


def plans_on_sale() -> list[PlanVersion]:
    """The newest version of every plan on sale, cheapest first; one query."""
    versions = PlanVersion.objects.filter(plan__on_sale=True).select_related("plan")
    return list(versions.order_by("plan__order", "plan_id", "-number").distinct("plan__order", "plan_id"))


def parse_price(text: str) -> Decimal:
    """A price as a person types it ("1 990,50"). Raises Invalid."""
    try:
        return Decimal(text.replace("\xa0", "").replace("\u202f", "").replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise Invalid(_("“%(text)s” is not a price.") % {"text": text}) from None


def plan_by_slug(slug: str) -> Plan:
    """The plan of that name. Raises NotFound."""
    plan = Plan.objects.filter(slug=slug).first()
    if plan is None:
        raise NotFound
    return plan


def versions_of(plan: Plan, most: int = 50) -> Sequence[PlanVersion]:
    """The plan's versions, newest first, at most `most`."""
    return list(PlanVersion.objects.filter(plan=plan).order_by("-number")[:most])
