"""Reading calls, refusals, alerts: what a person of the entered portal, or the operator, may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from billing.rating.models import Alert, Call, Refusal
from infra.db.current import current_portal
from infra.kit.access import Actor, may
from infra.kit.errors import NotFound
from tenants.portals.models import Portal

VIEW = "rating.call.view"


def visible_calls(actor: Actor) -> QuerySet[Call]:
    """The entered portal's calls: all for who holds the right, else those of the person's own devices."""
    rows = Call.objects.filter(portal_id=current_portal().id).select_related("device").defer("snapshot")
    return rows if may(actor, VIEW) else rows.filter(device__person_id=actor.id)


def access_call(actor: Actor, call_id: int) -> Call:
    """One of `visible_calls`. Raises NotFound."""
    call = visible_calls(actor).defer(None).filter(pk=call_id).first()
    if call is None:
        raise NotFound
    return call


def recent_refusals(portal_id: int, limit: int = 20) -> list[Refusal]:
    """The last calls that were not allowed."""
    return list(Refusal.objects.filter(portal_id=portal_id).order_by("-at", "-pk")[:limit])


def recent_alerts(portal_id: int, limit: int = 20) -> list[Alert]:
    """The last alerts of a portal."""
    return list(Alert.objects.filter(portal_id=portal_id).order_by("-pk")[:limit])


def suspicious_portals() -> QuerySet[Portal]:
    """Portals that are stopped, have alerts nobody of the operator has seen, or ten refusals within a day."""
    since = datetime.now(UTC) - timedelta(days=1)
    unseen = Q(call_alerts__seen_at=None, call_alerts__at__gt=since - timedelta(days=29))
    refused = Refusal.objects.filter(portal_id=OuterRef("pk"), at__gt=since).order_by().values("portal_id")
    rows = Portal.objects.existing().annotate(
        alert_count=Count("call_alerts", filter=unseen, distinct=True),
        last_alert=Max("call_alerts__at"),
        refused_count=Subquery(refused.annotate(n=Count("pk")).values("n")[:1]),
    )
    found = rows.filter(Q(calling__stopped_at__isnull=False) | Q(alert_count__gt=0) | Q(refused_count__gte=10))
    worst_first: QuerySet[Portal] = found.select_related("calling").order_by("-last_alert", "-pk")
    return worst_first


def calls_of(portal_id: int, limit: int = 50) -> Sequence[Call]:
    """The last calls of a portal, for the operator."""
    return list(Call.objects.filter(portal_id=portal_id).defer("snapshot").order_by("-authorized_at", "-pk")[:limit])
