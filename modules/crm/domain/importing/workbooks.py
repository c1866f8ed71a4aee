"""XLSX (ECMA-376) as rows one after another. What a stranger's file may hold is bounded part by part, and no tree is
built of it: a file of two megabytes would unfold to gigabytes otherwise (promise 66)."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from modules.crm.domain.importing.delimited import unreadable

# What an XLSX may unfold to; its shared texts and its styles are the parts that have to be in memory as a whole.
LARGEST_UNPACKED, LARGEST_TEXTS, LARGEST_OTHER = 512 * 1024 * 1024, 64 * 1024 * 1024, 16 * 1024 * 1024
MOST_PARTS, MOST_CELLS, MOST_IN_A_ROW, LONGEST_CELL = 2_000, 20_000_000, 16_384, 131_072
_MOST_TEXTS, _MOST_STYLES = 5_000_000, 200_000
_CHUNK, _DEEPEST, _LONGEST_TAG = 65_536, 64, 1024 * 1024
_DAMAGED = (zipfile.BadZipFile, zlib.error, expat.ExpatError, RuntimeError, NotImplementedError, EOFError, OSError)


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ECMA-376, 22.4.2.4


def _letter(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter.isprintable() or letter in "\t\n\r" else ""


def _damaged() -> Exception:
    return unreadable(_("This XLSX is damaged. Open it, save it again, then try once more."))


def _too_much() -> Exception:
    return unreadable(_("This XLSX unfolds to far too much. Save the rows you need as CSV."))


def rows(path: Path) -> Iterator[list[Any]]:
    """The rows of the first sheet that has any; raises Invalid, saying what to do."""
    if _listed(path) > MOST_PARTS:
        raise _too_much()
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive)
            book = _Book(archive)
            for part in book.sheets:
                found = False
                for row in _Sheet(archive, part, book).rows():
                    found = found or bool(row)
                    yield row
                if found:
                    return
    except (*_DAMAGED, ValueError, KeyError, IndexError) as error:
        raise _damaged() from error


def _listed(path: Path) -> int:
    """How many parts there are, counted before any is looked at."""
    with path.open("rb") as file:
        return sum(chunk.count(b"PK\x01\x02") for chunk in iter(lambda: file.read(_CHUNK), b""))


def _check(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise unreadable(_("This archive is no XLSX table."))
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise _too_much()
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise _damaged()


class _Reading:
    """A part of an archive read by its tags. `begin` and `end` are called with local names; `text` is what stands
    between the tags since it was last emptied, where `reading` asks for it. What
    follows once it is `over` is not read."""

    def __init__(self, archive: zipfile.ZipFile, part: str, largest: int) -> None:
        self._archive, self._part, self._largest = archive, part, largest
        self._depth, self._heard, self.over = 0, True, False
        self.reading, self.text, self._length = False, list[str](), 0

    def begin(self, tag: str, given: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def parse(self) -> Iterator[None]:
        """Go on, a piece at a time."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._stop
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._hear, self._declared
        if self._archive.getinfo(self._part).file_size > self._largest:
            raise _too_much()
        silent = 0
        with self._archive.open(self._part) as file:
            while chunk := file.read(_CHUNK):
                self._heard = False
                parser.Parse(chunk)
                silent = 0 if self._heard else silent + len(chunk)
                if silent > _LONGEST_TAG:  # one tag or remark without an end
                    raise _too_much()
                yield
                if self.over:
                    return
            parser.Parse(b"", True)
            yield

    def read(self) -> None:
        """Go to the end."""
        for _piece in self.parse():
            pass

    def _declared(self, *_given: Any) -> None:
        raise _damaged()

    def _start(self, tag: str, given: dict[str, str]) -> None:
        self._heard = True
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _too_much()
        self.begin(tag.rpartition(":")[2], given)

    def _stop(self, tag: str) -> None:
        self._depth -= 1
        self.end(tag.rpartition(":")[2])

    def _hear(self, text: str) -> None:
        self._heard = True
        if self.reading:
            self.text.append(text)
            self._length += len(text)
            if self._length > LONGEST_CELL:
                raise unreadable(
                    _("A cell holds more than %(most)s letters. Shorten it, then try once more.")
                    % {"most": LONGEST_CELL}
                )

    def told(self) -> str:
        """What was read, which is empty then."""
        text = "".join(self.text)
        self.text.clear()
        self._length = 0
        return _ESCAPED.sub(_letter, text) if "_x" in text else text


class _Texts(_Reading):
    """The shared texts, as one piece of bytes and where each begins."""

    def __init__(self, archive: zipfile.ZipFile, part: str) -> None:
        super().__init__(archive, part, LARGEST_TEXTS)
        self._bytes, self._places, self._spoken = bytearray(), array("L", [0]), False
        self.read()

    def begin(self, tag: str, given: dict[str, str]) -> None:
        if tag == "rPh":  # how it is pronounced
            self._spoken = True
        self.reading = tag == "t" and not self._spoken

    def end(self, tag: str) -> None:
        self.reading = False
        if tag == "rPh":
            self._spoken = False
        elif tag == "si":
            self._bytes += self.told().encode()
            self._places.append(len(self._bytes))
            if len(self._places) > _MOST_TEXTS:
                raise _too_much()

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self._places) - 1:
            raise IndexError
        return self._bytes[self._places[place] : self._places[place + 1]].decode()


class _Named(_Reading):
    """Tags of a small part with what they were given, in order: those of `names` alone."""

    def __init__(self, archive: zipfile.ZipFile, part: str, *names: str) -> None:
        super().__init__(archive, part, LARGEST_OTHER)
        self._names, self._above, self.found = names, list[str](), list[tuple[str, str, dict[str, str]]]()
        if part in archive.NameToInfo:
            self.read()

    def begin(self, tag: str, given: dict[str, str]) -> None:
        if tag in self._names:
            self.found.append((self._above[-1] if self._above else "", tag, given))
            if len(self.found) > _MOST_STYLES:
                raise _too_much()
        self._above.append(tag)

    def end(self, tag: str) -> None:
        self._above.pop()


class _Book:
    """What the cells of all sheets need: shared texts, which styles are days, and the year days are counted from."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

        told = _Named(archive, "xl/workbook.xml", "sheet", "workbookPr").found
        aims = {
            given.get("Id"): posixpath.normpath(posixpath.join("/xl", given.get("Target", "")))[1:]
            for _above, _tag, given in _Named(archive, "xl/_rels/workbook.xml.rels", "Relationship").found
            if given.get("Type", "").endswith("/worksheet")
        }
        ids = [
            next((value for name, value in given.items() if name.rpartition(":")[2] == "id"), None)
            for _above, tag, given in told
            if tag == "sheet"
        ]
        self.sheets = [aims[one] for one in ids if one in aims and aims[one] in archive.NameToInfo]
        base = next((given.get("date1904") for _above, tag, given in told if tag == "workbookPr"), None)
        self.epoch = MAC_EPOCH if base in ("1", "true") else WINDOWS_EPOCH
        self.days, self.spans = self._styles(archive)
        part = next((name for name in archive.NameToInfo if name.lower() == "xl/sharedstrings.xml"), None)
        self.texts = _Texts(archive, part) if part else None

    @staticmethod
    def _styles(archive: zipfile.ZipFile) -> tuple[set[str], set[str]]:
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

        told = _Named(archive, "xl/styles.xml", "numFmt", "xf").found
        formats = {str(number): text for number, text in BUILTIN_FORMATS.items()}
        formats |= {given["numFmtId"]: given.get("formatCode", "") for above, _t, given in told if above == "numFmts"}
        used = [given.get("numFmtId", "0") for above, tag, given in told if above == "cellXfs" and tag == "xf"]
        days = {number for number in set(used) if is_date_format(formats.get(number, "General"))}
        spans = {number for number in days if is_timedelta_format(formats[number])}
        return (
            {str(place) for place, number in enumerate(used) if number in days},
            {str(place) for place, number in enumerate(used) if number in spans},
        )


class _Sheet(_Reading):
    """A sheet's rows, each up to its last cell that is filled in."""

    def __init__(self, archive: zipfile.ZipFile, part: str, book: _Book) -> None:
        super().__init__(archive, part, LARGEST_UNPACKED)
        self._book, self._done, self._row = book, list[list[Any]](), list[Any]()
        self._place, self._count, self._tags = 0, 0, 0
        self._kind, self._style, self._spoken = "n", "0", False
        self._columns: dict[str, int] = {}

    def rows(self) -> Iterator[list[Any]]:
        """One after another."""
        for _piece in self.parse():
            yield from self._done
            self._done.clear()

    def begin(self, tag: str, given: dict[str, str]) -> None:
        self._tags += 1
        if self._tags > MOST_CELLS:
            raise _too_much()
        if tag == "c":
            self._kind, self._style = given.get("t", "n"), given.get("s", "0")
            self._place = self._column(given["r"]) if "r" in given else self._place + 1
            if self._place > MOST_IN_A_ROW:
                raise _damaged()
        elif tag == "row":
            self._row, self._place = [], 0
        elif tag == "rPh":
            self._spoken = True
        self.reading = (tag == "v" or tag == "t") and not self._spoken

    def end(self, tag: str) -> None:
        self.reading = False
        if tag == "c":
            if text := self.told():
                self._row += [None] * (self._place - len(self._row))
                self._row[self._place - 1] = self._read(text)
        elif tag == "row":
            self._done.append(self._row)
            self._row = []
        elif tag == "sheetData":
            self.over = True
        elif tag == "rPh":
            self._spoken = False

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        if letters not in self._columns:
            from openpyxl.utils import column_index_from_string

            self._columns[letters] = column_index_from_string(letters)
        return self._columns[letters]

    def _read(self, text: str) -> Any:
        match self._kind:
            case "s":
                return self._book.texts[int(text)] if self._book.texts is not None else None
            case "b":
                return text.strip() in ("1", "true")
            case "d":
                from openpyxl.utils.datetime import from_ISO8601

                return from_ISO8601(text)  # type: ignore[no-untyped-call]  # untyped library
            case "n":
                try:
                    number = float(text) if set(text) & set(".eE") else int(text)
                    if not isfinite(number):
                        return text
                    if self._style in self._book.days:
                        from openpyxl.utils.datetime import from_excel

                        return from_excel(number, self._book.epoch, timedelta=self._style in self._book.spans)
                except (ValueError, OverflowError):  # a day that no calendar has
                    return text
                return number
        return text
