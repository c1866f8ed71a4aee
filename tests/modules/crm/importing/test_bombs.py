"""Files that unfold to far more than they are: read in a process whose memory has an end."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.factories.importing import xlsx

MEGABYTE = 1024 * 1024
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
_NAMED = '<x xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
_ROW = '<sheetData><row><c t="inlineStr"><is><t>Name</t></is></c></row>'
# What stands before and after what is repeated, in which part, and what is said of it.
BOMBS = {
    "cell": (
        SHEET,
        f'{_NAMED}{_ROW}<row><c t="inlineStr"><is><t>',
        "x",
        "</t></is></c></row></sheetData>",
        "letters",
    ),
    "cells": (SHEET, f"{_NAMED}{_ROW}<row>", "<c/>", "</row></sheetData></x>", "damaged"),
    "tag": (SHEET, f'{_NAMED}{_ROW}<row><c r="', "x", '"/></row></sheetData></x>', "far too much"),
    "depth": (SHEET, f"{_NAMED}{_ROW}", "<a>", "", "far too much"),
    "after": (SHEET, f"{_NAMED}{_ROW}</sheetData><m>", '<m r="A1"/>', "</m></x>", "0 rows"),
    "styles": (STYLES, f"{_NAMED}<cellXfs>", "<xf/>", "</cellXfs></x>", "far too much"),
    "photo": ("", "BEGIN:VCARD\nVERSION:3.0\nN:Lee;Ann\nitem1.PHOTO;ENCODING=b:", "/9j4\n ", "\nEND:VCARD\n", "1 rows"),
    "note": ("", "BEGIN:VCARD\nVERSION:3.0\nN:Lee;Ann\nNOTE:", "x", "\nEND:VCARD\n", "1 rows"),
    "commas": ("", "Name,Town\nAnn,York\n", ",", "\n", "Line 3 "),
    "lines": ("", "Name,Town\nAnn,York", ',"x\n"', "\n", "Line 2 "),
}
_CHILD = """
import pathlib, resource, sys
from django.conf import settings
settings.configure(USE_I18N=False)
from infra.kit.errors import Invalid
from modules.crm.domain.importing import tables
import charset_normalizer, openpyxl.styles.numbers, openpyxl.utils.datetime, vobject
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 64 * 1024 * 1024,) * 2)
for path in map(pathlib.Path, sys.argv[1:]):
    try:
        shape = tables.shape_of(path, path.name)
        print(sum(1 for _ in tables.rows_of(path, shape)), "rows")
    except Invalid as refusal:
        print(refusal)
"""


def _pieces(before: str, repeated: str, after: str) -> Iterator[bytes]:
    yield before.encode()
    for _time in range(32):
        yield repeated.encode() * (MEGABYTE // len(repeated))
    yield after.encode()


def _laid(folder: Path, name: str) -> str:
    part, before, repeated, after, _told = BOMBS[name]
    path = folder / name
    if not part:
        with path.open("wb") as file:
            file.writelines(_pieces(before, repeated, after))
        return str(path)
    path.write_bytes(xlsx(["Name"], ["Ann"]))
    with zipfile.ZipFile(path) as sound:
        others = {other: sound.read(other) for other in sound.namelist() if other != part}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for other, content in others.items():
            archive.writestr(other, content)
        with archive.open(part, "w") as unfolded:
            unfolded.writelines(_pieces(before, repeated, after))
    return str(path)


def test_what_unfolds_is_refused_within_sixty_four_megabytes(tmp_path: Path) -> None:
    # promise 66
    paths = [_laid(tmp_path, name) for name in BOMBS]
    told = subprocess.run([sys.executable, "-c", _CHILD, *paths], capture_output=True, text=True, check=False)
    answers = dict(zip(BOMBS, told.stdout.splitlines(), strict=False))
    wrong = {name: answers.get(name, told.stderr[-300:]) for name in BOMBS}
    wrong = {name: answer for name, answer in wrong.items() if BOMBS[name][-1] not in answer}
    assert wrong == {}


def test_a_picture_within_a_card_spoils_nothing_behind_it(tmp_path: Path) -> None:
    from modules.crm.domain.importing import tables

    path = tmp_path / "a.vcf"
    picture = "PHOTO;ENCODING=b;TYPE=JPEG:" + "\n ".join(["/9j4" * 18] * 6_000)
    path.write_text(
        f"BEGIN:VCARD\nVERSION:3.0\nN:Lee;Ann\nTEL:+442079460001\n{picture}\nEMAIL:a@x.example\nEND:VCARD\n"
    )
    names, row = tables._all_rows(path, tables.shape_of(path, "a.vcf"))
    card = dict(zip(names, row, strict=True))
    assert (card["Phone"], card["E-mail"], card["Comment"]) == ("+442079460001", "a@x.example", "")
