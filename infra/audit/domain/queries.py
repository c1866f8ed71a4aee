"""Reading the audit log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from infra.audit.models import AuditEntry
from infra.kit.access import Actor, require_permission
from infra.kit.refs import RecordRef

VIEW = "audit.log.view"


def history(
    ref: RecordRef, *, after: tuple[datetime, int] | None = None, limit: int = 50, besides: Collection[str] = ()
) -> Sequence[AuditEntry]:
    """What was done to the record, newest first, but for the actions `besides`; `after` is the (at, id) of the last
    entry already seen.

    Whoever may see the record may see its history: the caller has checked the former.
    """
    rows = AuditEntry.objects.filter(module=ref.module, kind=ref.kind, record_id=ref.id).order_by("-at", "-id")
    if besides:
        rows = rows.exclude(action__in=list(besides))
    if after is not None:
        at, pk = after
        rows = rows.filter(Q(at__lte=at), Q(at__lt=at) | Q(pk__lt=pk))
    return list(rows[:limit])


def about(module: str, kind: str) -> QuerySet[AuditEntry]:
    """What was done to records of a kind, to be asked for those that the caller may see."""
    return AuditEntry.objects.filter(module=module, kind=kind).order_by()


def entries(actor: Actor) -> QuerySet[AuditEntry]:
    """The whole log, for those who may read it. Raises Denied."""
    require_permission(actor, VIEW)
    return AuditEntry.objects.order_by("-at", "-id")
