"""Before new terms of a plan or a pack go on sale: what differs, and which portals they would touch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from hashlib import sha256

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _

from billing.contracts import PlanTerms
from billing.domain import addon, catalogue
from billing.domain.addon import AddOnTerms
from billing.domain.amounts import amount_text, price_text
from billing.models import AddOnVersion, BoughtAddOn, Plan, Subscription, UsageCounter
from infra.kit.errors import Text
from infra.kit.registry import registry
from infra.ui.languages import NAMES

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


def mark(terms: PlanTerms | AddOnTerms, *beside: object) -> str:
    """Names what a preview showed: `terms` and what stood beside them, such as the version in force."""
    return sha256(json.dumps([asdict(terms), beside], default=str, sort_keys=True).encode()).hexdigest()


def preview(plan: Plan, terms: PlanTerms) -> Effect:
    """What publishing `terms` would do. Raises Invalid as publishing would."""
    catalogue.check_terms(terms)
    now = catalogue.current_version(plan).terms
    found = [
        *_texts(_("Name (%(language)s)"), now.titles, terms.titles),
        *_texts(_("In a line (%(language)s)"), now.summaries, terms.summaries),
        *_prices(now.prices, terms.prices),
        *_numbers(_("Months that a year costs"), now.year_months, terms.year_months),
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


def preview_pack(slug: str, terms: AddOnTerms, *, on_sale: bool) -> Effect:
    """What publishing `terms` of the pack `slug` would do, a new one too. Raises Invalid as publishing would."""
    addon.check_terms(terms)
    newest = AddOnVersion.objects.filter(addon__slug=slug).select_related("addon").order_by("-number").first()
    if newest is None:
        return Effect(differences=[Difference(title=_("New pack"), before="–", after=slug)], keep=[], on_trial=0)
    now = addon.terms_of(newest)
    found = [*_texts(_("Name (%(language)s)"), now.titles, terms.titles), *_prices(now.prices, terms.prices)]
    for limit in registry.limits:
        before, after = now.gives.get(limit.key, 0), terms.gives.get(limit.key, 0)
        if before != after:
            texts = (amount_text(before, limit.unit), amount_text(after, limit.unit))
            found.append(Difference(title=limit.title, before=texts[0], after=texts[1]))
    found += _numbers(_("Months that a year costs"), now.year_months, terms.year_months)
    found += _numbers(_("Bought once, lasts days"), now.days, terms.days)
    if newest.addon.on_sale != on_sale:
        signs = ("✓" if newest.addon.on_sale else "–", "✓" if on_sale else "–")
        found.append(Difference(title=_("On sale"), before=signs[0], after=signs[1]))
    bought = BoughtAddOn.objects.filter(version__addon=newest.addon).values_list("version__number")
    keep = bought.annotate(portals=Count("portal", distinct=True)).order_by("-version__number")
    return Effect(differences=found, keep=[(number, portals) for number, portals in keep], on_trial=0)


def _texts(title: str, now: Mapping[str, str], then: Mapping[str, str]) -> Iterator[Difference]:
    for code in settings.LANGUAGES_OFFERED:
        before, after = now.get(code, ""), then.get(code, "")
        if before != after:
            yield Difference(title=title % {"language": NAMES[code]}, before=before or "–", after=after or "–")


def _prices(now: Mapping[str, Decimal], then: Mapping[str, Decimal]) -> Iterator[Difference]:
    for code, amount in then.items():
        if now.get(code) != amount:
            before = price_text(now[code], code) if code in now else "–"
            yield Difference(title=code, before=before, after=price_text(amount, code))


def _numbers(title: str, now: int, then: int) -> Iterator[Difference]:
    if now != then:
        yield Difference(title=title, before=str(now), after=str(then))


def _over(plan: Plan, limit: str, maximum: int | None) -> tuple[list[tuple[int, str]], int]:
    """Companies on the plan whose last count of `limit` is over `maximum`, the first SHOWN of them, and how many."""
    if maximum is None:
        return [], 0
    rows = UsageCounter.objects.filter(
        limit=limit, used__gt=maximum, portal__subscription__version__plan=plan
    ).order_by("-used")
    return list(rows.values_list("portal_id", "portal__name")[:SHOWN]), rows.count()
