"""What the operator may see of a portal: its state and its figures, none of its contents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from billing.contracts import Entitlements, Meter
from billing.domain import memory, usage
from billing.domain.override import overrides_in_force
from billing.models import Override, Subscription, SubscriptionChange, UpgradeRequest, UsageCounter
from infra.audit.models import AuditEntry
from infra.audit.wording import Change, told
from infra.db.current import enter
from infra.jobs.models import Job, State
from infra.kit.errors import NotFound
from infra.kit.registry import registry
from infra.outbox.domain.failures import Failure, dead_letters
from saas.operator.domain.support import accesses, open_access
from saas.operator.models import SupportAccess
from tenants.portals.models import Portal


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One thing the service did in the portal, from the portal's audit log, in words."""

    at: datetime
    who: str
    action: str
    changes: Sequence[Change]
    note: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything the page about one portal shows."""

    portal: Portal
    subscription: Subscription
    rights: Entitlements
    meters: Sequence[Meter]
    overrides: Sequence[Override]
    changes: Sequence[SubscriptionChange]
    asked: UpgradeRequest | None
    traces: Sequence[Trace]
    letters: Sequence[Failure]
    jobs: dict[str, Any]
    support: Sequence[SupportAccess]
    support_open: SupportAccess | None


def portals_with_use() -> QuerySet[Portal]:
    """Every portal that has not been erased, with plan, last counts and open request; one statement, however many."""
    asked = UpgradeRequest.objects.filter(portal_id=OuterRef("pk"), answered_at__isnull=True)
    portals: QuerySet[Portal] = Portal.objects.existing().select_related("subscription__version")
    figures: QuerySet[Portal] = portals.annotate(
        people_used=_used("people.seats"),
        disk_used=_used("portals.disk_bytes"),
        asked_plan=Subquery(asked.values("plan__slug")[:1]),
    )
    return figures


def _used(limit: str) -> Subquery:
    counters = UsageCounter.objects.filter(portal_id=OuterRef("pk"), limit=limit)
    return Subquery(counters.values("used")[:1])


def portal_by_id(portal_id: int) -> Portal:
    """The portal, erased ones excepted. Raises NotFound."""
    portal = Portal.objects.existing().filter(pk=portal_id).first()
    if portal is None:
        raise NotFound
    return portal


def overview(portal: Portal) -> Overview:
    """Look at `portal` from outside; in its schema only figures, and what the service itself did, are read."""
    with enter(portal):
        rights = memory.entitlements(portal.schema_name)
        meters = usage.meters(rights)
        of_service = AuditEntry.objects.filter(actor_id=None).filter(
            reduce(or_, (Q(action__startswith=f"{word}.") for word in ("portal", "billing", "rating", "support")))
        )
        traces = [
            Trace(
                at=entry.at,
                who=entry.actor_name,
                action=str(registry.actions.get(entry.action, entry.action)),
                changes=told(entry),
                note=entry.note,
            )
            for entry in of_service.order_by("-at", "-id")[:20]
        ]
        jobs = Job.objects.aggregate(
            waiting=Count("pk", filter=Q(state__in=[State.QUEUED, State.RUNNING])),
            failed=Count("pk", filter=Q(state=State.FAILED)),
        )
    return Overview(
        portal=portal,
        subscription=Subscription.objects.select_related("version__plan").get(portal=portal),
        rights=rights,
        meters=meters,
        overrides=overrides_in_force(portal),
        changes=list(
            SubscriptionChange.objects.filter(portal=portal).select_related("before__plan", "after__plan")[:20]
        ),
        asked=UpgradeRequest.objects.filter(portal=portal, answered_at__isnull=True).select_related("plan").first(),
        traces=traces,
        letters=dead_letters(portal),
        jobs=jobs,
        support=accesses(portal.pk)[:10],
        support_open=open_access(portal.pk),
    )
