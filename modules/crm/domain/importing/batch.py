"""Some hundred rows at a time: who is known, what is new, what is refused; looked at, or written in one transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.access import may
from infra.kit.errors import Invalid, PortalError
from infra.kit.spec import Scope
from modules.crm.domain.access import barred_text, is_barred
from modules.crm.domain.drafts import Draft, read_draft, require_filled
from modules.crm.domain.importing.answers import answer_choices
from modules.crm.domain.importing.headings import plain
from modules.crm.domain.importing.known import Known, keys_of, link_kind, not_found
from modules.crm.domain.importing.rows import Row
from modules.crm.domain.importing.targets import RESPONSIBLE
from modules.crm.domain.kinds import Kind
from modules.crm.models import ImportRow, Stage

Action = ImportRow.Action
_SEVERAL = re.compile(r"\s*[,;\n]\s*")
CREATE, SKIP, EMPTY, ALL = "create", "skip", "empty", "all"
POLICIES = (SKIP, EMPTY, ALL, CREATE)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person chose beside the columns. `duplicates` is one of POLICIES: leave them, fill in what is empty,
    overwrite, create them anyway. `make_linked` makes companies and contacts that rows name, `make_answers` answers."""

    duplicates: str = EMPTY
    stage_id: int | None = None
    responsible_id: int | None = None
    make_linked: bool = True
    make_answers: bool = False


@dataclass(kw_only=True)
class Outcome:
    """What becomes of a row, and why; `draft` and whom it goes to where it is written."""

    row: Row
    action: str = Action.CREATED
    record_id: int | None = None
    reason: str = ""
    draft: Draft | None = None
    stage: Stage | None = None
    responsible_id: int | None = None
    before: dict[str, Any] | None = None
    version: int = 0
    linked: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a batch is worked with: the person and the portal (`known`), the options, and the import it belongs to."""

    known: Known
    options: Options
    import_id: int = 0

    @property
    def kind(self) -> Kind:
        """Of what the rows become."""
        return self.known.kind

    @property
    def may_assign(self) -> bool:
        """Whether records may be given to others."""
        return may(self.known.actor, self.kind.permission("edit"), Scope.ALL)

    @property
    def stage(self) -> Stage | None:
        """Where new records enter."""
        chosen = [stage for stage in self.known.stages.values() if stage.pk == self.options.stage_id]
        return chosen[0] if chosen else self.known.first_stage


def waves(desk: Desk, rows: Sequence[Row]) -> list[list[Row]]:
    """`rows` so that no two of a wave are the same record: the later one finds the earlier one in the portal."""
    if desk.options.duplicates == CREATE:
        return [list(rows)]
    found: list[tuple[list[Row], set[tuple[str, str]]]] = []
    for row in rows:
        keys = keys_of(desk.kind, row)
        place = max((place for place, (_rows, taken) in enumerate(found) if taken & keys), default=-1) + 1
        if place == len(found):
            found.append(([], set()))
        found[place][0].append(row)
        found[place][1].update(keys)
    return [wave for wave, _taken in found]


def look_at(desk: Desk, rows: Sequence[Row]) -> list[Outcome]:
    """What becomes of `rows` (a wave): refused, known, or new with its draft.

    Nothing is written but answers of choices, where the person wished so and the import has begun.
    """
    answer_choices(desk.known, rows, wished=desk.options.make_answers, begun=bool(desk.import_id))
    outcomes = [Outcome(row=row) for row in rows]
    sound = [outcome for outcome in outcomes if not outcome.row.wrong]
    for outcome in outcomes:
        _place(desk, outcome)
    twins = {} if desk.options.duplicates == CREATE else desk.known.twins([outcome.row for outcome in sound])
    stubs = _stubs(desk, set(twins.values()))
    for outcome in sound:
        outcome.record_id = twins.get(outcome.row.number)
        _draft(desk, outcome, stub=outcome.record_id in stubs)
    for outcome in outcomes:
        if outcome.row.wrong:
            outcome.action, outcome.reason, outcome.record_id = Action.REFUSED, outcome.row.reason, None
        elif not outcome.reason:
            outcome.reason = " ".join(outcome.row.notes)[:1000]
    return outcomes


def _stubs(desk: Desk, ids: set[int]) -> set[int]:
    """Records that this import made because another row named them: their own row fills them in, whatever is chosen."""
    if not desk.import_id or not ids:
        return set()
    rows = ImportRow.objects.filter(kind=desk.kind.key, record_id__in=ids, action=Action.LINKED)
    found = rows.filter(imported_id=desk.import_id).values_list("record_id", flat=True)
    return {pk for pk in found if pk is not None}


def _place(desk: Desk, outcome: Outcome) -> None:
    """Stage, responsible person and people in fields, by name."""
    row, known = outcome.row, desk.known
    outcome.stage = desk.stage
    if row.stage:
        found = known.stages.get(plain(row.stage))
        if found is not None:
            outcome.stage = found
        elif outcome.stage is not None:
            names = {"stage": row.stage, "enters": outcome.stage.title}
            row.notes.append(_("There is no stage “%(stage)s”: the record enters “%(enters)s”.") % names)
            _comment(row, _("Stage: %(stage)s") % {"stage": row.stage})
    missing = {}
    outcome.responsible_id = desk.options.responsible_id or known.actor.id
    for key, name in row.people.items():
        many = key != RESPONSIBLE and known.items[key].multiple
        for one in _SEVERAL.split(name) if many else [name]:
            person = known.people.get(plain(one))
            if person is None:
                missing[key] = one
            elif key == RESPONSIBLE:
                outcome.responsible_id = person
            elif many:
                row.values[key] = [*row.values.get(key, []), person]
            else:
                row.values[key] = person
    if missing:
        row.notes.append(
            not_found({_("Responsible") if k == RESPONSIBLE else k: n for k, n in missing.items()}, known.items)
        )
    if outcome.responsible_id != known.actor.id and not desk.may_assign:
        outcome.responsible_id = known.actor.id
        row.notes.append(_("You can create records for yourself only."))


def _comment(row: Row, text: str) -> None:
    before = row.values.get("comment", "")
    row.values["comment"] = f"{before}\n{text}".strip()[:10_000]


def _draft(desk: Desk, outcome: Outcome, *, stub: bool) -> None:
    row, known = outcome.row, desk.known
    policy = ALL if stub else desk.options.duplicates
    if outcome.record_id is not None and policy == SKIP:
        outcome.action, outcome.reason = Action.SKIPPED, _("Known already.")
        return
    values = {key: value for key, value in row.values.items() if value not in (None, "", [], {}) and key in known.items}
    try:
        outcome.draft = read_draft(known.actor, desk.kind, known.items, values, closed=known.closed, found=True)
        if outcome.record_id is None:
            given = {**values, **row.links, **row.choices}
            require_filled([item for item in known.items.values() if item.custom], given)
            _require_name(desk.kind, row, outcome.draft)
    except Invalid as error:
        row.wrong += reasons(known, error)
        return
    if outcome.record_id is not None:
        outcome.action = Action.UPDATED
    elif outcome.stage is not None and is_barred(known.making, outcome.stage):
        row.wrong.append(barred_text(outcome.stage))


def _require_name(kind: Kind, row: Row, draft: Draft) -> None:
    """Raises Invalid for a record that would have no name at all."""
    own = draft.own
    parts = {
        "contact": ("first_name", "middle_name", "last_name"),
        "lead": ("title", "person_name", "company_name"),
        "deal": ("title",),
    }.get(kind.key, (kind.title_field,))
    named = any(own.get(part) for part in parts) or any(
        point.kind in ("phone", "email") for points in draft.points.values() for point in points
    )
    if not named and not (kind.key == "deal" and (row.links.get("company_id") or row.links.get("contacts"))):
        raise Invalid(_("Give a name, a phone or an e-mail."))


def reasons(known: Known, error: PortalError) -> list[str]:
    """What is wrong, each text after the title of its field."""
    texts = [
        f"{known.items[key].title}: {text}" if key in known.items else text
        for key, found in error.fields.items()
        for text in found
    ]
    return texts or [str(error.message)]


def names_linked(desk: Desk, outcomes: Sequence[Outcome]) -> dict[str, dict[str, list[Outcome]]]:
    """Names of companies and contacts that the rows to be written link to: kind → name → rows."""
    found: dict[str, dict[str, list[Outcome]]] = {}
    for outcome in outcomes:
        if outcome.draft is None:
            continue
        for key, name in outcome.row.links.items():
            item = desk.known.items[key]
            if not item.custom:
                found.setdefault(link_kind(item).key, {}).setdefault(name, []).append(outcome)
    return found


def own_links(desk: Desk, outcomes: Sequence[Outcome]) -> None:
    """Links of the company's own fields, by exact name; what is not found is told and goes into the comment."""
    keys = {key for outcome in outcomes for key in outcome.row.links if desk.known.items[key].custom}
    for key in sorted(keys):
        item = desk.known.items[key]
        rows = [outcome for outcome in outcomes if outcome.draft is not None and key in outcome.row.links]
        kind = link_kind(item)
        known = desk.known.named(kind, (outcome.row.links[key] for outcome in rows))
        for outcome in rows:
            pk = known.get(outcome.row.links[key])
            if pk is not None and outcome.draft is not None:
                value = f"{kind.key}:{pk}"
                outcome.draft.custom[key] = [value] if item.multiple else value
            else:
                outcome.row.notes.append(not_found({key: outcome.row.links[key]}, desk.known.items))
