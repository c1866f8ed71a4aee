"""Taking an import back: exactly what it did, and nothing that somebody has touched since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Model, OuterRef, Q, Subquery
from django.utils import timezone

from infra import audit, live
from infra.jobs.domain.running import JobRun
from infra.kit.access import Actor
from infra.kit.refs import RecordCard
from modules.crm.domain.access import visible
from modules.crm.domain.announcing import announce_all_deleted
from modules.crm.domain.field_rights import levels
from modules.crm.domain.kinds import Kind, field_map, kind_named
from modules.crm.domain.locking import lock_all
from modules.crm.domain.many_changes import Edit, change_records
from modules.crm.domain.merge import links_to
from modules.crm.models import (
    Affiliation,
    DealContact,
    Import,
    ImportRow,
    Record,
    Requisite,
    RuleRun,
    Stage,
    StageStay,
)
from tenants.people.models import User

_BATCH = 500
_Action = ImportRow.Action
# What an import writes beside its records, and what the portal notes by itself: no sign that somebody touched them.
_WRITTEN_ALONG = (Requisite, RuleRun, StageStay)


@dataclass(frozen=True, kw_only=True)
class _Touched:
    """A record that the import made or changed: as it left it."""

    pk: int
    made: bool
    version: int


def run_undo(run: JobRun, import_id: int) -> str:
    """The job: by kinds, deals before contacts before companies, batch after batch; repeating does no harm."""
    made = Import.objects.get(pk=import_id)
    actor = User.objects.select_related("role").get(pk=run.started_by_id)
    rows = made.rows.filter(action__in=[_Action.CREATED, _Action.LINKED, _Action.UPDATED], kept=False)
    total = rows.values("kind", "record_id").distinct().count()
    done = 0
    for kind_key in sorted(set(rows.values_list("kind", flat=True)), key=_order):
        kind, after = kind_named(kind_key), 0
        while batch := _touched(made, kind, after):
            after = batch[-1].pk
            with transaction.atomic():
                _take_back(actor, made, kind, batch)
            done += len(batch)
            run.progress(done, max(total, done))
    kept = made.rows.filter(kept=True).values("kind", "record_id").distinct().count()
    Import.objects.filter(pk=made.pk).update(state=Import.State.UNDONE, kept_count=kept, finished_at=timezone.now())
    return f"/crm/imports/{made.pk}/"


def kept_records(actor: Actor, made: Import, most: int) -> list[RecordCard]:
    """What stayed when the import was taken back, as far as `actor` may see it."""
    rows = made.rows.filter(kept=True).values_list("kind", "record_id").distinct()
    found: list[RecordCard] = []
    for kind_key in sorted({kind_key for kind_key, _pk in rows}):
        kind = kind_named(kind_key)
        ids = [pk for key, pk in rows if key == kind_key][:most]
        cards = visible(actor, kind).filter(pk__in=ids).defer("search").order_by("pk")
        found += [
            RecordCard(ref=row.ref, title=str(row), subtitle="", url=kind.url("card", row.pk), icon=kind.icon)
            for row in cards
        ]
    return found[:most]


def _order(kind_key: str) -> int:
    return {"contact": 1, "company": 2}.get(kind_key, 0)


def _touched(made: Import, kind: Kind, after: int) -> list[_Touched]:
    rows = made.rows.filter(kind=kind.key, record_id__gt=after).exclude(action__in=[_Action.SKIPPED, _Action.REFUSED])
    grouped = rows.values("record_id").annotate(last=Max("version"), new=Max("pk", filter=_MADE)).order_by("record_id")
    return [
        _Touched(pk=row["record_id"] or 0, made=row["new"] is not None, version=row["last"]) for row in grouped[:_BATCH]
    ]


_MADE = Q(action__in=[_Action.CREATED, _Action.LINKED])


def _take_back(actor: Actor, made: Import, kind: Kind, batch: Sequence[_Touched]) -> None:
    ids = [one.pk for one in batch]
    now = {
        row.pk: row
        for row in kind.rows().select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").defer("search")
    }
    same = [
        one for one in batch if one.pk in now and now[one.pk].version == one.version and now[one.pk].deleted_at is None
    ]
    new = [one.pk for one in same if one.made]
    linked = _linked_since(made, kind, new)
    gone = [pk for pk in new if pk not in linked]
    _delete(actor, kind, [now[pk] for pk in gone])
    returned = _give_back(actor, made, kind, [one.pk for one in same if not one.made])
    trashed = {pk for pk, row in now.items() if row.deleted_at is not None} | (set(ids) - set(now))
    kept = set(ids) - set(gone) - returned - trashed
    made.rows.filter(kind=kind.key, record_id__in=kept).update(kept=True)


_OWNERS: Mapping[type[Model], str] = {Affiliation: "contact", DealContact: "deal"}


def _linked_since(made: Import, kind: Kind, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that something points at which the import did not make: activities, files, deals, contacts."""
    if not ids:
        return set()
    found: set[int] = set()
    for model, name in links_to(kind):
        if model in _WRITTEN_ALONG:
            continue
        rows: Any = model._default_manager.filter(**{f"{name}_id__in": list(ids)})
        owner = _OWNERS.get(model)
        if owner is not None:
            rows = rows.exclude(**{f"{owner}_id__in": _own(made, owner)})
            rows = rows.filter(**{f"{owner}__deleted_at__isnull": True})
        elif issubclass(model, Record):
            rows = rows.exclude(pk__in=_own(made, model.kind)).filter(deleted_at__isnull=True)
        found.update(rows.values_list(f"{name}_id", flat=True))
    return found


def _own(made: Import, kind_key: str) -> Any:
    return made.rows.filter(_MADE, kind=kind_key, kept=False).values("record_id")


def _delete(actor: Actor, kind: Kind, records: Sequence[Any]) -> None:
    """Into the trash, from where each can still be restored for 30 days."""
    if not records:
        return
    ids = [record.pk for record in records]
    kind.rows().filter(pk__in=ids).update(
        deleted_at=timezone.now(), version=F("version") + 1, updated_at=timezone.now()
    )
    audit.record_many(actor, f"{kind.link}.delete", [record.ref for record in records])
    announce_all_deleted(records, actor)
    live.send(kind.list_group, "record.changed", {"what": "deleted", "actor": actor.id})


def _give_back(actor: Actor, made: Import, kind: Kind, ids: Sequence[int]) -> set[int]:
    """Give updated records the values that they had before their first change by this import; answers which took
    them."""
    if not ids:
        return set()
    rows = made.rows.filter(kind=kind.key, record_id__in=ids, action=_Action.UPDATED)
    values: dict[int, dict[str, Any]] = {pk: {} for pk in ids}
    for pk, before in rows.order_by("-pk").values_list("record_id", "before"):
        values[pk or 0] |= before or {}
    entered = {own["stage"] for own in values.values() if "stage" in own}
    stages = Stage.objects.select_related("pipeline").in_bulk(entered)
    edits = []
    for pk, record in lock_all(kind, ids).items():
        stage_id = values[pk].pop("stage", None)
        if stage_id is None or stage_id in stages:
            edits.append(Edit(record=record, changes=values[pk], stage=stages.get(stage_id)))
    change_records(actor=actor, kind=kind, items=field_map(kind), edits=edits, closed=levels(actor, kind))
    returned = {edit.record.pk for edit in edits if edit.refusal is None}
    version = kind.rows().filter(pk=OuterRef("record_id")).order_by().values("version")
    rows.filter(record_id__in=returned).update(version=Subquery(version))
    return returned
