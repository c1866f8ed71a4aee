"""A file as a table: which format, encoding and delimiter it has, and its rows one after another, never all at once."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from modules.crm.domain.importing import delimited, vcards, workbooks
from modules.crm.domain.importing.delimited import Torn, unreadable
from modules.crm.domain.importing.headings import looks_like_headings, unnamed

CSV, XLSX, VCARD = "csv", "xlsx", "vcard"
LARGEST = 64 * 1024 * 1024
# More lines than any spreadsheet has, empty ones among them: a file of line ends alone is no work for minutes.
MOST_COLUMNS, MOST_LINES = 300, 3_000_000
_SAMPLE, _CHUNK, _GUESSED = 256 * 1024, 1024 * 1024, 65_536
_DELIMITERS = (";", ",", "\t", "|")
# Code pages that office programs of our languages write.
_CODE_PAGES = ("cp1251", "cp1252", "cp1250", "cp1258", "cp866", "koi8_r", "iso8859_2", "cp1254")
# What a person may say that a file is written in.
ENCODINGS = ("utf-8", "cp1251", "cp1252", "cp1250", "cp1258", "cp866", "koi8_r", "iso8859_2", "utf-16")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a file is read. `header` says that its first row names the columns."""

    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    header: bool = True

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


def shape_of(path: Path, name: str) -> Shape:
    """How the file at `path`, called `name` by the person, is to be read. Raises Invalid, saying what to do."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    if not start.strip():
        raise unreadable(_("The file is empty."))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise unreadable(_("This is a file of an old Excel. Save it as XLSX or CSV, then try again."))
    if zipfile.is_zipfile(path):
        return _with_header(path, Shape(format=XLSX))
    encoding = _encoding(path, start)
    text = start.decode(encoding, "replace").lstrip("\ufeff \r\n\t")
    if text[:11].upper() == "BEGIN:VCARD":
        return Shape(format=VCARD, encoding=encoding)
    if "\0" in text:
        raise unreadable(_("This is no table. Choose a CSV, XLSX or vCard file."))
    return _with_header(path, Shape(format=CSV, encoding=encoding, delimiter=_delimiter(text)))


def _with_header(path: Path, shape: Shape) -> Shape:
    first = list(islice(_all_rows(path, shape), 5))
    if not first:
        raise unreadable(_("The file has no rows."))
    if max(map(_width, first)) > MOST_COLUMNS:
        raise unreadable(_("The file has more than %(most)s columns.") % {"most": MOST_COLUMNS})
    return Shape(**{**shape.to_json(), "header": looks_like_headings(first[0], first[1:])})


def _encoding(path: Path, sample: bytes) -> str:
    """UTF-8 and UTF-16 by themselves; what is neither is guessed among the code pages by what reads as words, there
    where the file stops to be UTF-8: the first letter beyond ASCII may come late."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return name
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if (first == 0) is not (second == 0):  # every other byte of what is plain, and never the one beside it
        return "utf-16-le" if second else "utf-16-be"
    foreign = _no_utf8(path)
    if foreign is None:
        return "utf-8"
    from charset_normalizer import from_bytes

    with path.open("rb") as file:
        file.seek(max(0, foreign - _GUESSED))
        telling = b"\n".join(line for line in file.read(_CHUNK).split(b"\n") if not line.isascii())[:_GUESSED]
    best = from_bytes(telling, cp_isolation=list(_CODE_PAGES), preemptive_behaviour=False).best()
    return best.encoding if best is not None else "cp1252"


def _no_utf8(path: Path) -> int | None:
    """Where the file stops to be UTF-8, None where it is to its end."""
    decoder, place = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return place + error.start
            place += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:  # cut in the middle of a letter
        return place
    return None


def _delimiter(text: str) -> str:
    """The delimiter under which most of the first rows have the same number of columns, more than one."""
    head = text.split("\n", 1)[0].strip().lower()
    if head.startswith("sep=") and len(head) == 5:
        return head[4]

    def score(delimiter: str) -> tuple[int, int]:
        try:
            lengths = [len(row) for row in islice(csv.reader(io.StringIO(text), delimiter=delimiter), 50) if row]
        except csv.Error:
            return 0, 0
        usual = max(set(lengths[:-1] or lengths), key=lengths.count, default=1)
        return (lengths.count(usual) if usual > 1 else 0), usual

    best = max(_DELIMITERS, key=score)
    return best if score(best)[0] else ","


def headings_of(path: Path, shape: Shape) -> list[str]:
    """Names of the columns: the first row's, or “Column 1”…"""
    first = next(_all_rows(path, shape), [])
    if shape.format == VCARD:
        return [str(cell) for cell in first]
    widths = sorted(_width(row) for row in islice(_all_rows(path, shape), 20))
    # Under headings, a row or two that are longer have a comma too many; most rows have a column without a name.
    width = max(_width(first), widths[len(widths) // 2]) if shape.header else max(widths, default=0)
    given = [str(cell).strip() if shape.header and cell is not None else "" for cell in first[:width]]
    given += [""] * (width - len(given))
    return [name[:200] or unnamed(place) for place, name in enumerate(given)]


def _width(row: Sequence[Any]) -> int:
    """How many cells there are up to the last that is filled in."""
    return max((place for place, cell in enumerate(row, start=1) if cell not in (None, "")), default=0)


def rows_of(path: Path, shape: Shape) -> Iterator[list[Any]]:
    """The rows below the header; empty ones are left out. Raises Invalid where the file breaks off."""
    rows = _all_rows(path, shape)
    if shape.header or shape.format == VCARD:
        next(rows, None)
    return rows


def _all_rows(path: Path, shape: Shape) -> Iterator[list[Any]]:
    match shape.format:
        case "xlsx":
            rows: Iterator[Sequence[Any]] = workbooks.rows(path)
        case "vcard":
            rows = vcards.rows(path, shape.encoding)
        case _:
            rows = delimited.rows(path, shape.encoding, shape.delimiter)
    for line, row in enumerate(rows):
        if line > MOST_LINES:
            raise unreadable(_("This file has too many lines. Split it."))
        cells = [cell.strip() if isinstance(cell, str) else cell for cell in row]
        if (width := _width(cells)) > MOST_COLUMNS:
            cells[MOST_COLUMNS:] = ["…"]  # one more than there may be, whatever it held
        if width:
            yield Torn(cells, row.reason) if isinstance(row, Torn) else cells
