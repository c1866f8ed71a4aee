"""Many records changed at once: each checked as `edit_record` and `move_record` check it, all written set by set."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit, live
from infra.db.gathering import gathered
from infra.db.many import update_many
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Conflict, Denied, Invalid, NotFound, PortalError
from modules.crm.domain import shaping
from modules.crm.domain.access import reached, require_entry
from modules.crm.domain.announcing import announce_all_changed, announce_all_moved
from modules.crm.domain.consequences import after_edit_all, after_placing_all
from modules.crm.domain.drafts import Draft, read_draft
from modules.crm.domain.fields import Field
from modules.crm.domain.kinds import Kind
from modules.crm.domain.many import insert_links, insert_values
from modules.crm.domain.notifying import notify_watchers, notify_watching
from modules.crm.domain.search import WORKED_OUT
from modules.crm.domain.searched import names_of_linked, search_parts
from modules.crm.domain.selling.documents import refuse_changes
from modules.crm.domain.stay import enter_stage
from modules.crm.domain.telling import tell_card
from modules.crm.models import Address, Affiliation, ContactPoint, DealContact, FieldValue, Record, Stage


@dataclass(kw_only=True)
class Edit:
    """What a record, locked with what hangs on it (`lock_all`), is to become: raw values by field key, and a stage.

    Afterwards `changed` names the fields that differ, and `after` holds every value by field key; with a `refusal`
    nothing of it was done.
    """

    record: Any
    changes: Mapping[str, Any]
    stage: Stage | None = None
    changed: list[str] = field(default_factory=list)
    after: Mapping[str, Any] = field(default_factory=dict)
    refusal: PortalError | None = None


@dataclass(frozen=True, kw_only=True)
class _Sound:
    """An edit that may be written."""

    edit: Edit
    draft: Draft
    told: shaping.Edited

    @property
    def record(self) -> Any:
        return self.edit.record


def change_records(
    *,
    actor: Actor,
    kind: Kind,
    items: Mapping[str, Field],
    edits: Sequence[Edit],
    closed: Collection[str],
    found: bool = False,
) -> None:
    """Carry out `edits` of different records of `kind` inside the caller's transaction; what cannot be done is left.

    `items` are the fields of `kind` by key, `closed` those that `actor` may not set; with `found` the caller has looked
    up, among what `actor` may see, all that the values point at. Audit, events, rules, search, the index of own fields
    and open cards are those of `edit_record` and `move_record`; open lists hear of it once. Raises ReadOnly.
    """
    gates.require_writable()
    rows = reached(kind.rows().alive(), actor, kind, "edit").filter(pk__in=[edit.record.pk for edit in edits])
    allowed = set(rows.values_list("pk", flat=True))
    sound = []
    for edit in edits:
        try:
            if edit.record.pk not in allowed:
                raise Denied(permission=kind.permission("edit"))
            sound.append(_checked(actor, kind, items, edit, closed, found=found))
        except (Conflict, Denied, Invalid, NotFound) as error:
            edit.refusal = error
    sound = [one for one in sound if one.edit.changed or one.edit.stage is not None]
    if sound:
        with transaction.atomic():
            _write(actor, kind, items, sound)


def _checked(
    actor: Actor, kind: Kind, items: Mapping[str, Field], edit: Edit, closed: Collection[str], *, found: bool
) -> _Sound:
    """The edit as it will be written; until then it stands in memory alone."""
    record = edit.record
    before = shaping.state_of(kind, record, items)
    linked = shaping.linked_ids(record)
    draft = read_draft(actor, kind, items, edit.changes, record, linked=linked, closed=closed, found=found)
    shaping.apply(record, draft)
    shaping.finish(kind, record, draft)
    shaping.compute_formulas(record, items)
    after = shaping.state_after(before, record, draft, items)
    changed = [key for key in after if after[key] != before.get(key)]
    refuse_changes(record, changed)
    shaping.refuse_emptying(kind, record, changed, after, items)
    if edit.stage is not None and edit.stage.pk == record.stage_id:
        edit.stage = None
    if edit.stage is not None:
        if edit.stage.pipeline.kind != kind.key:
            raise Invalid(fields={"stage": [_("Choose one of the list.")]})
        require_entry(actor, kind, record, edit.stage)
        shaping.require_for_stage(kind, record, edit.stage, after, items)
    edit.changed, edit.after = changed, after
    return _Sound(
        edit=edit, draft=draft, told=shaping.Edited(record=record, before=before, after=after, changed=changed)
    )


def _write(actor: Actor, kind: Kind, items: Mapping[str, Field], sound: Sequence[_Sound]) -> None:
    names = names_of_linked([(one.record, one.draft) for one in sound])
    found_by = [search_parts(kind, one.record, one.draft, items, own) for one, own in zip(sound, names, strict=True)]
    links = [(one.record.pk, shaping.links_after(one.record, one.draft, one.edit.changed)) for one in sound]
    moved = [(one.record, one.record.stage, one.edit.stage) for one in sound if one.edit.stage is not None]
    with gathered():
        for record, _before, stage in moved:
            enter_stage(record, stage, actor)
            if stage.kind != Stage.Kind.LOST:
                record.lost_reason = None
    update_many(kind.model, [one.record for one in sound], worked_out={"search": (WORKED_OUT, found_by)})
    _write_links(kind, links)
    edited = [one for one in sound if one.edit.changed]
    _write_values(edited, items)
    for one in sound:
        one.record._prefetched_objects_cache = {}  # what hangs on it may be another by now
    after_edit_all([(one.record, one.edit.changed) for one in sound])
    after_placing_all([record for record, _before, _stage in moved])
    _tell(actor, kind, items, edited, moved)


def _write_links(kind: Kind, links: Sequence[tuple[int, Draft]]) -> None:
    """Make what the drafts hold the only rows of their records; a table that a draft does not name stays."""
    owner = f"{kind.link}_id"
    ids: dict[Any, list[int]] = {
        ContactPoint: [pk for pk, draft in links if draft.points],
        Address: [pk for pk, draft in links if draft.addresses is not None],
        Affiliation: [pk for pk, draft in links if draft.workplaces is not None],
        DealContact: [pk for pk, draft in links if draft.participants is not None],
    }
    for model, own in ids.items():
        if own:
            model.objects.filter(**{f"{owner}__in": own}).delete()
    insert_links(kind, links)


def _write_values(edited: Sequence[_Sound], items: Mapping[str, Field]) -> None:
    """Write the index of those own fields anew that any of the records has changed."""
    own = [items[key] for key in sorted({key for one in edited for key in one.edit.changed}) if items[key].custom]
    if own:
        records = [one.record for one in edited]
        ids, keys = [record.pk for record in records], [item.field_id for item in own]
        FieldValue.objects.filter(record_id__in=ids, field_id__in=keys).delete()
        insert_values(records, own)


def _tell(
    actor: Actor,
    kind: Kind,
    items: Mapping[str, Field],
    edited: Sequence[_Sound],
    moved: Sequence[tuple[Record, Stage, Stage]],
) -> None:
    """The audit log, those who listen to events, rules, and whoever looks at a list or a card."""
    audit.record_many(
        actor,
        f"{kind.link}.edit",
        [one.record.ref for one in edited],
        changes=shaping.told(items, [one.told for one in edited]),
    )
    audit.record_many(
        actor,
        f"{kind.link}.move",
        [record.ref for record, _before, _stage in moved],
        changes=[{"stage": (before.title, stage.title)} for _record, before, stage in moved],
    )
    announce_all_changed([(one.record, one.edit.changed) for one in edited], actor)
    announce_all_moved(moved, actor)
    live.send(kind.list_group, "record.changed", {"what": "changed", "actor": actor.id})
    for record, what, more in [
        *((one.record, "changed", {}) for one in edited),
        *((record, "moved", {"from": before.pk, "to": stage.pk}) for record, before, stage in moved),
    ]:
        tell_card(record, what, actor, more)
    new = {one.record.pk: _new_watchers(one) for one in edited}
    for one in edited:
        notify_watching(one.record, new[one.record.pk], actor)
    heard = [one.record for one in edited if not new[one.record.pk] and one.edit.changed != ["watchers"]]
    notify_watchers(heard, "changed", actor)
    notify_watchers([record for record, _before, _stage in moved], "moved", actor)


def _new_watchers(one: _Sound) -> set[int]:
    return set(one.told.after.get("watchers") or ()) - set(one.told.before.get("watchers") or ())
