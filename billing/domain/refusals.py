"""The words of a refusal: which rule refused, which plan would give it, and who may change the plan."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.contracts import Entitlements, Meter
from billing.domain import catalogue
from billing.domain.amounts import amount_text
from billing.models import PlanVersion
from billing.models.plan import in_language
from infra.kit.errors import FeatureMissing, LimitReached, ReadOnly, WayOut
from infra.kit.registry import registry
from infra.kit.spec import Limit
from tenants.people.models import User

PLAN_PAGE = "/billing/"
MANAGE = "billing.plan.manage"


def feature_missing(feature: str, rights: Entitlements) -> FeatureMissing:
    """The plan lacks `feature`; says which plans have it."""
    giving = [version for version in catalogue.plans_on_sale() if version.features.get(feature)]
    return FeatureMissing(
        _("The %(plan)s plan does not include “%(feature)s”.")
        % {"plan": in_language(dict(rights.plan_titles)), "feature": registry.feature(feature).title},
        feature=feature,
        plan=rights.plan,
        plans=[version.plan.slug for version in giving],
        way_out=_way_out(_included_in(giving), feature),
    )


def limit_reached(limit: Limit, rights: Entitlements, *, used: int, maximum: int) -> LimitReached:
    """The plan's maximum is reached; says what the larger plans give."""
    giving = [
        version
        for version in catalogue.plans_on_sale()
        if (more := version.limits.get(limit.key, 0)) is None or more > maximum
    ]
    gives = ", ".join(f"{version.title}: {amount_text(version.limits[limit.key], limit.unit)}" for version in giving)
    return LimitReached(
        str(limit.refusal).format(maximum=amount_text(maximum, limit.unit), plan=in_language(dict(rights.plan_titles))),
        limit=limit.key,
        used=used,
        maximum=maximum,
        plan=rights.plan,
        plans=[version.plan.slug for version in giving],
        way_out=_way_out(_("Larger plans give more (%(gives)s).") % {"gives": gives} if gives else "", limit.key),
    )


def over_plan(over: Sequence[Meter], rights: Entitlements) -> ReadOnly:
    """The portal uses more than its plan gives and its grace is over; says what to remove."""
    return ReadOnly(
        _("This portal uses more than the %(plan)s plan gives, so it can only be read.")
        % {"plan": in_language(dict(rights.plan_titles))},
        code="over_plan",
        way_out=_way_out(_("It opens again at once when it fits: %(what)s.") % {"what": to_remove(over)}, ""),
    )


def closed(rights: Entitlements) -> ReadOnly:
    """The operator or the owner made the portal read-only."""
    return ReadOnly(state=rights.closed, way_out=WayOut(text=_("Ask whoever runs this service."), ask="operator"))


def to_remove(over: Sequence[Meter]) -> str:
    """What must go until the portal fits its plan ("People: 3 of 15; Disk: 2 GB of 7 GB")."""
    return "; ".join(
        _("%(title)s: remove %(over)s of %(used)s")
        % {
            "title": meter.title,
            "over": amount_text(meter.over, meter.unit),
            "used": amount_text(meter.used, meter.unit),
        }
        for meter in over
    )


def _included_in(giving: Sequence[PlanVersion]) -> str:
    if not giving:
        return ""
    titles = ", ".join(version.title for version in giving)
    return ngettext("The %(plans)s plan includes it.", "These plans include it: %(plans)s.", len(giving)) % {
        "plans": titles
    }


def owner_name() -> str:
    """Who of the entered portal is asked first about its plan: the owner who has been there longest."""
    owner = User.objects.owners().order_by("id").first()
    return owner.display_name if owner is not None else ""


def _way_out(text: str, key: str) -> WayOut:
    owner = owner_name()
    who = (
        _("%(owner)s (owner) can change the plan.") % {"owner": owner} if owner else _("The owner can change the plan.")
    )
    return WayOut(
        text=f"{text} {who}".strip(),
        url=f"{PLAN_PAGE}?for={key}" if key else PLAN_PAGE,
        ask=owner or "owner",
        ask_url=f"{PLAN_PAGE}ask-owner?for={key}" if key else f"{PLAN_PAGE}ask-owner",
        may_change=MANAGE,
    )
