"""An import at work: batch after batch, each with its mark of how far it came in one transaction (promise 40)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import structlog
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra.db.current import portal_schema
from infra.jobs.domain.running import JobCancelled, JobRun
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Denied
from modules.crm.domain.importing.batch import SKIP, Action, Desk, Outcome, look_at, names_linked, waves
from modules.crm.domain.importing.imports import columns_of, file_of, options_of
from modules.crm.domain.importing.known import Known
from modules.crm.domain.importing.rows import Reader, Row
from modules.crm.domain.importing.tables import Shape, rows_of
from modules.crm.domain.importing.targets import targets_of
from modules.crm.domain.importing.writing import write
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.domain.people import default_currency
from modules.crm.models import Import
from tenants.people.models import User

_log = structlog.get_logger(__name__)
BATCH = 500
LOOKED_OVER = 1_000
SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would become of the first rows: counts by action, the rows as shown, names that would be made along."""

    counts: dict[str, int]
    shown: Sequence[Outcome]
    looked_at: int
    linked: int
    whole: bool


def preview(actor: Actor, made: Import) -> Preview:
    """Look over the first rows of an import; nothing is written. Refused rows and those with notes are shown first."""
    reader, desk = _reader(actor, made), Desk(known=_known(actor, made), options=options_of(made))
    with file_of(made) as path:
        rows = list(chain(*_batches(reader, islice(rows_of(path, Shape(**made.shape)), LOOKED_OVER), 0)))
    first, *others = waves(desk, rows) or [[]]
    outcomes = look_at(desk, first)
    again = Action.SKIPPED if desk.options.duplicates == SKIP else Action.UPDATED
    for outcome in look_at(desk, list(chain(*others))):
        if outcome.action != Action.REFUSED:
            outcome.action, outcome.reason = again, _("The same as a row above.")
        outcomes.append(outcome)
    linked = names_linked(desk, outcomes)
    unknown = sum(len(set(names) - set(desk.known.named(kind_named(kind), names))) for kind, names in linked.items())
    outcomes.sort(key=lambda outcome: (outcome.action != Action.REFUSED, not outcome.reason, outcome.row.number))
    return Preview(
        counts=dict(Counter(str(outcome.action) for outcome in outcomes)),
        shown=outcomes[:SHOWN],
        looked_at=len(outcomes),
        linked=unknown if desk.options.make_linked else 0,
        whole=made.total <= LOOKED_OVER,
    )


def _reader(actor: Actor, made: Import) -> Reader:
    kind = kind_named(made.kind)
    return Reader(kind.key, columns_of(made), targets_of(actor, kind), default_currency())


def _known(actor: Actor, made: Import) -> Known:
    return Known(actor, kind_named(made.kind), [column.name for column in columns_of(made)])


def _batches(reader: Reader, rows: Iterator[Sequence[Any]], done: int) -> Iterator[list[Row]]:
    numbered = enumerate(rows, start=1)
    for _number, _cells in islice(numbered, done):
        pass
    while batch := [reader.read(number, cells) for number, cells in islice(numbered, BATCH)]:
        yield batch


def run_import(run: JobRun, import_id: int) -> str:
    """The job: goes on behind the last batch that was committed; answers the address of the result."""
    made = Import.objects.get(pk=import_id)
    with translation.override(_language_of(run.started_by_id)):
        try:
            _all_batches(run, made)
        except JobCancelled:
            _end(made, Import.State.CANCELLED)
            raise
        except Exception:  # what is committed stays, and can be taken back
            _end(made, Import.State.FAILED)
            raise
        _end(made, Import.State.DONE)
    return f"/crm/imports/{made.pk}/"


def _language_of(person_id: int | None) -> str:
    locale = User.objects.filter(pk=person_id).values_list("locale", flat=True).first()
    return locale or translation.get_language() or "en"


def _starter(run: JobRun, kind: Kind) -> User:
    """Who imports, with the rights of this moment. Raises Denied once they have left or may create no more."""
    actor: User | None = User.objects.select_related("role").filter(pk=run.started_by_id).first()
    if actor is None or not actor.is_active:
        raise Denied(permission=kind.permission("create"))
    require_permission(actor, kind.permission("create"))
    return actor


def _all_batches(run: JobRun, made: Import) -> None:
    done, kind = int((run.checkpoint or {}).get("rows", 0)), kind_named(made.kind)
    reader = _reader(_starter(run, kind), made)
    with file_of(made) as path:
        run.progress(done, max(made.total, 1))
        for rows in _batches(reader, rows_of(path, Shape(**made.shape)), done):
            done = rows[-1].number
            with transaction.atomic():
                _in_turn()
                desk = Desk(known=_known(_starter(run, kind), made), options=options_of(made), import_id=made.pk)
                _count(made, _write_sound(desk, reader, rows, made.name))
                run.progress(done, max(made.total, done), checkpoint={"rows": done})
            run.progress(done, max(made.total, done))


def _in_turn() -> None:
    """Batches of a portal are written one after another, until commit: two imports at once see what the other made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"crm.import {portal_schema()}"])


def _write_sound(desk: Desk, reader: Reader, rows: Sequence[Row], name: str) -> Counter[str]:
    """Write a batch; where the database refuses it, row by row, so that one does not spoil the others."""
    try:
        with transaction.atomic():
            return _write_batch(desk, rows, name)
    except (DataError, IntegrityError) as error:
        _log.warning("crm.import_row_by_row", error=str(error)[:300])
    counts: Counter[str] = Counter()
    for number, values in [(row.number, row.cells) for row in rows]:
        try:
            with transaction.atomic():
                counts += _write_batch(desk, [reader.read(number, values)], name)
        except (DataError, IntegrityError):
            row = reader.read(number, values)
            row.wrong.append(_("This row cannot be kept as it is."))
            counts += _write_batch(desk, [row], name)
    return counts


def _write_batch(desk: Desk, rows: Sequence[Row], name: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for wave in waves(desk, rows):
        outcomes = look_at(desk, wave)
        counts[Action.LINKED] += write(desk, outcomes, name)
        counts.update(str(outcome.action) for outcome in outcomes)
    return counts


def _count(made: Import, counts: Counter[str]) -> None:
    Import.objects.filter(pk=made.pk).update(
        created_count=F("created_count") + counts[Action.CREATED],
        updated_count=F("updated_count") + counts[Action.UPDATED],
        skipped_count=F("skipped_count") + counts[Action.SKIPPED],
        refused_count=F("refused_count") + counts[Action.REFUSED],
        linked_count=F("linked_count") + counts[Action.LINKED],
    )


def _end(made: Import, state: str) -> None:
    Import.objects.filter(pk=made.pk).update(state=state, finished_at=timezone.now())
