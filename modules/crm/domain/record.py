"""Verbs on records of every kind: guard, lock, write, audit, publish. What one kind does besides is in `shaping`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor, require_permission
from infra.kit.errors import Denied, Invalid
from infra.kit.spec import Scope
from modules.crm.domain import shaping, value_index
from modules.crm.domain.access import require_create_in, require_entry, require_on
from modules.crm.domain.announcing import (
    announce_assigned,
    announce_changed,
    announce_created,
    announce_deleted,
    announce_moved,
)
from modules.crm.domain.consequences import after_edit, after_placing
from modules.crm.domain.drafts import Draft, read_draft, require_filled
from modules.crm.domain.fields import Field
from modules.crm.domain.kinds import Kind, field_map, kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.notifying import notify_assigned, notify_watching
from modules.crm.domain.people import active_person
from modules.crm.domain.searched import search_value
from modules.crm.domain.selling.documents import held_products, refuse_changes, refuse_deleting
from modules.crm.domain.stay import enter_stage
from modules.crm.domain.telling import tell
from modules.crm.models import LostReason, Record, Stage


def create_record(
    *,
    actor: Actor,
    kind: Kind,
    values: Mapping[str, Any],
    stage: Stage | None = None,
    responsible_id: int | None = None,
    came_from: Record | None = None,
    asks: bool = True,
) -> Any:
    """Make a record of `kind` from raw `values` by field key.

    Without a stage it enters the first one of the usual pipeline; without a responsible person the actor takes it.
    `came_from` is the lead it is converted from. What the stage wants, and required own fields, are to be filled in,
    unless it `asks` for nothing: what is made from another record, with nobody to answer, has and points at what that
    does.
    Raises Denied, Invalid, ReadOnly.
    """
    require_permission(actor, kind.permission("create"))
    gates.require_writable()
    responsible_id = _taker(actor, kind, responsible_id)
    items = field_map(kind)
    values = {key: value for key, value in values.items() if value not in (None, "", [], {})}
    draft = read_draft(actor if asks else SYSTEM, kind, items, values)
    if asks:
        require_filled([item for item in items.values() if item.custom], values)
    with transaction.atomic():
        record = kind.new(responsible_id=responsible_id, created_by_id=actor.id)
        shaping.begin(kind, record, draft, stage=stage, came_from=came_from)
        require_create_in(actor, kind, record.stage if kind.staged else None)
        write_new(kind, record, draft, items)
        if asks and kind.staged:
            shaping.require_for_stage(kind, record, record.stage, items=items)
        audit.record(actor, f"{kind.link}.create", record.ref)
        announce_created(record)
        tell(record, "created", actor)
        notify_watching(record, record.watchers, actor)
    return record


def _taker(actor: Actor, kind: Kind, asked: int | None) -> int | None:
    responsible_id = asked if asked is not None else actor.id
    if responsible_id is not None:
        active_person(responsible_id)
        if responsible_id != actor.id and actor.scope(kind.permission("edit")) < Scope.ALL:
            raise Denied(_("You can create records for yourself only."), permission=kind.permission("edit"))
    return responsible_id


def write_new(kind: Kind, record: Record, draft: Draft, items: Mapping[str, Field]) -> None:
    """Write the rows of a new record inside the caller's transaction."""
    for key, value in draft.own.items():
        setattr(record, key, value)
    record.custom = {key: value for key, value in draft.custom.items() if value not in (None, [], "")}
    shaping.finish(kind, record, draft)
    shaping.compute_formulas(record, items)
    record.search = search_value(kind, record, draft, items)
    record.save(force_insert=True)
    shaping.write_links(kind, record, draft)
    value_index.index(record, [item for item in items.values() if item.custom], fresh=True)


def edit_record(
    *,
    actor: Actor,
    record: Any,
    changes: Mapping[str, Any],
    version: int | None = None,
    seen: Mapping[str, str] | None = None,
) -> Any:
    """Change fields of `record`, raw values by field key; equal values are no change.

    `version` is what the person saw: another one now raises Conflict and changes nothing. `seen` does the same field by
    field (see `seeing`): two people who change different fields do not disturb each other. Raises Denied, Invalid,
    ReadOnly, NotFound.
    """
    kind = kind_of(record)
    gates.require_writable()
    items = field_map(kind)
    with transaction.atomic():
        record = lock(kind, record.pk, version)
        changed = edit_locked(actor=actor, kind=kind, items=items, record=record, changes=changes, seen=seen)
    if changed:
        record.refresh_from_db(fields=["search"])
    return record


def edit_locked(
    *,
    actor: Actor,
    kind: Kind,
    items: Mapping[str, Field],
    record: Any,
    changes: Mapping[str, Any],
    seen: Mapping[str, str] | None = None,
) -> list[str]:
    """`edit_record` inside the caller's transaction, of a record that is locked in a portal that may be written to.

    Answers the keys of what differs. What it raises leaves `record` half changed in memory, to be read anew.
    """
    require_on(actor, kind.permission("edit"), record)
    before = shaping.state_of(kind, record, items)
    draft = read_draft(actor, kind, items, changes, record, linked=shaping.linked_ids(record))
    shaping.refuse_overwriting(items, before, changes, seen)
    shaping.apply(record, draft)
    shaping.finish(kind, record, draft)
    shaping.compute_formulas(record, items)
    after = shaping.state_after(before, record, draft, items)
    changed = [key for key in after if after[key] != before.get(key)]
    if not changed:
        return []
    refuse_changes(record, changed)
    shaping.refuse_emptying(kind, record, changed, after, items)
    record.search = search_value(kind, record, draft, items)
    record.save()
    shaping.write_links(kind, record, draft, changed)
    record._prefetched_objects_cache = {}  # what hangs on it may be another by now
    after_edit(record, changed)
    value_index.index(record, [items[key] for key in changed if items[key].custom])
    edited = shaping.Edited(record=record, before=before, after=after, changed=changed)
    (words,) = shaping.told(items, [edited])
    audit.record(actor, f"{kind.link}.edit", record.ref, words)
    announce_changed(record, changed, actor)
    new = set(record.watchers) - set(before["watchers"])
    tell(record, "changed", actor, besides=record.watchers if changed == ["watchers"] else new)
    notify_watching(record, new, actor)
    return changed


def move_record(
    *,
    actor: Actor,
    record: Any,
    stage: Stage,
    version: int | None = None,
    lost_reason_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Any:
    """Take `record` to `stage`, of any pipeline of its kind; staying is no change.

    The stage's required fields must be filled in: `changes` may bring them along. Raises Conflict, Denied,
    Invalid (naming the fields), ReadOnly, NotFound.
    """
    kind = kind_of(record)
    gates.require_writable()
    if stage.pipeline.kind != kind.key:
        raise Invalid(fields={"stage": [_("Choose one of the list.")]})
    with transaction.atomic():
        record = lock(kind, record.pk, version)
        require_on(actor, kind.permission("edit"), record)
        if changes:
            record = edit_record(actor=actor, record=record, changes=changes)
        before = record.stage
        if before.pk == stage.pk:
            return record
        require_entry(actor, kind, record, stage)
        shaping.require_for_stage(kind, record, stage)
        changed = enter_stage(record, stage, actor)
        told = {"stage": (before.title, stage.title)}
        if stage.kind == Stage.Kind.LOST and lost_reason_id is not None:
            reason = LostReason.objects.filter(pk=lost_reason_id).first()
            if reason is None:
                raise Invalid(fields={"lost_reason": [_("Choose one of the list.")]})
            record.lost_reason = reason
            told["lost_reason_id"] = ("", reason.title)
        elif stage.kind != Stage.Kind.LOST:
            record.lost_reason = None
        record.save(update_fields=[*changed, "lost_reason"])
        after_placing(record)
        audit.record(actor, f"{kind.link}.move", record.ref, told)
        announce_moved(record, before, stage, actor)
        tell(record, "moved", actor, {"from": before.pk, "to": stage.pk})
    return record


def assign_record(*, actor: Actor, record: Any, responsible_id: int | None, version: int | None = None) -> Any:
    """Make another person responsible (None: nobody) and tell them. Raises Conflict, Denied, Invalid, ReadOnly."""
    kind = kind_of(record)
    gates.require_writable()
    person = active_person(responsible_id) if responsible_id is not None else None
    with transaction.atomic():
        record = lock(kind, record.pk, version)
        require_on(actor, kind.permission("edit"), record)
        before = record.responsible
        if record.responsible_id == responsible_id:
            return record
        record.responsible = person
        record.save(update_fields=["responsible"])
        names = (before.display_name if before else None, person.display_name if person else None)
        audit.record(actor, f"{kind.link}.assign", record.ref, {"responsible": names})
        announce_assigned(record, before.pk if before else None, actor)
        if person is not None:
            notify_assigned(record, person, actor)
        tell(record, "assigned", actor, besides=[responsible_id] if responsible_id is not None else ())
    return record


def delete_record(*, actor: Actor, record: Any, version: int | None = None) -> None:
    """Put `record` into the trash, from where it can be restored for 30 days. Raises Conflict, Denied, ReadOnly."""
    kind = kind_of(record)
    gates.require_writable()
    with transaction.atomic():
        record = lock(kind, record.pk, version)
        require_on(actor, kind.permission("delete"), record)
        refuse_deleting(record, held_products([record]))
        record.deleted_at = timezone.now()
        record.save(update_fields=["deleted_at"])
        after_placing(record)
        audit.record(actor, f"{kind.link}.delete", record.ref)
        announce_deleted(record, actor)
        tell(record, "deleted", actor)


def restore_record(*, actor: Actor, record: Any) -> Any:
    """Take `record` out of the trash. Raises Denied, NotFound, ReadOnly."""
    kind = kind_of(record)
    gates.require_writable()
    with transaction.atomic():
        record = lock(kind, record.pk, None, trashed=True)
        require_on(actor, kind.permission("delete"), record)
        record.deleted_at = None
        record.save(update_fields=["deleted_at"])
        after_placing(record)
        audit.record(actor, f"{kind.link}.restore", record.ref)
        tell(record, "created", actor)
    return record
