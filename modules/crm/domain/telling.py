"""Live frames: open lists, boards and cards learn of a change after its commit. Frames carry ids, never data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from infra import live
from infra.kit.access import Actor
from modules.crm.domain.notifying import notify_watchers
from modules.crm.models import Record


def tell(
    record: Record,
    what: str,
    actor: Actor,
    more: Mapping[str, Any] | None = None,
    *,
    besides: Collection[int] = (),
) -> None:
    """Say that `record` was created, changed, moved, assigned, commented, planned or deleted by `actor`, to whoever
    watches it too, but those `besides`."""
    live.send(record.list_group, "record.changed", _data(record, what, actor, more))
    tell_card(record, what, actor, more)
    notify_watchers([record], what, actor, besides)


def tell_card(record: Record, what: str, actor: Actor, more: Mapping[str, Any] | None = None) -> None:
    """The same to who looks at its card alone; lists hear once of what happens to many records."""
    live.send(f"record:{record.ref}", "record.changed", _data(record, what, actor, more))


def _data(record: Record, what: str, actor: Actor, more: Mapping[str, Any] | None) -> dict[str, Any]:
    stage = getattr(record, "stage_id", None)
    return {"id": record.pk, "what": what, "actor": actor.id, "stage": stage, **(more or {})}
