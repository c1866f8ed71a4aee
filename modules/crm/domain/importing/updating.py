"""Known records that a file has news of: what differs is worked out, then changed for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from modules.crm.domain.access import reached
from modules.crm.domain.contact_points import KIND_OF, addresses_of, points_of
from modules.crm.domain.fields import ADDRESSES, PEOPLE_OF_DEAL, PLACES_OF_WORK
from modules.crm.domain.importing.batch import ALL, EMPTY, Action, Desk, Outcome, reasons
from modules.crm.domain.kinds import value_of
from modules.crm.domain.locking import lock_all
from modules.crm.domain.many_changes import Edit, change_records
from modules.crm.domain.values import as_json
from modules.crm.models import Contact, Deal, ImportRow


def update_all(desk: Desk, outcomes: Sequence[Outcome]) -> None:
    """Change what differs in the records of `outcomes`; notes what they held. A refusal is that row's alone."""
    rest = sorted(outcomes, key=lambda one: one.record_id or 0)
    while rest:
        first = {outcome.record_id: outcome for outcome in reversed(rest)}
        _update(desk, list(first.values()))
        rest = [one for one in rest if first[one.record_id] is not one]  # another row of a record reads it anew


def _update(desk: Desk, outcomes: Sequence[Outcome]) -> None:
    """The same for rows of different records."""
    actor, kind = desk.known.actor, desk.kind
    ids = [outcome.record_id for outcome in outcomes if outcome.record_id is not None]
    records = lock_all(kind, ids)
    mine = reached(kind.rows().alive(), actor, kind, "edit").filter(pk__in=ids)
    allowed = set(mine.values_list("pk", flat=True))
    stubs = ImportRow.objects.filter(imported_id=desk.import_id, action=Action.LINKED, kind=kind.key)
    stub_ids = set(stubs.filter(record_id__in=ids).values_list("record_id", flat=True))
    planned: list[tuple[Outcome, Edit, dict[str, Any]]] = []
    for outcome in outcomes:
        record = records.get(outcome.record_id or 0)
        if record is None or record.pk not in allowed:
            outcome.action, outcome.reason = Action.REFUSED, _("Known already, and you may not change it.")
            continue
        policy = ALL if record.pk in stub_ids else desk.options.duplicates
        changes, before = _differences(desk, outcome, record, policy)
        stage = outcome.stage if policy == ALL and outcome.row.stage else None
        if stage is not None and stage.pk != record.stage_id:
            before["stage"] = record.stage_id
        elif not changes:
            outcome.action, outcome.reason = Action.SKIPPED, _("Known already, with nothing new.")
            continue
        planned.append((outcome, Edit(record=record, changes=changes, stage=stage), before))
    if not planned:
        return
    edits = [edit for _outcome, edit, _before in planned]
    change_records(actor=actor, kind=kind, items=desk.known.items, edits=edits, closed=desk.known.closed, found=True)
    for outcome, edit, before in planned:
        if edit.refusal is None:
            outcome.version, outcome.before = edit.record.version, before
        else:
            outcome.action = Action.REFUSED
            outcome.reason = " ".join(reasons(desk.known, edit.refusal))[:1000]


def _differences(desk: Desk, outcome: Outcome, record: Any, policy: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Raw values to change, and what the record holds for them now, both by field key."""
    draft, items = outcome.draft, desk.known.items
    changes: dict[str, Any] = {}
    before: dict[str, Any] = {}
    if draft is None:
        return changes, before

    def differs(key: str, was: Any, new: Any, raw: Any) -> None:
        if was != new and (policy != EMPTY or not _filled(was)):
            changes[key], before[key] = raw, as_json(was)

    for key, value in {**draft.own, **draft.custom}.items():
        if key == "currency" and policy == EMPTY and "amount" not in changes:
            continue
        differs(key, value_of(record, items[key]), value, _raw(value))
    held = points_of(record) if draft.points else []
    for key, points in draft.points.items():
        own = [point for point in held if point.kind == KIND_OF[key]]
        known = {point.same for point in own}
        more = [point for point in points if point.same not in known]
        if more and (policy != EMPTY or not own):
            changes[key] = [*own, *more]
            before[key] = [{"typed": p.typed, "label": p.label, "extension": p.extension} for p in own]
    if draft.addresses and not addresses_of(record):
        changes[ADDRESSES], before[ADDRESSES] = draft.addresses, []
    links = _links_of(record)
    if policy == EMPTY and links:
        return changes, before
    if draft.workplaces and draft.workplaces[0][0] not in {row["company"] for row in links}:
        pk, post = draft.workplaces[0]
        changes[PLACES_OF_WORK], before[PLACES_OF_WORK] = [*links, {"company": pk, "post": post}], links
    if draft.participants and draft.participants[0] not in links:
        changes[PEOPLE_OF_DEAL], before[PEOPLE_OF_DEAL] = [*links, *draft.participants], links
    return changes, before


def _links_of(record: Any) -> list[Any]:
    """Places of work of a contact, people of a deal."""
    match record:
        case Contact():
            return [{"company": row.company_id, "post": row.post} for row in record.affiliations.all()]
        case Deal():
            return [row.contact_id for row in record.participants.all()]
    return []


def _filled(value: Any) -> bool:
    return value not in (None, "", [], {}, "other") and not (not isinstance(value, bool) and value == 0)


def _raw(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
