"""vCards (RFC 2426, RFC 6350) as rows of a table with fixed columns; one damaged card does not spoil the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from modules.crm.domain.importing.delimited import Torn

COLUMNS = (
    "Honorific", "First name", "Middle name", "Last name", "Full name", "Company", "Post", "Phone", "Work phone",
    "Mobile phone", "Home phone", "Fax", "E-mail", "Site", "Street", "City", "Region", "Postal code", "Country",
    "Birthday", "Messenger", "Comment",
)  # fmt: skip
LONGEST_CARD = 256 * 1024
_LONGEST_LINE = 64 * 1024
_NO_TEXT = ("PHOTO", "LOGO", "SOUND", "KEY")
_PHONES = (("FAX", "Fax"), ("CELL", "Mobile phone"), ("HOME", "Home phone"), ("WORK", "Work phone"))


def rows(path: Path, encoding: str) -> Iterator[list[Any]]:
    """The heading, then a row for every card. A card that cannot be read gives its text as the comment alone; one that
    is too long is Torn."""
    yield list(COLUMNS)
    for card in _cards(path, encoding):
        if len(card) > LONGEST_CARD:
            reason = _("The card is longer than %(most)s letters, without its pictures.") % {"most": LONGEST_CARD}
            yield Torn([card[:2_000] if name == "Comment" else "" for name in COLUMNS], reason)
            continue
        found = _read(card)
        yield [found.get(name, "") for name in COLUMNS]


def _cards(path: Path, encoding: str) -> Iterator[str]:
    """Cards without their pictures and sounds; of one that is too long, as much as shows that."""
    lines, length, left_out = list[str](), 0, False
    for line, goes_on in _lines(path, encoding):
        word = line.strip().upper()
        if word == "BEGIN:VCARD" and not goes_on:
            lines, length, left_out = [], 0, False
        if not goes_on and not line.startswith((" ", "\t")):  # else it belongs to the line above (RFC 6350, 3.2)
            left_out = word.partition(":")[0].partition(";")[0].rpartition(".")[2] in _NO_TEXT
        if not left_out and length <= LONGEST_CARD:
            lines.append(line)
            length += len(line)
        if word == "END:VCARD" and not goes_on:
            yield "".join(lines)
            lines, length, left_out = [], 0, False


def _lines(path: Path, encoding: str) -> Iterator[tuple[str, bool]]:
    """The lines, very long ones in pieces: each, and whether it goes on with the one before."""
    goes_on = False
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while line := file.readline(_LONGEST_LINE):
            yield line, goes_on
            goes_on = not line.endswith("\n")


def _read(text: str) -> dict[str, str]:
    import vobject  # type: ignore[import-untyped]  # untyped library
    from vobject.base import ParseError  # type: ignore[import-untyped]  # untyped library

    try:
        card = vobject.readOne(text, allowQP=True, ignoreUnreadable=True)
        return _fields(card.contents)
    except (ParseError, ValueError, AttributeError, IndexError, StopIteration, KeyError, LookupError):
        return {"Comment": text[:2_000]}


def _fields(contents: Any) -> dict[str, str]:
    found: dict[str, list[str]] = {}

    def add(name: str, value: Any, joint: str = " ") -> None:
        text = joint.join(str(part).strip() for part in value) if isinstance(value, list) else str(value or "")
        if text.strip():
            found.setdefault(name, []).append(text.strip())

    name = contents["n"][0].value if "n" in contents else None
    if name is not None and not isinstance(name, str):
        for column, value in (
            ("Honorific", name.prefix),
            ("First name", name.given),
            ("Middle name", name.additional),
            ("Last name", name.family),
        ):
            add(column, value)
    if not any(part in found for part in ("First name", "Last name")):
        add("Full name", contents["fn"][0].value if "fn" in contents else "")
    for organisation in contents.get("org", [])[:1]:
        add("Company", organisation.value[0] if isinstance(organisation.value, list) else organisation.value)
    for key, column in (
        ("title", "Post"),
        ("email", "E-mail"),
        ("url", "Site"),
        ("bday", "Birthday"),
        ("note", "Comment"),
    ):
        for line in contents.get(key, []):
            add(column, line.value)
    for line in contents.get("tel", []):
        kinds = {kind.upper() for kind in line.params.get("TYPE", [])}
        add(next((column for kind, column in _PHONES if kind in kinds), "Phone"), line.value.removeprefix("tel:"))
    for line in contents.get("impp", []):
        add("Messenger", line.value)
    for line in contents.get("adr", [])[:1]:
        for column, value in (
            ("Street", line.value.street),
            ("City", line.value.city),
            ("Region", line.value.region),
            ("Postal code", line.value.code),
            ("Country", line.value.country),
        ):
            add(column, value, ", ")
    return {column: ("\n" if column == "Comment" else "; ").join(values) for column, values in found.items()}
