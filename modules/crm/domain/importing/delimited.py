"""Text with delimiters (RFC 4180) as rows; a quotation mark too many joins no rows without a word."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from infra.kit.errors import Invalid

LONGEST_ROW = 1024 * 1024
# Read behind the last line: it is a row of its own, unless a quotation mark was never closed.
_END = "\x1e\x1fend\x1f\x1e"


class Torn(list[str]):
    """The cells of one line among several that a quotation mark, opened in one and closed in another, makes one row.

    Whether they are one row or many, nobody can say for sure; `reason` tells which lines it is about.
    """

    def __init__(self, cells: Sequence[str], reason: str) -> None:
        super().__init__(cells)
        self.reason = reason


def unreadable(text: str) -> Invalid:
    """The refusal of a file, for its own field."""
    return Invalid(text, fields={"file": [text]})


def rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """The rows one after another, Torn where nobody can say what belongs together. Raises Invalid with the line."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        told = _Told(file)
        reader, line, width = csv.reader(chain(told, [_END]), delimiter=delimiter), 1, 0
        try:
            for row in reader:
                if row and row[-1].endswith(_END):
                    if row != [_END]:
                        raise csv.Error
                    return
                if line > 1 or len(row) > 2 or not row or not row[0].lower().startswith("sep="):
                    if reader.line_num > line and _looks_joined(told.lines, delimiter, width):
                        if not width:  # the names of the columns themselves
                            raise csv.Error
                        yield from _torn(told.lines, delimiter, line)
                    else:
                        yield row
                    width = width or len(row)
                told.forget()
                line = reader.line_num + 1
        except csv.Error as error:
            raise unreadable(
                _("Line %(line)s cannot be read: a quotation mark is not closed, or the line is too long.")
                % {"line": line}
            ) from error


class _Told:
    """The lines of a file one after another; `lines` are those since `forget` was called last."""

    def __init__(self, file: TextIO) -> None:
        self._file, self.lines, self._length = file, list[str](), 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST_ROW + 1):
            self._length += len(line)
            if self._length > LONGEST_ROW:
                raise csv.Error
            self.lines.append(line)
            yield line

    def forget(self) -> None:
        """Begin with the next row."""
        self.lines.clear()
        self._length = 0


def _looks_joined(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a row of several lines came about by a quotation mark too many: something follows where it ends, or each
    of its lines is a whole row by itself."""
    try:
        next(csv.reader(lines, delimiter=delimiter, strict=True), None)
    except csv.Error:
        return True
    return (width > 2 or (width == 2 and delimiter != ",")) and all(
        line.count(delimiter) == width - 1 for line in lines
    )


def _torn(lines: Sequence[str], delimiter: str, first: int) -> Iterator[Torn]:
    reason = _(
        "A quotation mark makes the lines %(first)s to %(last)s of the file one row. If they are several, take it out "
        "or close it; if they are one, write two marks for each mark within."
    ) % {"first": first, "last": first + len(lines) - 1}
    for line in lines:
        try:
            yield Torn(next(csv.reader([line], delimiter=delimiter, strict=True), []), reason)
        except csv.Error:
            yield Torn(line.rstrip("\r\n").split(delimiter), reason)
