"""Many records given to others, put into the trash or taken out of it: guards, audit, events and rules are those of
`assign_record`, `delete_record` and `restore_record`, written set by set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from infra import audit, live
from infra.db.many import update_many
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Conflict
from modules.crm.domain.access import reached
from modules.crm.domain.announcing import announce_all_assigned, announce_all_deleted
from modules.crm.domain.consequences import after_placing_all
from modules.crm.domain.kinds import Kind
from modules.crm.domain.notifying import notify_all_assigned, notify_watchers
from modules.crm.domain.selling.documents import held_products, refuse_deleting
from modules.crm.domain.telling import tell_card
from modules.crm.models import Record
from tenants.people.models import User


def assign_all(*, actor: Actor, kind: Kind, given: Sequence[tuple[Any, int | None]]) -> list[int]:
    """Make these people (None: nobody) responsible for records of `kind` that the caller has locked; each is told once.

    What the actor may not change, and what would go to somebody who is not active, stays. Answers the ids of those that
    are where they should be. Raises ReadOnly.
    """
    gates.require_writable()
    people = User.objects.active().in_bulk({pk for _record, pk in given if pk is not None})
    allowed = _allowed(actor, kind, [record for record, _pk in given], "edit")
    sound = [(record, pk) for record, pk in given if record.pk in allowed and (pk is None or pk in people)]
    moved = []
    for record, pk in sound:
        if record.responsible_id != pk:
            moved.append((record, record.responsible))
            record.responsible = people[pk] if pk is not None else None
    if moved:
        records = [record for record, _before in moved]
        update_many(kind.model, records)
        names = [(_name(before), _name(record.responsible)) for record, before in moved]
        refs = [record.ref for record in records]
        audit.record_many(actor, f"{kind.link}.assign", refs, changes=[{"responsible": pair} for pair in names])
        announce_all_assigned([(record, before.pk if before else None) for record, before in moved], actor)
        notify_all_assigned(records, actor)
        _tell(actor, kind, records, "assigned")
    return [record.pk for record, _pk in sound]


def trash_all(*, actor: Actor, kind: Kind, records: Sequence[Any]) -> tuple[list[int], dict[int, Conflict]]:
    """Put locked records of `kind` into the trash; what the actor may not delete, or what must be kept, stays.

    Answers their ids, and by id why others had to be kept. Raises ReadOnly.
    """
    gates.require_writable()
    allowed = _allowed(actor, kind, records, "delete")
    held, gone, kept = held_products(records), list[Any](), dict[int, Conflict]()
    for record in records:
        if record.pk in allowed:
            try:
                refuse_deleting(record, held)
            except Conflict as error:
                kept[record.pk] = error
                continue
            record.deleted_at = timezone.now()
            gone.append(record)
    if gone:
        update_many(kind.model, gone)
        after_placing_all(gone)
        audit.record_many(actor, f"{kind.link}.delete", [record.ref for record in gone])
        announce_all_deleted(gone, actor)
        _tell(actor, kind, gone, "deleted")
    return [record.pk for record in gone], kept


def restore_all(*, actor: Actor, kind: Kind, records: Sequence[Any]) -> list[int]:
    """Take locked records of `kind` out of the trash, as far as the actor may; answers their ids. Raises ReadOnly."""
    gates.require_writable()
    allowed = _allowed(actor, kind, records, "delete", trashed=True)
    back = [record for record in records if record.pk in allowed]
    for record in back:
        record.deleted_at = None
    if back:
        update_many(kind.model, back)
        after_placing_all(back)
        audit.record_many(actor, f"{kind.link}.restore", [record.ref for record in back])
        _tell(actor, kind, back, "created")
    return [record.pk for record in back]


def _allowed(actor: Actor, kind: Kind, records: Sequence[Any], verb: str, *, trashed: bool = False) -> set[int]:
    rows = kind.rows().trashed() if trashed else kind.rows().alive()
    rows = reached(rows, actor, kind, verb).filter(pk__in=[record.pk for record in records])
    return set(rows.values_list("pk", flat=True))


def _name(person: User | None) -> str | None:
    return person.display_name if person else None


def _tell(actor: Actor, kind: Kind, records: Sequence[Record], what: str) -> None:
    live.send(kind.list_group, "record.changed", {"what": what, "actor": actor.id})
    for record in records:
        tell_card(record, what, actor)
    notify_watchers(records, what, actor)
