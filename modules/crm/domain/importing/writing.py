"""Writing a wave of rows: linked companies and contacts first, then new records, then changes, set by set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from infra import audit
from infra.db.many import insert_many
from infra.kit.access import may
from infra.kit.errors import Invalid
from infra.kit.refs import RecordRef
from modules.crm.domain.contact_points import read_lists
from modules.crm.domain.drafts import Draft
from modules.crm.domain.importing.batch import Action, Desk, Outcome, names_linked, own_links
from modules.crm.domain.importing.matching import shown
from modules.crm.domain.importing.rows import split_name
from modules.crm.domain.importing.targets import template_of
from modules.crm.domain.importing.updating import update_all
from modules.crm.domain.kinds import COMPANY, CONTACT, Kind, kind_named
from modules.crm.domain.many import NewRecord, create_records
from modules.crm.domain.selling.requisite import NewRequisite, read_requisite
from modules.crm.domain.selling.requisite_templates import TEMPLATES, bare_number
from modules.crm.domain.shaping import check_tree
from modules.crm.models import Company, ImportRow, Requisite


def write(desk: Desk, outcomes: Sequence[Outcome], name: str) -> int:
    """Write what `outcomes` of a wave say, inside the caller's transaction, and note it row by row.

    Answers how many companies and contacts were made along.
    """
    own_links(desk, outcomes)
    made = _link(desk, outcomes, name)
    new = [outcome for outcome in outcomes if outcome.action == Action.CREATED and outcome.draft is not None]
    records = create_records(
        actor=desk.known.actor,
        kind=desk.kind,
        items=desk.known.items,
        new=[
            NewRecord(
                draft=outcome.draft,  # type: ignore[arg-type]  # asked above
                stage=outcome.stage,
                responsible_id=outcome.responsible_id,
                created_at=outcome.row.created_at,
                linked_names=outcome.linked,
                external=outcome.row.external,
            )
            for outcome in new
        ],
        note=name,
    )
    for outcome, record in zip(new, records, strict=True):
        outcome.record_id, outcome.version = record.pk, record.version
    _add_requisites(desk, new)
    _link_among(desk, new)
    update_all(desk, [outcome for outcome in outcomes if outcome.action == Action.UPDATED])
    _note(desk, outcomes, made)
    return len(made)


def _link(desk: Desk, outcomes: Sequence[Outcome], name: str) -> list[tuple[int, Kind, Any]]:
    """Put ids of companies and contacts into the drafts; those that are not there are made, where that is wished.

    Answers what was made: (number of the row, kind, record).
    """
    made: list[tuple[int, Kind, Any]] = []
    for kind_key, by_name in sorted(names_linked(desk, outcomes).items()):  # companies before contacts
        kind = kind_named(kind_key)
        known = desk.known.named(kind, by_name)
        awaited = _titles(desk, outcomes) if kind is desk.kind else set()
        missing = [text for text in by_name if text not in known and text not in awaited]
        if missing and desk.options.make_linked and may(desk.known.actor, kind.permission("create")):
            records = create_records(
                actor=desk.known.actor,
                kind=kind,
                items=desk.known.items_of(kind),
                new=[_named(kind, text, by_name[text][0]) for text in missing],
                note=name,
            )
            for text, record in zip(missing, records, strict=True):
                known[text] = record.pk
                made.append((by_name[text][0].row.number, kind, record))
        for text, rows in by_name.items():
            for outcome in rows if text in known or text not in awaited else ():
                _put(desk, kind, outcome, text, known.get(text))
    return made


def _titles(desk: Desk, outcomes: Sequence[Outcome]) -> set[str]:
    """What the records that this very wave makes are called."""
    name = desk.kind.title_field
    return {str(one.draft.own.get(name)) for one in outcomes if one.draft is not None and one.action == Action.CREATED}


def _link_among(desk: Desk, new: Sequence[Outcome]) -> None:
    """Parents that were made in the same wave as their branches."""
    if desk.kind is not COMPANY:
        return
    made = {str(one.draft.own["name"]): one.record_id for one in new if one.draft is not None and one.record_id}
    for outcome in new:
        parent_id = made.get(outcome.row.links.get("parent_id", ""))
        if parent_id is None or outcome.record_id is None or outcome.draft is None or "parent_id" in outcome.draft.own:
            continue
        try:
            check_tree(Company(pk=outcome.record_id, parent_id=parent_id))
        except Invalid as error:
            outcome.row.notes += [text for texts in error.fields.values() for text in texts]
        else:
            Company.objects.filter(pk=outcome.record_id).update(parent_id=parent_id)


def _named(kind: Kind, name: str, outcome: Outcome) -> NewRecord:
    """A company or contact that a row names, with what the row tells of it besides."""
    draft = Draft(own=split_name(name) if kind is CONTACT else {kind.title_field: name})
    given = outcome.row.contact if kind is CONTACT else outcome.row.company
    if given:
        try:
            points = read_lists(given)
        except Invalid as error:
            outcome.row.notes += [text for texts in error.fields.values() for text in texts]
        else:
            for key, of in (("phones", "phone"), ("emails", "email"), ("sites", "site")):
                if own := [point for point in points if point.kind == of]:
                    draft.points[key] = own
    linked = []
    if kind is CONTACT and outcome.draft is not None and outcome.draft.own.get("company_id"):
        draft.workplaces = [(outcome.draft.own["company_id"], "")]
        linked = outcome.linked[:1]
    return NewRecord(draft=draft, responsible_id=outcome.responsible_id, linked_names=linked)


def _put(desk: Desk, kind: Kind, outcome: Outcome, name: str, pk: int | None) -> None:
    draft = outcome.draft
    if draft is None:
        return
    for key, text in outcome.row.links.items():
        item = desk.known.items[key]
        if item.custom or text != name or item.links[0] != kind.key:
            continue
        if pk is None:
            outcome.row.notes.append(_("Not found here: %(names)s.") % {"names": name})
        elif item.type == "companies":
            draft.workplaces = [(pk, str(draft.own.get("post", "")))]
        elif item.type == "contacts":
            draft.participants = [pk]
        else:
            draft.own[key] = pk
        if pk is not None and key != "parent_id":
            outcome.linked.append(name)


def _add_requisites(desk: Desk, new: Sequence[Outcome]) -> None:
    rows: list[Requisite] = []
    for outcome in new:
        lines = outcome.row.requisites
        if not lines or desk.kind is not COMPANY:
            continue
        try:
            template, values, _accounts = read_requisite(
                NewRequisite(template=template_of(lines), values=_fitting(lines))
            )
        except Invalid as error:
            outcome.row.notes += [text for texts in error.fields.values() for text in texts]
            continue
        title = values.get("name") or str(outcome.draft.own.get("name", ""))[:200] if outcome.draft else ""
        rows.append(
            Requisite(
                company_id=outcome.record_id,
                template=template.key,
                name=title,
                values=values,
                tax_number=bare_number(values.get(template.tax, "")),
            )
        )
    if rows:
        insert_many(Requisite, rows)
        audit.record_many(
            desk.known.actor,
            "requisite.set",
            [RecordRef("crm", "company", row.company_id) for row in rows if row.company_id],
        )


def _fitting(lines: dict[str, str]) -> dict[str, str]:
    own = {line.key for line in TEMPLATES[template_of(lines)].lines}
    return {key: text for key, text in lines.items() if key in own}


def _note(desk: Desk, outcomes: Sequence[Outcome], made: Sequence[tuple[int, Kind, Any]]) -> None:
    rows = [
        ImportRow(
            imported_id=desk.import_id,
            number=number,
            action=Action.LINKED,
            kind=kind.key,
            record_id=record.pk,
            version=record.version,
        )
        for number, kind, record in made
    ]
    rows += [
        ImportRow(
            imported_id=desk.import_id,
            number=outcome.row.number,
            action=outcome.action,
            kind=desk.kind.key,
            record_id=outcome.record_id,
            external=outcome.row.external if outcome.action != Action.REFUSED else "",
            version=outcome.version,
            before=outcome.before,
            cells=[shown(cell) for cell in outcome.row.cells] if outcome.action == Action.REFUSED else None,
            reason=outcome.reason or " ".join(outcome.row.notes)[:1000],
        )
        for outcome in outcomes
    ]
    insert_many(ImportRow, rows)
