"""Exports of exactly what a list shows: CSV as a stream, XLSX through a temporary file. Memory stays flat."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from defusedcsv import csv as defused
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from infra.db.current import enter
from infra.ui.lists.columns import Column, Plain
from infra.ui.lists.keyset import Page

CHUNK = 1000
FORMATS = ("csv", "xlsx")
_BEHIND_BLANKS = re.compile(r"^[\t\r\n ]+[=+\-@|%]|^[\t\r]")
_ILLEGAL = re.compile(r"[\000-\010\013\014\016-\037]")


class Slice(Protocol):
    """A page of a list (`ListScreen.slice`)."""

    def __call__(self, *, size: int, after: str = "") -> Page[Any]: ...


def export(request: HttpRequest, pages: Slice, columns: Sequence[Column], *, name: str, form: str) -> HttpResponseBase:
    """What `pages` give, with `columns`, as a file called `name`; `form` is one of FORMATS."""
    return file_of(_lines(request, pages, columns), name=name, form=form)


def file_of(lines: Iterable[list[Plain]], *, name: str, form: str) -> HttpResponseBase:
    """Any lines as a file called `name`; they are read while it is being sent, so they must not need the portal."""
    filename = f"{name}-{timezone.localdate().isoformat()}.{form}"
    if form == "csv":
        response: HttpResponseBase = StreamingHttpResponse(_csv(lines), content_type="text/csv; charset=utf-8")
    else:
        response = FileResponse(
            _xlsx(lines), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(request: HttpRequest, pages: Slice, columns: Sequence[Column]) -> Iterator[list[Plain]]:
    """Heading and rows. They are read while the answer is being sent, after the middleware has left the portal, so each
    chunk enters it again, with the person's language and zone."""
    portal, language = request.portal, translation.get_language()  # type: ignore[attr-defined]  # set by HostMiddleware
    zone = timezone.get_current_timezone()
    yield [str(column.title) for column in columns]
    after = ""
    while True:
        with enter(portal), translation.override(language), timezone.override(zone):
            page = pages(size=CHUNK, after=after)
            lines = [[column.plain(row) for column in columns] for row in page.rows]
        yield from lines
        if not page.after:
            return
        after = page.after


def defuse(value: Plain) -> Plain:
    """Text that a spreadsheet would take for a formula, also behind tabs and line ends, gets an apostrophe."""
    if isinstance(value, str) and _BEHIND_BLANKS.match(value):
        return "'" + value
    return value


def _csv(lines: Iterable[list[Plain]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = defused.writer(buffer, quoting=csv.QUOTE_MINIMAL)
    yield "\ufeff"  # tells Excel that it is UTF-8
    for line in lines:
        writer.writerow([defuse(value.isoformat(" ") if isinstance(value, datetime) else value) for value in line])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _xlsx(lines: Iterable[list[Plain]]) -> Any:
    from openpyxl import Workbook  # ten megabytes, needed by the process that exports alone
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in lines:
        cells = []
        for value in line:
            text = _ILLEGAL.sub("", value)[:32_767] if isinstance(value, str) else value
            cell = WriteOnlyCell(sheet, value=text)  # type: ignore[arg-type]  # Decimal is a number to the library
            if isinstance(text, str):
                cell.data_type = "s"  # never a formula, whatever it starts with
            elif isinstance(text, Decimal):
                cell.number_format = "#,##0.00"
            cells.append(cell)
        sheet.append(cells)
    file = tempfile.TemporaryFile()  # noqa: SIM115  (FileResponse closes it)
    book.save(file)
    file.seek(0)
    return file
