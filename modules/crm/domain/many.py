"""Many new records of a kind at once: the guards of `create_record` asked once, its rows written set by set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from infra import audit, live
from infra.db.many import insert_many, new_ids
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from modules.crm.domain import shaping, value_index
from modules.crm.domain.access import require_create_in
from modules.crm.domain.announcing import announce_all_created
from modules.crm.domain.drafts import Draft
from modules.crm.domain.fields import Field
from modules.crm.domain.kinds import Kind
from modules.crm.domain.search import WORKED_OUT
from modules.crm.domain.searched import search_parts
from modules.crm.models import Address, Affiliation, ContactPoint, DealContact, FieldValue, Stage


@dataclass(kw_only=True)
class NewRecord:
    """A record to be made: its draft (`read_draft`), and names of what it is linked to, by which it is found too.

    `created_at` is given where the record is older than its import, `external` where another system has an id for it.
    """

    draft: Draft
    stage: Stage | None = None
    responsible_id: int | None = None
    created_at: datetime | None = None
    linked_names: Sequence[str] = ()
    external: str = ""


def create_records(
    *, actor: Actor, kind: Kind, items: Mapping[str, Field], new: Sequence[NewRecord], note: str = ""
) -> list[Any]:
    """Make `new` records of `kind` (`items`: its fields by key), in order; drafts are checked, people may take them.

    Audit, events, search and the index of own fields are those of `create_record`; open lists hear of it once. `note`
    goes to the audit log. Raises Denied, Invalid, ReadOnly; then nothing is made.
    """
    require_permission(actor, kind.permission("create"))
    gates.require_writable()
    if not new:
        return []
    with transaction.atomic():
        records = [_made(actor, kind, items, one) for one in new]
        for stage in {record.stage for record in records} if kind.staged else ():
            require_create_in(actor, kind, stage)
        for record, pk in zip(records, new_ids(kind.model, len(records)), strict=True):
            record.pk = pk
        insert_many(
            kind.model,
            records,
            worked_out={
                "search": (
                    WORKED_OUT,
                    [
                        search_parts(kind, record, one.draft, items, one.linked_names)
                        for record, one in zip(records, new, strict=True)
                    ],
                )
            },
        )
        insert_links(kind, [(record.pk, one.draft) for record, one in zip(records, new, strict=True)])
        insert_values(records, [item for item in items.values() if item.custom])
        audit.record_many(actor, f"{kind.link}.create", [record.ref for record in records], note)
        announce_all_created(records)
        live.send(kind.list_group, "record.changed", {"what": "created", "actor": actor.id})
    return records


def _made(actor: Actor, kind: Kind, items: Mapping[str, Field], one: NewRecord) -> Any:
    record = kind.new(responsible_id=one.responsible_id, created_by_id=actor.id, updated_at=timezone.now())
    shaping.begin(kind, record, one.draft, stage=one.stage, came_from=None)
    for key, value in one.draft.own.items():
        setattr(record, key, value)
    record.custom = {key: value for key, value in one.draft.custom.items() if value not in (None, [], "")}
    record.external_id = one.external
    if one.created_at is not None:
        record.created_at = one.created_at
    shaping.finish(kind, record, one.draft)
    shaping.compute_formulas(record, items)
    return record


def insert_links(kind: Kind, pairs: Sequence[tuple[int, Draft]]) -> None:
    """Phones, e-mails, addresses, places of work and people of deals that the drafts give to records by id, each in
    one statement."""
    owner = f"{kind.link}_id"
    insert_many(
        ContactPoint,
        [
            ContactPoint(**{owner: pk}, **vars(point), position=place)
            for pk, draft in pairs
            for place, point in enumerate(one for points in draft.points.values() for one in points)
        ],
    )
    insert_many(
        Address,
        [
            Address(**{owner: pk}, **lines, position=place)
            for pk, draft in pairs
            for place, lines in enumerate(draft.addresses or ())
        ],
    )
    insert_many(
        Affiliation,
        [
            Affiliation(contact_id=pk, company_id=company_id, post=post, position=place)
            for pk, draft in pairs
            for place, (company_id, post) in enumerate(draft.workplaces or ())
        ],
    )
    insert_many(
        DealContact,
        [
            DealContact(deal_id=pk, contact_id=contact_id, position=place)
            for pk, draft in pairs
            for place, contact_id in enumerate(draft.participants or ())
        ],
    )


def insert_values(records: Sequence[Any], own: Sequence[Field]) -> None:
    """The index of the fields `own` (custom ones) of records that are not in it."""
    insert_many(
        FieldValue,
        [
            FieldValue(field_id=item.field_id, record_id=record.pk, number=number, text=text)
            for record in records
            if record.custom
            for item in own
            for number, text in value_index.rows_of(item, record.custom.get(item.key))
        ],
    )
