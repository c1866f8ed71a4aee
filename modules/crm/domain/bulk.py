"""The same verb on many records, in primary-key order, a hundred a transaction; it can be taken back for a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Denied, Invalid, NotFound
from modules.crm.domain import shaping
from modules.crm.domain.access import access_stage
from modules.crm.domain.fields import Field
from modules.crm.domain.kinds import Kind, field_map, kind_named
from modules.crm.domain.record import assign_record, delete_record, edit_record, move_record, restore_record
from modules.crm.models import Change, RecordQuerySet, Stage
from tenants.people.models import User

_BATCH = 100
KEPT = timedelta(days=1)
Rows = RecordQuerySet[Any]


def assign_records(*, actor: Actor, kind: Kind, rows: Rows, responsible_id: int) -> Change:
    """Give every record of `rows` that the person may edit to one person."""
    require_permission(actor, kind.permission("edit"))
    return _each(
        actor,
        kind,
        rows,
        "assign",
        lambda record: assign_record(actor=actor, record=record, responsible_id=responsible_id),
        lambda record: record.responsible_id,
    )


def move_records(*, actor: Actor, kind: Kind, rows: Rows, stage: Stage) -> Change:
    """Take every record of `rows` that the person may edit to `stage`, where it has what the stage wants."""
    require_permission(actor, kind.permission("edit"))
    return _each(
        actor,
        kind,
        rows,
        "move",
        lambda record: move_record(actor=actor, record=record, stage=stage),
        lambda record: record.stage_id,
    )


def edit_records(*, actor: Actor, kind: Kind, rows: Rows, changes: Mapping[str, Any]) -> Change:
    """Set the same values in every record of `rows` that the person may edit."""
    require_permission(actor, kind.permission("edit"))
    items = field_map(kind)
    wanted = {key: items[key] for key in changes if key in items}
    return _each(
        actor,
        kind,
        rows,
        "edit",
        lambda record: edit_record(actor=actor, record=record, changes=changes),
        lambda record: _values(kind, record, wanted),
    )


def delete_records(*, actor: Actor, kind: Kind, rows: Rows) -> Change:
    """Put every record of `rows` that the person may delete into the trash."""
    require_permission(actor, kind.permission("delete"))
    return _each(
        actor, kind, rows, "delete", lambda record: delete_record(actor=actor, record=record), lambda record: None
    )


def hand_over(kind: Kind, *, actor: Actor, from_user: User, to_user: User) -> int:
    """Make `to_user` responsible for all records of a leaving person. Returns how many."""
    rows = kind.rows().alive().filter(responsible_id=from_user.pk)
    done = _each(
        actor,
        kind,
        rows,
        "assign",
        lambda record: assign_record(actor=actor, record=record, responsible_id=to_user.pk),
        lambda record: record.responsible_id,
    )
    return len(done.before)


def count_owned(kind: Kind, user_id: int) -> int:
    """How many records of `kind` the person is responsible for."""
    return int(kind.rows().alive().filter(responsible_id=user_id).count())


def _values(kind: Kind, record: Any, wanted: Mapping[str, Field]) -> dict[str, Any]:
    return {key: _json(value) for key, value in shaping.state_of(kind, record, wanted).items() if key in wanted}


def _json(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)


def _each(
    actor: Actor,
    kind: Kind,
    rows: Rows,
    action: str,
    verb: Callable[[Any], object],
    before: Callable[[Any], Any],
) -> Change:
    gates.require_writable()
    kept: dict[str, Any] = {}
    refusal: Invalid | None = None
    ids = sorted(rows.order_by().values_list("pk", flat=True))
    joined = ["responsible", *(["stage__pipeline"] if kind.staged else [])]
    for start in range(0, len(ids), _BATCH):
        batch = kind.rows().alive().filter(pk__in=ids[start : start + _BATCH]).order_by("pk")
        with transaction.atomic():
            for record in batch.select_related(*joined):
                was = before(record)
                try:
                    with transaction.atomic():
                        verb(record)
                except (Denied, NotFound, Conflict):
                    continue  # seen but not to be changed, or gone meanwhile: the rest still goes
                except Invalid as error:
                    refusal = error
                    continue
                kept[str(record.pk)] = was
    if not kept and refusal is not None:
        raise refusal
    return Change.objects.create(kind=kind.key, action=action, author_id=actor.id, before=kept)


def access_change(actor: Actor, change_id: int) -> Change:
    """What the actor did to many records, while it can be taken back. Raises NotFound."""
    found = Change.objects.filter(pk=change_id, author_id=actor.id, created_at__gt=timezone.now() - KEPT).first()
    if found is None or found.action == "merge":
        raise NotFound
    return found


def undo_change(*, actor: Actor, change: Change) -> int:
    """Take back what was done to many records, as far as the person still may. Returns how many.

    Raises Conflict when it was taken back already, ReadOnly.
    """
    gates.require_writable()
    kind = kind_named(change.kind)
    with transaction.atomic():
        locked = Change.objects.select_for_update().get(pk=change.pk)
        if locked.undone_at is not None:
            raise Conflict(_("This was taken back already."))
        locked.undone_at = timezone.now()
        locked.save(update_fields=["undone_at"])
        done = sum(_undo_one(actor, kind, change.action, int(pk), was) for pk, was in change.before.items())
        audit.record(actor, f"{kind.link}.undo", None, note=f"{change.action}: {done}")
    return done


def _undo_one(actor: Actor, kind: Kind, action: str, pk: int, was: Any) -> bool:
    rows = kind.rows().trashed() if action == "delete" else kind.rows().alive()
    record = rows.filter(pk=pk).first()
    if record is None:
        return False
    try:
        with transaction.atomic():
            match action:
                case "assign":
                    assign_record(actor=actor, record=record, responsible_id=was)
                case "move":
                    move_record(actor=actor, record=record, stage=access_stage(was))
                case "edit":
                    edit_record(actor=actor, record=record, changes=was)
                case "delete":
                    restore_record(actor=actor, record=record)
    except (Denied, NotFound, Invalid, Conflict):
        return False
    return True
