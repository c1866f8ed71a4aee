"""Imports for tests, made by the verbs that make real ones."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from infra.jobs.domain.running import run
from modules.crm.domain.importing.batch import Options
from modules.crm.domain.importing.imports import access_import, arrange, columns_of, start_import, take_file
from modules.crm.domain.importing.running import run_import
from modules.crm.domain.kinds import Kind
from modules.crm.models import Import
from tenants.people.models import User

# Export files of other systems, as companies bring them; they lie beside the repository.
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "import"


def uploaded(name: str, content: bytes | str) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def xlsx(*rows: list[Any]) -> bytes:
    """An XLSX with one sheet of these rows."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def taken(person: User, kind: Kind, name: str, content: bytes | str) -> Import:
    """An uploaded file whose columns are matched."""
    return take_file(actor=person, kind=kind, upload=uploaded(name, content))


def targets(made: Import) -> dict[str, str]:
    """What became of the columns: name → target."""
    return {column.name: column.target for column in columns_of(made)}


def imported(person: User, made: Import, changes: dict[str, str] | None = None, **options: Any) -> Import:
    """The import, carried out; `changes` are columns chosen by hand, by name."""
    chosen = {**targets(made), **(changes or {})}
    arrange(
        actor=person,
        made=made,
        targets=[chosen[column.name] for column in columns_of(made)],
        options=Options(**options),
    )
    started = start_import(actor=person, made=made)
    assert started.job_id is not None
    run(started.job_id, run_import, resumable=True)
    return access_import(person, made.pk)
