"""Known records that a file has news of: what differs is worked out for all at once, then changed by the usual verb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra.kit import gates
from infra.kit.errors import Conflict, Denied, Invalid, NotFound
from modules.crm.domain.access import reached
from modules.crm.domain.contact_points import KIND_OF, Point
from modules.crm.domain.fields import ADDRESSES, PEOPLE_OF_DEAL, PLACES_OF_WORK
from modules.crm.domain.importing.batch import ALL, EMPTY, Action, Desk, Outcome
from modules.crm.domain.kinds import value_of
from modules.crm.domain.locking import lock_all
from modules.crm.domain.queries import addresses_by_record, participants_of, points_by_record, workplaces_of
from modules.crm.domain.record import edit_locked, edit_record, move_record
from modules.crm.models import ImportRow

_LINES = ("kind", "street", "unit", "city", "region", "postal_code", "country")


class Held:
    """What the records to be changed hold now, read in a statement per table."""

    def __init__(self, desk: Desk, ids: Sequence[int]) -> None:
        kind = desk.kind
        joined = ["responsible", *(["stage__pipeline"] if kind.staged else [])]
        rows = reached(kind.rows().alive(), desk.known.actor, kind, "edit").filter(pk__in=ids)
        self.records: dict[int, Any] = {row.pk: row for row in rows.select_related(*joined).defer("search")}
        self.points: dict[int, list[Point]] = {}
        self.addresses: dict[int, list[dict[str, Any]]] = {}
        if kind.reachable:
            for pk, of, typed, value, label, extension in points_by_record(kind, ids):
                point = Point(kind=of, typed=typed, value=value, label=label, extension=extension)
                self.points.setdefault(pk, []).append(point)
            for row in addresses_by_record(kind, ids):
                self.addresses.setdefault(row[kind.link], []).append({name: row[name] for name in _LINES})
        self.links: dict[int, list[Any]] = {}
        if kind.key == "contact":
            for pk, company_id, post in workplaces_of(ids):
                self.links.setdefault(pk, []).append({"company": company_id, "post": post})
        if kind.key == "deal":
            for pk, contact_id in participants_of(ids):
                self.links.setdefault(pk, []).append(contact_id)


def update_all(desk: Desk, outcomes: Sequence[Outcome]) -> None:
    """Change what differs in the records of `outcomes`; notes what they held. A refusal is that row's alone."""
    ids = sorted({outcome.record_id for outcome in outcomes if outcome.record_id is not None})
    if not ids:
        return
    gates.require_writable()
    held = Held(desk, ids)
    locked = lock_all(desk.kind, held.records)
    stubs = ImportRow.objects.filter(imported_id=desk.import_id, action=Action.LINKED, kind=desk.kind.key)
    stub_ids = set(stubs.filter(record_id__in=ids).values_list("record_id", flat=True))
    for outcome in sorted(outcomes, key=lambda one: one.record_id or 0):
        first = locked.pop(outcome.record_id or 0, None)  # a second row of the same record reads it anew
        record = first or held.records.get(outcome.record_id or 0)
        if record is None:
            outcome.action, outcome.reason = Action.REFUSED, _("Known already, and you may not change it.")
            continue
        policy = ALL if record.pk in stub_ids else desk.options.duplicates
        _update(desk, outcome, record, held, policy, first=first is not None)


def _update(desk: Desk, outcome: Outcome, record: Any, held: Held, policy: str, *, first: bool) -> None:
    changes, before = _differences(desk, outcome, record, held, policy)
    stage = outcome.stage if policy == ALL and outcome.row.stage and outcome.stage is not None else None
    if stage is not None and stage.pk == record.stage_id:
        stage = None
    if not changes and stage is None:
        outcome.action, outcome.reason = Action.SKIPPED, _("Known already, with nothing new.")
        return
    try:
        with transaction.atomic():
            if changes:
                if first:
                    edit_locked(
                        actor=desk.known.actor, kind=desk.kind, items=desk.known.items, record=record, changes=changes
                    )
                else:
                    record = edit_record(actor=desk.known.actor, record=record, changes=changes)
            if stage is not None:
                before["stage"] = record.stage_id
                record = move_record(actor=desk.known.actor, record=record, stage=stage)
    except Invalid as error:
        texts = [text for found in error.fields.values() for text in found] or [str(error)]
        outcome.action, outcome.reason = Action.REFUSED, " ".join(texts)[:1000]
    except (Denied, NotFound, Conflict) as error:
        outcome.action, outcome.reason = Action.REFUSED, str(error)[:1000]
    else:
        outcome.version, outcome.before = record.version, before


def _differences(
    desk: Desk, outcome: Outcome, record: Any, held: Held, policy: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Raw values to change, and what the record holds for them now, both by field key."""
    draft, items = outcome.draft, desk.known.items
    changes: dict[str, Any] = {}
    before: dict[str, Any] = {}
    if draft is None:
        return changes, before

    def differs(key: str, was: Any, new: Any, raw: Any) -> None:
        if was != new and (policy != EMPTY or not _filled(was)):
            changes[key], before[key] = raw, _json(was)

    for key, value in {**draft.own, **draft.custom}.items():
        if key == "currency" and policy == EMPTY and "amount" not in changes:
            continue
        differs(key, value_of(record, items[key]), value, _raw(value))
    for key, points in draft.points.items():
        own = [point for point in held.points.get(record.pk, []) if point.kind == KIND_OF[key]]
        known = {point.value or point.typed for point in own}
        more = [point for point in points if (point.value or point.typed) not in known]
        if more and (policy != EMPTY or not own):
            changes[key] = [vars(point) for point in (*own, *more)]
            before[key] = [{"typed": p.typed, "label": p.label, "extension": p.extension} for p in own]
    if draft.addresses and not held.addresses.get(record.pk):
        changes[ADDRESSES], before[ADDRESSES] = draft.addresses, []
    links = held.links.get(record.pk, [])
    if policy == EMPTY and links:
        return changes, before
    if draft.workplaces and draft.workplaces[0][0] not in {row["company"] for row in links}:
        pk, post = draft.workplaces[0]
        changes[PLACES_OF_WORK], before[PLACES_OF_WORK] = [*links, {"company": pk, "post": post}], links
    if draft.participants and draft.participants[0] not in links:
        changes[PEOPLE_OF_DEAL], before[PEOPLE_OF_DEAL] = [*links, *draft.participants], links
    return changes, before


def _filled(value: Any) -> bool:
    return value not in (None, "", [], {}, "other") and not (not isinstance(value, bool) and value == 0)


def _raw(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _json(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)
