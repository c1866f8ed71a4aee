"""Asking for another plan: an employee asks the owner, an administrator asks the operator."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.cache import cache
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.contracts import Period, PlanAsked
from billing.models import Plan, UpgradeRequest
from infra import audit
from infra.db.current import current_portal
from infra.kit.access import may, require_permission
from infra.kit.errors import Text
from infra.kit.registry import registry
from infra.outbox import publish
from infra.ui.notifications import notify
from tenants.people.models import User

MANAGE = "billing.plan.manage"
ASKED_AGAIN_AFTER = 60 * 60  # seconds


@transaction.atomic
def ask_for_plan(*, actor: User, plan: Plan, period: Period, note: str = "") -> UpgradeRequest:
    """Ask whoever runs the service for `plan`; a second request replaces what the first one asked for.

    Raises Denied.
    """
    require_permission(actor, MANAGE)
    portal = current_portal()
    request, _created = UpgradeRequest.objects.update_or_create(
        portal_id=portal.id,
        answered_at=None,
        defaults={
            "plan": plan,
            "period": period.value,
            "note": note.strip()[:500],
            "asked_by": actor.display_name[:200],
            "asked_by_email": actor.email,
            "asked_at": datetime.now(UTC),
        },
    )
    audit.record(actor, action="billing.plan.ask", changes={"plan": (None, plan.slug)}, note=note.strip()[:500])
    publish(PlanAsked(portal_id=portal.id, plan=plan.slug, asked_by=actor.display_name))
    return request


@transaction.atomic
def withdraw_request(*, actor: User) -> None:
    """Take an open request back. Raises Denied."""
    require_permission(actor, MANAGE)
    if UpgradeRequest.objects.filter(portal_id=current_portal().id, answered_at=None).delete()[0]:
        audit.record(actor, action="billing.plan.ask", changes={"plan": ("asked", None)})


def open_request(portal_id: int) -> UpgradeRequest | None:
    """What this portal has asked for and not yet got."""
    return UpgradeRequest.objects.select_related("plan").filter(portal_id=portal_id, answered_at=None).first()


@transaction.atomic
def ask_owner(*, actor: User, key: str = "") -> bool:
    """Tell those who may change the plan that `actor` needs more of `key` (a limit or feature, "" for more at all).

    At most once an hour a person and key; a key that is none counts as "". False: they know already.
    """
    title = _title(key)
    if not cache.add(f"billing:asked:{actor.pk}:{key if title else ''}", True, ASKED_AGAIN_AFTER):
        return False
    who = actor.display_name
    text = (
        format_lazy(_("{person} needs more than the plan gives: {what}"), person=who, what=title)
        if title
        else format_lazy(_("{person} needs more than the plan gives"), person=who)
    )
    people = [person.pk for person in User.objects.employees().select_related("role") if may(person, MANAGE)]
    notify(
        actor=actor,
        person_ids=[pk for pk in people if pk != actor.pk],
        text=text,
        url=f"/billing/?for={key}" if title else "/billing/",
        icon="credit-card",
    )
    return True


def _title(key: str) -> Text:
    """What the limit or feature is called, "" for none of ours."""
    titles: dict[str, Text] = {limit.key: limit.title for limit in registry.limits}
    titles |= {feature.key: feature.title for feature in registry.features}
    return titles.get(key, "")
