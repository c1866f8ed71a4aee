"""The same verb on many records, in primary-key order, set by set; it can be taken back for a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Denied, Invalid, NotFound, PortalError
from modules.crm.domain import shaping
from modules.crm.domain.drafts import read_draft
from modules.crm.domain.field_rights import levels
from modules.crm.domain.fields import PRICE_TYPE, PRODUCT_SECTION, Field
from modules.crm.domain.kinds import Kind, field_map, kind_named
from modules.crm.domain.locking import lock_all
from modules.crm.domain.many_changes import Edit, change_records
from modules.crm.domain.many_placings import assign_all, restore_all, trash_all
from modules.crm.domain.people import active_person
from modules.crm.domain.showing import POINTING
from modules.crm.domain.values import as_json
from modules.crm.models import Change, RecordQuerySet, Stage
from tenants.people.models import User

_log = structlog.get_logger(__name__)
_BATCH = 200
_RIGHTS = {"assign": "edit", "move": "edit", "edit": "edit", "delete": "delete"}
_LOOKED_UP = POINTING | {PRICE_TYPE, PRODUCT_SECTION}
KEPT = timedelta(days=1)
Rows = RecordQuerySet[Any]
# What was done to a batch of locked records: what each held before, and why others stayed, by id. One that is in
# neither may not be changed by the person.
Done = tuple[dict[int, Any], dict[int, PortalError]]


def assign_records(*, actor: Actor, kind: Kind, rows: Rows, responsible_id: int) -> Change:
    """Give every record of `rows` that the person may edit to one person. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, kind.permission("edit"))
    return _answered(*_assign(actor, kind, rows, responsible_id))


def _assign(actor: Actor, kind: Kind, rows: Rows, person_id: int) -> tuple[Change, PortalError | None]:
    gates.require_writable()
    active_person(person_id)

    def verb(records: Sequence[Any]) -> Done:
        before = {record.pk: record.responsible_id for record in records}
        done = assign_all(actor=actor, kind=kind, given=[(record, person_id) for record in records])
        return {pk: before[pk] for pk in done}, {}

    return _each(actor, kind, rows, "assign", verb, person_id)


def move_records(*, actor: Actor, kind: Kind, rows: Rows, stage: Stage) -> Change:
    """Take every record of `rows` that the person may edit to `stage`, where it has what the stage wants.

    Raises Denied and Invalid where none can go there, ReadOnly.
    """
    require_permission(actor, kind.permission("edit"))
    items, closed = field_map(kind), levels(actor, kind)

    def verb(records: Sequence[Any]) -> Done:
        before = {record.pk: record.stage_id for record in records}
        edits = [Edit(record=record, changes={}, stage=stage) for record in records]
        change_records(actor=actor, kind=kind, items=items, edits=edits, closed=closed)
        return _done(edits, before)

    return _answered(*_each(actor, kind, rows, "move", verb, stage.pk))


def edit_records(*, actor: Actor, kind: Kind, rows: Rows, changes: Mapping[str, Any]) -> Change:
    """Set the same values in every record of `rows` that the person may edit.

    Raises Denied and Invalid where no record can take them, ReadOnly.
    """
    require_permission(actor, kind.permission("edit"))
    items, closed = field_map(kind), levels(actor, kind)
    wanted = {key: items[key] for key in changes if key in items}
    _look_up(actor, kind, items, changes)
    now: dict[str, Any] = {}

    def verb(records: Sequence[Any]) -> Done:
        before = {record.pk: _values(kind, record, wanted) for record in records}
        edits = [Edit(record=record, changes=changes) for record in records]
        change_records(actor=actor, kind=kind, items=items, edits=edits, closed=closed, found=True)
        now.update({key: as_json(value) for edit in edits for key, value in edit.after.items() if key in wanted})
        return _done(edits, before)

    return _answered(*_each(actor, kind, rows, "edit", verb, now))


def delete_records(*, actor: Actor, kind: Kind, rows: Rows) -> Change:
    """Put every record of `rows` that the person may delete into the trash. Raises Denied, ReadOnly."""
    require_permission(actor, kind.permission("delete"))

    def verb(records: Sequence[Any]) -> Done:
        gone, kept = trash_all(actor=actor, kind=kind, records=records)
        return dict.fromkeys(gone), dict[int, PortalError](kept)

    return _answered(*_each(actor, kind, rows, "delete", verb, None))


def hand_over(kind: Kind, *, actor: Actor, from_user: User, to_user: User) -> int:
    """Make `to_user` responsible for all records of a leaving person. Returns how many."""
    rows = kind.rows().alive().filter(responsible_id=from_user.pk)
    return len(_assign(actor, kind, rows, to_user.pk)[0].before)


def count_owned(kind: Kind, user_id: int) -> int:
    """How many records of `kind` the person is responsible for."""
    return int(kind.rows().alive().filter(responsible_id=user_id).count())


def _values(kind: Kind, record: Any, wanted: Mapping[str, Field]) -> dict[str, Any]:
    return {key: as_json(value) for key, value in shaping.state_of(kind, record, wanted).items() if key in wanted}


def _done(edits: Sequence[Edit], before: Mapping[int, Any]) -> Done:
    return (
        {edit.record.pk: before[edit.record.pk] for edit in edits if edit.refusal is None},
        {edit.record.pk: edit.refusal for edit in edits if edit.refusal is not None},
    )


def _look_up(actor: Actor, kind: Kind, items: Mapping[str, Field], changes: Mapping[str, Any]) -> None:
    """Raises Invalid where values that all records get point at what is not there, or not for `actor` to see."""
    pointing = {key: value for key, value in changes.items() if key in items and items[key].type in _LOOKED_UP}
    if pointing:
        read_draft(actor, kind, items, pointing)


def _each(
    actor: Actor, kind: Kind, rows: Rows, action: str, verb: Callable[[Sequence[Any]], Done], after: Any
) -> tuple[Change, PortalError | None]:
    """What was done, set by set, each together with what takes it back; and why the last of those that stayed did.

    Where a later set fails, it and those behind it stay as they are."""
    gates.require_writable()
    change = Change(kind=kind.key, action=action, author_id=actor.id, before={}, after=after)
    stayed = Counter[tuple[str, str]]()
    refusal: PortalError | None = None
    ids = sorted(rows.order_by().values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        part, so_far = ids[start : start + _BATCH], change.before
        try:
            with transaction.atomic():
                records = lock_all(kind, part)
                done, refused = verb(list(records.values()))
                change.before = {**so_far, **{str(pk): was for pk, was in done.items()}}
                if change.before:
                    change.save()
        except Exception as error:
            if not so_far:
                raise
            _log.exception("crm.bulk_stopped", kind=kind.key, action=action)
            change.before = so_far
            failure = error if isinstance(error, PortalError) else PortalError(_("Something went wrong. Try it again."))
            stayed[failure.code, _reason(kind, failure)] += len(ids) - start
            break
        for pk in part:
            if pk not in done:
                missing = Denied(permission=kind.permission(_RIGHTS[action])) if pk in records else gone()
                refusal = refused.get(pk) or missing
                stayed[refusal.code, _reason(kind, refusal)] += 1
    if change._state.adding:
        change.save()
    change.stayed = [(code, text, number) for (code, text), number in stayed.most_common()]
    return change, refusal


def _answered(change: Change, refusal: PortalError | None) -> Change:
    """`change`; where nothing was done, the reason is the answer."""
    if not change.before and refusal is not None:
        raise refusal
    return change


def gone() -> NotFound:
    """Why nothing was done to a record that somebody else has removed."""
    return NotFound(_("It is not there any more, or you may not see it."))


def _reason(kind: Kind, error: PortalError) -> str:
    if not error.fields or error.message != Invalid.default_message:
        return str(error)
    titles = {key: str(item.title) for key, item in field_map(kind).items()}
    return " ".join(
        f"{titles[key]}: {text}" if key in titles else text for key, found in error.fields.items() for text in found
    )


def access_change(actor: Actor, change_id: int) -> Change:
    """What the actor did to many records, while it can be taken back. Raises NotFound."""
    found = Change.objects.filter(pk=change_id, author_id=actor.id, created_at__gt=timezone.now() - KEPT).first()
    if found is None or found.action == "merge":
        raise NotFound
    return found


def undo_change(*, actor: Actor, change: Change) -> int:
    """Take back what was done to many records, as far as the person still may and nobody has changed it since. Returns
    how many. Raises Conflict when it was taken back already, ReadOnly."""
    gates.require_writable()
    kind = kind_named(change.kind)
    with transaction.atomic():
        locked = Change.objects.select_for_update().get(pk=change.pk)
        if locked.undone_at is not None:
            raise Conflict(_("This was taken back already."))
        locked.undone_at = timezone.now()
        locked.save(update_fields=["undone_at"])
        before = {int(pk): was for pk, was in locked.before.items()}
        undo = _UNDOING[locked.action](actor, kind, before, locked.after)
        ids, done = sorted(before), 0
        for start in range(0, len(ids), _BATCH):
            part = lock_all(kind, ids[start : start + _BATCH], trashed=locked.action == "delete")
            done += undo(list(part.values()))
        audit.record(actor, f"{kind.link}.undo", None, note=f"{locked.action}: {done}")
    return done


Undo = Callable[[Sequence[Any]], int]


def _undo_assign(actor: Actor, kind: Kind, before: Mapping[int, Any], after: Any) -> Undo:
    def undo(records: Sequence[Any]) -> int:
        given = [(record, before[record.pk]) for record in records if record.responsible_id == after]
        return len(assign_all(actor=actor, kind=kind, given=given))

    return undo


def _undo_move(actor: Actor, kind: Kind, before: Mapping[int, Any], after: Any) -> Undo:
    items, closed = field_map(kind), levels(actor, kind)
    stages = Stage.objects.select_related("pipeline").in_bulk(set(before.values()))

    def undo(records: Sequence[Any]) -> int:
        edits = [
            Edit(record=record, changes={}, stage=stages[before[record.pk]])
            for record in records
            if record.stage_id == after and before[record.pk] in stages
        ]
        change_records(actor=actor, kind=kind, items=items, edits=edits, closed=closed)
        return sum(edit.refusal is None for edit in edits)

    return undo


def _undo_edit(actor: Actor, kind: Kind, before: Mapping[int, Any], after: Any) -> Undo:
    items, closed = field_map(kind), levels(actor, kind)
    wanted = {key: items[key] for key in after if key in items}
    known: dict[str, bool] = {}

    def there(values: Mapping[str, Any]) -> bool:
        """Whether what they point at can still be pointed at; each value is asked for once."""
        name = repr(sorted(values.items(), key=str))
        if name not in known:
            try:
                _look_up(actor, kind, items, values)
            except Invalid:
                known[name] = False
            else:
                known[name] = True
        return known[name]

    def undo(records: Sequence[Any]) -> int:
        edits = [
            Edit(record=record, changes=before[record.pk])
            for record in records
            if _values(kind, record, wanted) == after and there(before[record.pk])
        ]
        change_records(actor=actor, kind=kind, items=items, edits=edits, closed=closed, found=True)
        return sum(edit.refusal is None for edit in edits)

    return undo


def _undo_delete(actor: Actor, kind: Kind, before: Mapping[int, Any], after: Any) -> Undo:
    return lambda records: len(restore_all(actor=actor, kind=kind, records=records))


_UNDOING = {"assign": _undo_assign, "move": _undo_move, "edit": _undo_edit, "delete": _undo_delete}
