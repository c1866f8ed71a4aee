"""Contacts as vCards (RFC 2426, version 3.0): what address books of phones and offices take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation

from infra.db.current import enter
from modules.crm.domain.kinds import CONTACT
from modules.crm.domain.queries import addresses_by_record, points_by_record

_CHUNK = 500
_TYPES = {"work": "WORK", "mobile": "CELL", "home": "HOME", "fax": "FAX"}


def vcards(request: HttpRequest, pages: Any, closed: Collection[str]) -> StreamingHttpResponse:
    """The contacts that `pages` give (`ListScreen.slice`), without the fields named in `closed`, as a stream."""
    answer = StreamingHttpResponse(_stream(request, pages, closed), content_type="text/vcard; charset=utf-8")
    name = f"contacts-{timezone.localdate().isoformat()}.vcf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _stream(request: Any, pages: Any, closed: Collection[str]) -> Iterator[str]:
    portal, language, after = request.portal, translation.get_language(), ""
    while True:
        with enter(portal), translation.override(language):
            page = pages(size=_CHUNK, after=after)
            text = "".join(_cards(page.rows, closed))
        yield text
        if not page.after:
            return
        after = page.after


def _cards(rows: Sequence[Any], closed: Collection[str]) -> Iterator[str]:
    ids = [row.pk for row in rows]
    points: dict[int, list[tuple[str, str, str]]] = {}
    for pk, kind, typed, _value, label, _extension in points_by_record(CONTACT, ids):
        points.setdefault(pk, []).append((kind, typed, label))
    addresses: dict[int, list[dict[str, Any]]] = {}
    for line in addresses_by_record(CONTACT, ids) if "addresses" not in closed else ():
        addresses.setdefault(line[CONTACT.link], []).append(line)
    for row in rows:
        lines = ["BEGIN:VCARD", "VERSION:3.0"]
        names = ["" if name in closed else getattr(row, name) for name in ("last_name", "first_name", "middle_name")]
        lines += [f"N:{';'.join(map(_escaped, names))};;", f"FN:{_escaped(row.name)}"]
        if row.company_name and "companies" not in closed:
            lines.append(f"ORG:{_escaped(row.company_name)}")
        if row.post and "post" not in closed:
            lines.append(f"TITLE:{_escaped(row.post)}")
        if row.birthday and "birthday" not in closed:
            lines.append(f"BDAY:{row.birthday.isoformat()}")
        lines += _points(points.get(row.pk, ()), closed)
        for one in addresses.get(row.pk, ()):
            street = " ".join(part for part in (one["street"], one["unit"]) if part)
            parts = ["", "", street, one["city"], one["region"], one["postal_code"], one["country"]]
            lines.append(f"ADR;TYPE=WORK:{';'.join(map(_escaped, parts))}")
        yield "".join(map(_folded, [*lines, "END:VCARD"]))


def _points(points: Sequence[tuple[str, str, str]], closed: Collection[str]) -> Iterator[str]:
    for kind, typed, label in points:
        if kind == "phone" and "phones" not in closed:
            yield f"TEL;TYPE={_TYPES.get(label, 'VOICE')}:{_escaped(typed)}"
        elif kind == "email" and "emails" not in closed:
            yield f"EMAIL;TYPE=INTERNET:{_escaped(typed)}"
        elif kind == "site" and "sites" not in closed:
            yield f"URL:{_escaped(typed)}"


def _escaped(text: str) -> str:
    plain = str(text).replace("\\", "\\\\").replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return plain.replace(",", "\\,").replace(";", "\\;")


def _folded(line: str) -> str:
    """Lines of at most 75 octets, continued behind a blank (RFC 2426, 2.6)."""
    parts, size = [""], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 74:
            parts.append(" ")
            size = 1
        parts[-1] += letter
        size += width
    return "\r\n".join(parts) + "\r\n"
