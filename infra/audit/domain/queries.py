"""Reading the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from infra.audit.models import AuditEntry
from infra.kit.refs import RecordRef


def history(ref: RecordRef, *, after: tuple[datetime, int] | None = None, limit: int = 50) -> Sequence[AuditEntry]:
    """What was done to the record, newest first; `after` is the (at, id) of the last entry already seen.

    Whoever may see the record may see its history: the caller has checked the former.
    """
    rows = AuditEntry.objects.filter(module=ref.module, kind=ref.kind, record_id=ref.id).order_by("-at", "-id")
    return list(older_than(rows, after)[:limit])


def older_than(rows: QuerySet[AuditEntry], after: tuple[datetime, int] | None) -> QuerySet[AuditEntry]:
    """The part of `rows` (newest first) behind the entry with this (at, id)."""
    if after is None:
        return rows
    at, pk = after
    return rows.filter(Q(at__lte=at), Q(at__lt=at) | Q(pk__lt=pk))


def find(
    *,
    actor_id: int | None = None,
    action: str = "",
    ref: RecordRef | None = None,
    kind: tuple[str, str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """Entries by person, action (a trailing dot means all that begin so), record or kind, and period [since, until)."""
    rows = AuditEntry.objects.order_by("-at", "-id")
    if actor_id is not None:
        rows = rows.filter(actor_id=actor_id)
    if action:
        rows = rows.filter(action__startswith=action) if action.endswith(".") else rows.filter(action=action)
    if ref is not None:
        rows = rows.filter(module=ref.module, kind=ref.kind, record_id=ref.id)
    if kind is not None:
        rows = rows.filter(module=kind[0], kind=kind[1])
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return rows
