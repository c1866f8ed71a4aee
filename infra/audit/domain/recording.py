"""Writing the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, models, transaction

from infra.audit.models import AuditEntry
from infra.audit.origin import address
from infra.audit.secrets import is_secret
from infra.db.gathering import insert
from infra.db.many import insert_many
from infra.kit.access import Actor
from infra.kit.refs import RecordRef

HIDDEN = "•••"
_TEXT_LENGTH = 500
_ITEMS = 50
_past: ContextVar[datetime | None] = ContextVar("past", default=None)


@contextmanager
def dated(moment: datetime) -> Iterator[None]:
    """What is recorded inside happened at `moment`: for a past that is brought along, such as a demo company's."""
    before = _past.set(moment)
    try:
        yield
    finally:
        _past.reset(before)


def record(
    actor: Actor,
    action: str,
    ref: RecordRef | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    note: str = "",
) -> AuditEntry:
    """Write down that `actor` did `action` (`<noun>.<verb>`) to `ref`; `changes` maps a field to (old, new).

    Must be called inside the change's transaction (raises TransactionManagementError otherwise). Values of secret
    fields are hidden, long texts cut. The caller's address and request id are those of the request.
    """
    entry = _entry(actor, action, ref, changes, note)
    insert(entry)
    return entry


def record_many(
    actor: Actor,
    action: str,
    refs: Sequence[RecordRef],
    note: str = "",
    changes: Sequence[Mapping[str, tuple[Any, Any]]] | None = None,
) -> None:
    """`record` of the same `action` on every one of `refs`, in one statement; `changes` are those of each."""
    told = changes if changes is not None else [{}] * len(refs)
    insert_many(AuditEntry, [_entry(actor, action, ref, one, note) for ref, one in zip(refs, told, strict=True)])


def _entry(
    actor: Actor, action: str, ref: RecordRef | None, changes: Mapping[str, tuple[Any, Any]] | None, note: str
) -> AuditEntry:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"record({action}) needs the transaction of the change")
    context = structlog.contextvars.get_contextvars()
    past = _past.get()
    return AuditEntry(
        **({"at": past} if past else {}),
        actor_id=actor.id,
        actor_name=str(actor.display_name)[:200],
        action=action,
        module=ref.module if ref else "",
        kind=ref.kind if ref else "",
        record_id=ref.id if ref else None,
        changes={
            name: [HIDDEN, HIDDEN] if is_secret(name) else [_plain(old, name), _plain(new, name)]
            for name, (old, new) in (changes or {}).items()
        },
        note=note[: 4 * _TEXT_LENGTH],
        ip=address(),
        request_id=str(context.get("request_id", ""))[:64],
    )


def _plain(value: Any, name: str) -> Any:
    """`value` as JSON that a person can read."""
    match value:
        case None | bool() | int() | float():
            return value
        case Decimal() | UUID() | RecordRef():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case models.Model():
            return str(value)[:_TEXT_LENGTH]
        case Mapping():
            return {
                str(key): HIDDEN if is_secret(str(key)) else _plain(item, name)
                for key, item in list(value.items())[:_ITEMS]
            }
        case list() | tuple() | set() | frozenset():
            return [_plain(item, name) for item in list(value)[:_ITEMS]]
    return str(value)[:_TEXT_LENGTH]
