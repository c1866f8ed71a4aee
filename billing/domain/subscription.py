"""A portal's subscription: the trial it starts with, its end, and changes of plan."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.contracts import Period
from billing.domain import catalogue, memory, usage
from billing.models import Plan, PlanVersion, Subscription, SubscriptionChange, UpgradeRequest
from infra import audit
from infra.db.current import enter
from infra.kit.access import SYSTEM, Actor
from infra.kit.errors import Conflict
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.domain.status import Operator, end_trial
from tenants.portals.models import Portal

_watchers: list[Callable[[Portal], None]] = []
_log = logging.getLogger(__name__)


def on_change(watcher: Callable[[Portal], None]) -> None:
    """Call `watcher(portal)` right before what a portal has bought changes, and once it has. Called when ready."""
    _watchers.append(watcher)


def about_to_change(portal: Portal) -> None:
    """What the portal has bought changes in this transaction: whoever counts by it, count once more as it is."""
    for watcher in _watchers:
        watcher(portal)
        transaction.on_commit(partial(watcher, portal), robust=True)


def subscription_of(portal_id: int) -> Subscription:
    """The portal's subscription with its plan version. Raises Subscription.DoesNotExist."""
    return Subscription.objects.select_related("version__plan").get(portal_id=portal_id)


def changes_of(portal_id: int, most: int = 10) -> list[SubscriptionChange]:
    """The newest changes of the portal's plan."""
    found = SubscriptionChange.objects.filter(portal_id=portal_id).select_related("before", "after")
    return list(found[:most])


@transaction.atomic
def start_trial(*, portal: Portal, now: datetime | None = None) -> Subscription:
    """Give a new portal the trial of the top plan. A portal that has a subscription keeps it: one trial a portal."""
    version = catalogue.plan_in_role(Plan.Role.TRIAL)
    ends_at = (now or datetime.now(UTC)) + timedelta(days=version.plan.trial_days)
    subscription, created = Subscription.objects.get_or_create(
        portal=portal, defaults={"version": version, "trial_ends_at": ends_at}
    )
    if created:
        _note(subscription, before=None, by=SYSTEM, reason="trial")
        memory.changed(portal.schema_name)
    return subscription


@transaction.atomic
def change_plan(
    *,
    actor: Actor,
    portal: Portal,
    version: PlanVersion,
    period: Period,
    reason: str,
    expected: PlanVersion | None = None,
) -> Subscription:
    """Put `portal` on `version` at once, ending its trial; nothing the portal has is deleted.

    The portal's own audit log says who did it and why; open requests for a plan are answered by it. What is over the
    new plan's limits is noted, and the grace runs from now (entitlement.GRACE). Doing it twice changes nothing the
    second time. Raises Conflict when the portal is no longer on `expected`.
    """
    subscription = _locked(portal)
    if expected is not None and subscription.version_id != expected.pk:
        raise Conflict
    UpgradeRequest.objects.filter(portal=portal, answered_at__isnull=True).update(answered_at=datetime.now(UTC))
    if subscription.version_id == version.pk and subscription.period == period and subscription.trial_ends_at is None:
        return subscription
    about_to_change(portal)
    before = subscription.version
    subscription.version = version
    subscription.period = period
    subscription.trial_ends_at = None
    subscription.over_since, subscription.over_told = None, 0
    subscription.save()
    _note(subscription, before=before, by=actor, reason=reason)
    end_trial(portal=portal)
    memory.changed(portal.schema_name)
    _review(portal)
    _tell(portal, version)
    return subscription


@transaction.atomic
def extend_trial(*, actor: Actor, portal: Portal, until: datetime, reason: str) -> Subscription:
    """Let `portal` try the top plan until `until`, also again after its trial has ended."""
    subscription = _locked(portal)
    before = subscription.version
    subscription.version = catalogue.plan_in_role(Plan.Role.TRIAL)
    subscription.trial_ends_at = until
    subscription.over_since, subscription.over_told = None, 0
    subscription.save()
    _note(subscription, before=before, by=actor, reason=reason)
    memory.changed(portal.schema_name)
    return subscription


def end_trials(now: datetime | None = None) -> int:
    """Write down that trials which are over have become the fallback plan; how many.

    The gates have said so since the moment the trial ended (entitlement.compute); this makes it visible in lists, and
    starts the grace of portals that use more than the fallback gives. Two runs at once end each trial once.
    """
    moment = now or datetime.now(UTC)
    ended = 0
    for portal in Portal.objects.filter(subscription__trial_ends_at__lte=moment).order_by("id"):
        try:
            ended += _end_trial(portal, moment)
        except Exception:  # the others must not wait for this one
            _log.exception("a trial could not be ended", extra={"portal": portal.schema_name})
    return ended


@transaction.atomic
def _end_trial(portal: Portal, moment: datetime) -> bool:
    subscription = _locked(portal)
    if subscription.trial_ends_at is None or subscription.trial_ends_at > moment:
        return False
    before = subscription.version
    subscription.version = catalogue.plan_in_role(Plan.Role.FALLBACK)
    subscription.trial_ends_at = None
    subscription.save()
    _note(subscription, before=before, by=SYSTEM, reason="trial ended")
    end_trial(portal=portal)
    memory.changed(portal.schema_name)
    _review(portal)
    return True


def _locked(portal: Portal) -> Subscription:
    return Subscription.objects.select_for_update(of=("self",)).select_related("version__plan").get(portal=portal)


def _note(subscription: Subscription, *, before: PlanVersion | None, by: Actor, reason: str) -> None:
    SubscriptionChange.objects.create(
        portal=subscription.portal,
        before=before,
        after=subscription.version,
        period=subscription.period,
        by=by.display_name,
        reason=reason,
    )
    if before is None:
        return
    with enter(subscription.portal):
        audit.record(
            by if by is SYSTEM else Operator(by.display_name),
            action="billing.plan.change",
            changes={"plan": (before.title, subscription.version.title)},
            note=reason,
        )


def _tell(portal: Portal, version: PlanVersion) -> None:
    with enter(portal):
        notify(
            person_ids=list(User.objects.owners().values_list("id", flat=True)),
            text=format_lazy(_("Your plan is now “{plan}”"), plan=version.titles["en"]),
            url="/billing/",
            icon="credit-card",
        )


def say_changed(portal: Portal) -> None:
    """What the portal may do has changed: everywhere forget the old answer, and count afresh whether it fits."""
    memory.changed(portal.schema_name)
    _review(portal)


def _review(portal: Portal) -> None:
    with enter(portal):
        usage.review(memory.entitlements(portal.schema_name), portal.schema_name)
