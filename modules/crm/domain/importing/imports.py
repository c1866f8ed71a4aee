"""Verbs on imports: a file is taken, its columns are said, it is looked over, started, and taken back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from infra import audit, jobs
from infra.adapters.storage import MissingObject, get_storage, portal_key, random_name
from infra.db.current import current_portal
from infra.jobs.models import UNFINISHED, Job, State
from infra.kit import gates
from infra.kit.access import Actor, may, require_permission
from infra.kit.errors import Conflict, Invalid, LimitReached, NotFound
from modules.crm.domain.access import access_stage
from modules.crm.domain.field_rights import MANAGE
from modules.crm.domain.importing.batch import POLICIES, Options
from modules.crm.domain.importing.headings import plain
from modules.crm.domain.importing.matching import Column, Days, match
from modules.crm.domain.importing.tables import CSV, ENCODINGS, LARGEST, VCARD, Shape, headings_of, rows_of, shape_of
from modules.crm.domain.importing.targets import targets_of
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.domain.people import active_person
from modules.crm.models import Import

ROWS = "crm.import_rows"
# Papers are made from deals, with numbers of their own; a file of them would be none.
_MADE_ELSEWHERE = frozenset({"quote", "invoice"})
_LOOKED_AT, _REMEMBERED = 200, 20


def take_file(*, actor: Actor, kind: Kind, upload: Any) -> Import:
    """Keep an uploaded file and find out what it is: format, encoding, delimiter, columns, number of rows.

    `upload` has `name`, `size` and is readable. Raises Denied, Invalid (with what to do), LimitReached, ReadOnly.
    """
    require_permission(actor, kind.permission("create"))
    gates.require_writable()
    if not importable(kind):
        raise NotFound
    name = str(upload.name).replace("\\", "/").rpartition("/")[2].replace("\0", "").strip()[-200:]
    if not upload.size or upload.size > LARGEST:
        text = _("A file has at most %(most)s MB and is not empty.") % {"most": LARGEST // 1024 // 1024}
        raise Invalid(text, fields={"file": [text]})
    with tempfile.NamedTemporaryFile(prefix="import-") as file:
        shutil.copyfileobj(upload, file)
        file.flush()
        path = Path(file.name)
        shape = shape_of(path, name)
        columns, total = _read_through(path, shape, _matched(actor, kind, path, shape))
        file.seek(0)
        with transaction.atomic():
            gates.reserve("portals.disk_bytes", upload.size)
            made = Import.objects.create(
                kind=kind.key,
                name=name or _("File"),
                key=random_name(),
                size=upload.size,
                shape=shape.to_json(),
                columns=[column.to_json() for column in columns],
                options=asdict(Options()),
                total=total,
                author_id=actor.id,
            )
            get_storage().put(storage_key(made), file, "application/octet-stream")  # type: ignore[arg-type]  # a temporary file is binary
    return made


def importable(kind: Kind) -> bool:
    """Whether records of `kind` can come from files: those that are no papers."""
    return kind.key not in _MADE_ELSEWHERE


def _read_through(path: Path, shape: Shape, columns: Sequence[Column]) -> tuple[list[Column], int]:
    """The columns with the order of days as all rows tell it, and how many rows there are below the header. Raises
    LimitReached above what the plan takes."""
    maximum, language = gates.limit_of(ROWS), _language()
    seen, total = {place: Days() for place in range(len(columns))}, 0
    for row in rows_of(path, shape):
        total += 1
        if maximum is not None and total > maximum:
            text = _("Your plan imports %(maximum)s rows of a file at once. Split the file, or choose a larger plan.")
            raise LimitReached(text % {"maximum": maximum}, limit=ROWS, used=total, maximum=maximum)
        for place, days in seen.items():
            if place < len(row):
                days.look_at(row[place])
        if total == _LOOKED_AT:  # from here on, only columns that hold days, or nothing yet
            seen = {place: days for place, days in seen.items() if days.any or not columns[place].samples}
    return [
        replace(column, days=seen[place].order(language), orders=seen[place].orders(language))
        if place in seen
        else column
        for place, column in enumerate(columns)
    ], total


def _language() -> str:
    language = get_language() or "en"
    return "en-us" if language == "en" and current_portal().region == "US" else language


def _matched(actor: Actor, kind: Kind, path: Path, shape: Shape) -> list[Column]:
    return match(
        kind,
        headings_of(path, shape),
        list(islice(rows_of(path, shape), _LOOKED_AT)),
        targets_of(actor, kind),
        remembered(kind),
        _language(),
    )


def remembered(kind: Kind) -> dict[str, str]:
    """What was chosen for columns of these names in the last imports that were started: name as compared → target."""
    rows = Import.objects.filter(kind=kind.key).exclude(state=Import.State.DRAFT).order_by("-pk")
    found: dict[str, str] = {}
    for columns in rows.values_list("columns", flat=True)[:_REMEMBERED]:
        for column in columns:
            found.setdefault(plain(column["name"]), column["target"])
    return found


def storage_key(made: Import) -> str:
    """Where the file is."""
    return portal_key(f"crm/imports/{made.key}")


@contextmanager
def file_of(made: Import) -> Iterator[Path]:
    """The file of an import as a local one, for as long as the block runs. Raises Conflict where it is kept no more."""
    with tempfile.NamedTemporaryFile(prefix="import-") as file:
        try:
            with get_storage().open(storage_key(made)) as stored:
                shutil.copyfileobj(stored, file)
        except MissingObject:
            raise Conflict(_("The file is kept no longer. Upload it again.")) from None
        file.flush()
        yield Path(file.name)


def visible_imports(actor: Actor, kind: Kind | None = None) -> QuerySet[Import]:
    """One's own imports, newest first; those who may set CRM up see all."""
    rows = Import.objects.order_by("-pk") if kind is None else Import.objects.filter(kind=kind.key).order_by("-pk")
    return rows if may(actor, MANAGE) else rows.filter(author_id=actor.id)


def access_import(actor: Actor, import_id: int) -> Import:
    """An import that `actor` may see. Raises NotFound."""
    found = visible_imports(actor).filter(pk=import_id).select_related("author").first()
    if found is None:
        raise NotFound
    return _ended(found)


def _ended(made: Import) -> Import:
    """The import, over if its job is: one that was cancelled while it waited, or whose workers were killed, ended
    without a word to it."""
    if made.state in (Import.State.RUNNING, Import.State.UNDOING):
        job = Job.objects.filter(pk=made.job_id or 0).values_list("state", flat=True).first()
        if job not in UNFINISHED:
            stopped = job == State.CANCELLED and made.state == Import.State.RUNNING
            state = Import.State.CANCELLED if stopped else Import.State.FAILED
            rows = Import.objects.filter(pk=made.pk, state=made.state, job_id=made.job_id)
            rows.update(state=state, finished_at=timezone.now())
            made.refresh_from_db(fields=["state", "finished_at"])
    return made


def columns_of(made: Import) -> list[Column]:
    """The columns as they are set."""
    return [Column.from_json(column) for column in made.columns]


def options_of(made: Import) -> Options:
    """The options as they are set."""
    return Options(**made.options)


def arrange(
    *,
    actor: Actor,
    made: Import,
    targets: Sequence[str],
    options: Options,
    days: Mapping[int, str] | None = None,
    shape: Mapping[str, Any] | None = None,
) -> Import:
    """Say what each column becomes, in the order of the file, and the options; `days` is the order of day and month in
    columns that leave it open, by their place; `shape` reads the file anew with another encoding, delimiter or header,
    and then finds the columns again. Raises Conflict, Denied, Invalid, ReadOnly."""
    kind = _writable(actor, made)
    if made.state != Import.State.DRAFT:
        raise Conflict(_("This import has begun already."))
    if shape is not None and _shape_given(made, shape) != Shape(**made.shape):
        new = _shape_given(made, shape)
        with file_of(made) as path:
            columns, made.total = _read_through(path, new, _matched(actor, kind, path, new))
        made.shape = new.to_json()
    else:
        columns = _chosen(actor, kind, columns_of(made), targets, days or {})
    _check(kind, options)
    made.columns, made.options = [column.to_json() for column in columns], asdict(options)
    with transaction.atomic():
        if not Import.objects.select_for_update().filter(pk=made.pk, state=Import.State.DRAFT).exists():
            raise Conflict(_("This import has begun already."))
        made.save(update_fields=["columns", "options", "shape", "total"])
    return made


def _shape_given(made: Import, shape: Mapping[str, Any]) -> Shape:
    now = Shape(**made.shape)
    if now.format == VCARD:
        return now
    header = bool(shape.get("header", now.header))
    if now.format != CSV:
        return replace(now, header=header)
    encoding, delimiter = str(shape.get("encoding") or now.encoding), str(shape.get("delimiter") or now.delimiter)
    if encoding not in (now.encoding, *ENCODINGS):
        raise Invalid(fields={"encoding": [_("Choose one of the list.")]})
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise Invalid(fields={"delimiter": [_("Choose one of the list.")]})
    return replace(now, encoding=encoding, delimiter=delimiter, header=header)


def _chosen(
    actor: Actor, kind: Kind, columns: Sequence[Column], targets: Sequence[str], days: Mapping[int, str]
) -> list[Column]:
    known = targets_of(actor, kind)
    if len(targets) != len(columns):
        raise Invalid(_("Say for every column of the file what it becomes."))
    wrong: dict[str, list[str]] = {}
    taken: dict[str, str] = {}
    for place, (column, target) in enumerate(zip(columns, targets, strict=True)):
        if target and target not in known:
            wrong[f"column_{place}"] = [_("Choose one of the list.")]
        elif target and not known[target].many and target in taken:
            names = {"first": taken[target], "title": known[target].title}
            wrong[f"column_{place}"] = [_("“%(title)s” comes from the column “%(first)s” already.") % names]
        taken.setdefault(target, column.name)
        if place in days and days[place] not in (column.days, *column.orders):
            wrong[f"days_{place}"] = [_("The days of “%(name)s” leave no doubt.") % {"name": column.name}]
    if not any(targets):
        wrong["columns"] = [_("Choose for at least one column what it becomes.")]
    if wrong:
        raise Invalid(fields=wrong)
    return [
        replace(column, target=target, days=days.get(place, column.days))
        for place, (column, target) in enumerate(zip(columns, targets, strict=True))
    ]


def _check(kind: Kind, options: Options) -> None:
    if options.duplicates not in POLICIES:
        raise Invalid(fields={"duplicates": [_("Choose one of the list.")]})
    if options.stage_id is not None:
        access_stage(options.stage_id, kind)
    if options.responsible_id is not None:
        active_person(options.responsible_id)


def _writable(actor: Actor, made: Import) -> Kind:
    kind = kind_named(made.kind)
    require_permission(actor, kind.permission("create"))
    gates.require_writable()
    return kind


def start_import(*, actor: Actor, made: Import) -> Import:
    """Begin; it goes on in the background. Starting twice is once. Raises Conflict, Denied, Invalid, ReadOnly."""
    kind = _writable(actor, made)
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=made.pk)
        if locked.state != Import.State.DRAFT:
            raise Conflict(_("This import has begun already."))
        if not any(column.target for column in columns_of(locked)):
            raise Invalid(_("Choose for at least one column what it becomes."))
        job = jobs.start(
            actor, _("Import of %(name)s") % {"name": locked.name}, jobs.named("crm.import_rows"), [locked.pk]
        )
        locked.state, locked.job_id = Import.State.RUNNING, job.pk
        locked.save(update_fields=["state", "job_id"])
        audit.record(actor, "import.start", None, note=f"{kind.key}: {locked.name}")
    return locked


def discard_import(*, actor: Actor, made: Import) -> None:
    """Forget a file that was not started, or what is kept of a finished import. Raises Conflict."""
    with transaction.atomic():
        locked = Import.objects.select_for_update().filter(pk=made.pk).first()
        if locked is None:
            raise NotFound
        if locked.state in (Import.State.RUNNING, Import.State.UNDOING):
            raise Conflict(_("This import is running. Stop it first."))
        audit.record(actor, "import.discard", None, note=f"{made.kind}: {made.name}")
        forget_file(made)
        made.delete()


def forget_file(made: Import) -> None:
    """Remove the stored file and give its room back."""
    key = storage_key(made)
    transaction.on_commit(lambda: get_storage().delete(key))
    gates.release("portals.disk_bytes", made.size)


def start_undo(*, actor: Actor, made: Import) -> Import:
    """Take an import back in the background: what it made goes to the trash, what it changed returns to what it was;
    records that somebody has changed since stay. Raises Conflict, Denied, NotFound, ReadOnly."""
    _writable(actor, made)
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=made.pk)
        if locked.state not in (Import.State.DONE, Import.State.CANCELLED, Import.State.FAILED):
            raise Conflict(_("Only a finished import can be taken back, and only once."))
        title = _("Taking back the import of %(name)s") % {"name": locked.name}
        job = jobs.start(actor, title, jobs.named("crm.undo_import"), [locked.pk])
        locked.state, locked.job_id = Import.State.UNDOING, job.pk
        locked.save(update_fields=["state", "job_id"])
        audit.record(actor, "import.undo", None, note=f"{locked.kind}: {locked.name}")
    return locked
