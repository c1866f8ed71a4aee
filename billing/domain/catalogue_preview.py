"""Before new terms go on sale: what differs, and which portals they would touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from billing.contracts import PlanTerms
from billing.domain import catalogue
from billing.domain.amounts import amount_text, price_text
from billing.models import Plan, Subscription, UsageCounter
from infra.kit.errors import Text
from infra.kit.registry import registry

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that changes, as people read it. `over` are companies that use more than it would give."""

    title: Text
    before: str
    after: str
    over: Sequence[tuple[int, str]] = ()
    over_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Effect:
    """`keep` counts portals by the version they keep; nobody is moved by publishing."""

    differences: Sequence[Difference]
    keep: Sequence[tuple[int, int]]
    on_trial: int


def preview(plan: Plan, terms: PlanTerms) -> Effect:
    """What publishing `terms` would do. Raises Invalid as publishing would."""
    catalogue.check_terms(terms)
    now = catalogue.current_version(plan).terms
    found = [
        Difference(title=f"{code}", before=price_text(now.prices[code], code), after=price_text(amount, code))
        for code, amount in terms.prices.items()
        if code in now.prices and now.prices[code] != amount
    ]
    for limit in registry.limits:
        before, after = now.limits.get(limit.key, 0), terms.limits.get(limit.key, 0)
        if before != after:
            over, count = _over(plan, limit.key, after)
            found.append(
                Difference(
                    title=limit.title,
                    before=amount_text(before, limit.unit),
                    after=amount_text(after, limit.unit),
                    over=over,
                    over_count=count,
                )
            )
    for feature in registry.features:
        has, will = now.features.get(feature.key, False), terms.features.get(feature.key, False)
        if has != will:
            found.append(Difference(title=feature.title, before="✓" if has else "–", after="✓" if will else "–"))
    on_plan = Subscription.objects.filter(version__plan=plan)
    keep = on_plan.values_list("version__number").annotate(portals=Count("pk")).order_by("-version__number")
    return Effect(
        differences=found,
        keep=[(number, portals) for number, portals in keep],
        on_trial=on_plan.filter(trial_ends_at__isnull=False).count(),
    )


def _over(plan: Plan, limit: str, maximum: int | None) -> tuple[list[tuple[int, str]], int]:
    """Companies on the plan whose last count of `limit` is over `maximum`, the first SHOWN of them, and how many."""
    if maximum is None:
        return [], 0
    rows = UsageCounter.objects.filter(
        limit=limit, used__gt=maximum, portal__subscription__version__plan=plan
    ).order_by("-used")
    return list(rows.values_list("portal_id", "portal__name")[:SHOWN]), rows.count()
