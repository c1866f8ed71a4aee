"""Plans as a whole: new ones beside those of the release, which are on sale, and how long the first one is tried."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from billing.contracts import PlanTerms
from billing.domain.catalogue import add_version, check_terms
from billing.models import Plan, PlanVersion
from infra import audit
from infra.kit.access import Actor
from infra.kit.errors import Invalid

LONGEST_TRIAL = 365
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")


@transaction.atomic
def add_plan(*, actor: Actor, slug: str, after: Plan, terms: PlanTerms, note: str = "") -> PlanVersion:
    """A new plan, on sale at once, shown beside the plan `after`. Raises Invalid."""
    if not _SLUG.fullmatch(slug):
        raise Invalid(fields={"slug": [_("2 to 40 small Latin letters, digits and hyphens.")]})
    check_terms(terms)
    plan, made = Plan.objects.get_or_create(slug=slug, defaults={"order": after.order + 1})
    if not made:
        raise Invalid(fields={"slug": [_("There is such a plan already.")]})
    audit.record(actor, action="billing.plan.add", changes={"plan": (None, slug)}, note=note)
    return add_version(plan, terms, note=note, by=actor.display_name)


@transaction.atomic
def set_sale(*, actor: Actor, plan: Plan, on_sale: bool, trial_days: int | None = None) -> Plan:
    """Let a plan be chosen or not, and new portals try the trial's plan for `trial_days` (None: as before).

    Who has the plan keeps it, and a trial that has begun its end. Raises Invalid for taking away the plan that portals
    fall back to, and for days that are none.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan.role == Plan.Role.FALLBACK and not on_sale:
        raise Invalid(fields={"on_sale": [_("Portals fall back to this plan, so it stays on sale.")]})
    days = plan.trial_days if trial_days is None or plan.role != Plan.Role.TRIAL else trial_days
    if plan.role == Plan.Role.TRIAL and not 1 <= days <= LONGEST_TRIAL:
        raise Invalid(fields={"trial_days": [_("Give a whole number from 1 to %(most)s.") % {"most": LONGEST_TRIAL}]})
    before = (plan.on_sale, plan.trial_days)
    if before == (on_sale, days):
        return plan
    plan.on_sale, plan.trial_days = on_sale, days
    plan.save(update_fields=["on_sale", "trial_days"])
    changes = {"on_sale": (before[0], on_sale), "trial_days": (before[1], days)}
    audit.record(
        actor,
        action="billing.plan.sale",
        changes={name: pair for name, pair in changes.items() if pair[0] != pair[1]},
        note=plan.slug,
    )
    return plan
