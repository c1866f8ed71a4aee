"""The audit log: who did what, written in the transaction of the change (promise 28)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from infra.audit.models import AuditEntry
    from infra.kit.access import Actor
    from infra.kit.refs import RecordRef

__all__ = ["about", "dated", "history", "record", "record_many"]


def about(module: str, kind: str) -> QuerySet[AuditEntry]:
    """See infra.audit.domain.queries.about."""
    from infra.audit.domain.queries import about as about_kind

    return about_kind(module, kind)


def dated(moment: datetime) -> AbstractContextManager[None]:
    """See infra.audit.domain.recording.dated."""
    from infra.audit.domain.recording import dated as dated_at

    return dated_at(moment)


def record(
    actor: Actor,
    action: str,
    ref: RecordRef | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    note: str = "",
) -> AuditEntry:
    """See infra.audit.domain.recording.record (imported late: this package is an app, its models load after it)."""
    from infra.audit.domain.recording import record as record_now

    return record_now(actor, action, ref, changes, note)


def record_many(
    actor: Actor,
    action: str,
    refs: Sequence[RecordRef],
    note: str = "",
    changes: Sequence[Mapping[str, tuple[Any, Any]]] | None = None,
) -> None:
    """See infra.audit.domain.recording.record_many."""
    from infra.audit.domain.recording import record_many as record_all

    record_all(actor, action, refs, note, changes)


def history(
    ref: RecordRef, *, after: tuple[datetime, int] | None = None, limit: int = 50, besides: Collection[str] = ()
) -> Sequence[AuditEntry]:
    """See infra.audit.domain.queries.history."""
    from infra.audit.domain.queries import history as history_of

    return history_of(ref, after=after, limit=limit, besides=besides)
