"""Ways to reach a record: what was typed is read and kept beside its comparable form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from infra.db.gathering import insert
from infra.kit.errors import Invalid
from modules.crm.domain.emails import comparable
from modules.crm.domain.people import default_region
from modules.crm.domain.phones import digits_of, e164_of, looks_like_phone, read_phone
from modules.crm.models import Address, ContactPoint, Record

MOST = 50
_LONGEST, _LONGEST_EXTENSION = 254, 10
KIND_OF = {"phones": "phone", "emails": "email", "messengers": "messenger", "sites": "site"}
_LINES = ("street", "unit", "city", "region", "postal_code", "country")
_SITE = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?", re.IGNORECASE)
_LABELS = {
    "messenger": frozenset(ContactPoint.Network.values),
    **dict.fromkeys(("phone", "email", "site"), frozenset(ContactPoint.Label.values)),
}
_PARTS = ("typed", "value", "label", "extension")
_EXTENSION = re.compile(r"[0-9]{1,10}")
_HANDLE = re.compile(r"[\w.+@\-:/]{2,100}")


@dataclass(frozen=True, kw_only=True)
class Point:
    """A way to reach somebody as typed, and as compared ("" where it cannot be); `label` is its type."""

    kind: str
    typed: str
    value: str
    label: str = ""
    extension: str = ""

    @property
    def same(self) -> tuple[str, str, str]:
        """What two points have in common that lead to the same place; two extensions of one number are two places."""
        return self.kind, self.value or self.typed, self.extension


def read_points(phones: Sequence[Any], emails: Sequence[Any], *, strict: bool = True) -> list[Point]:
    """Phones and e-mails, see `read_lists`."""
    return read_lists({"phones": phones, "emails": emails}, strict=strict)


def read_lists(lists: Mapping[str, Sequence[Any]], *, strict: bool = True) -> list[Point]:
    """What was typed as points, empty lines and repeats left out; an item is a text, {"typed", "label"} or a Point.

    `strict` refuses an e-mail that is none, a phone without digits, an unknown type and what is too long to be kept
    (Invalid on the list's name); otherwise such text is kept as typed, since what a visitor wrote must not be lost. An
    element of another shape is always refused.
    """
    region = default_region() if lists.get("phones") or lists.get("messengers") else ""
    points: list[Point] = []
    wrong: dict[str, list[str]] = {}
    for name, items in lists.items():
        if not isinstance(items, list | tuple):
            raise Invalid(fields={name: [_("This is a list.")]})
        if not all(_is_sound(item) for item in items):
            raise Invalid(fields={name: [_("Each of them is a text, or an object with “typed” and “label” as texts.")]})
        read = [point for item in items if (point := _read(KIND_OF[name], item, region)) is not None]
        for point in read:
            if strict and (refusal := _refusal(point)):
                wrong.setdefault(name, []).append(refusal % {"text": point.typed[:_LONGEST]})
            if "\0" in point.typed:
                wrong.setdefault(name, []).append(_("This text has characters that cannot be kept."))
        if len(read) > MOST:
            wrong.setdefault(name, []).append(_("At most %(most)s.") % {"most": MOST})
        points += read
    if wrong:
        raise Invalid(fields=wrong)
    points = points if strict else [_fitting(point) for point in points]
    return list({point.same: point for point in reversed(points)}.values())[::-1]


def _is_sound(item: Any) -> bool:
    """Whether an element has one of the shapes that can be read; more that comes back from the API is left alone."""
    if isinstance(item, Mapping):
        return bool(item) and all(isinstance(item.get(name) or "", str) for name in _PARTS)
    return isinstance(item, str | Point)


def _read(kind: str, item: Any, region: str) -> Point | None:
    if isinstance(item, Point):
        return item
    given = item if isinstance(item, Mapping) else {"typed": item}
    typed = str(given.get("typed") or given.get("value") or "").strip()
    if not typed:
        return None
    label = str(given.get("label") or "") or ("other" if kind == "messenger" else "")
    match kind:
        case "phone":
            value, extension = read_phone(typed, region)
            apart = str(given.get("extension") or "").strip()
            if apart and value and not extension:
                typed = f"{typed} ext. {apart}"  # so that the text alone, as forms hold it, says all of it
            return Point(kind=kind, typed=typed, value=value, label=label, extension=extension or apart)
        case "email":
            value = comparable(typed)
        case "site":
            value = typed if "://" in typed else f"https://{typed}"
            value = value if _SITE.fullmatch(value) else ""
        case _:
            value = typed.lstrip("@").lower() if _HANDLE.fullmatch(typed) else ""
            if looks_like_phone(typed):  # several networks call people by their numbers
                value = e164_of(typed, region)
    return Point(kind=kind, typed=typed, value=value, label=label)


def _fitting(point: Point) -> Point:
    """What a visitor wrote, cut to what can be kept."""
    return replace(
        point,
        typed=point.typed[:_LONGEST],
        value=point.value if len(point.value) <= _LONGEST else "",
        label=point.label if point.label in _LABELS[point.kind] else "",
        extension=point.extension[:_LONGEST_EXTENSION],
    )


def _refusal(point: Point) -> str:
    if point.label and point.label not in _LABELS[point.kind]:
        return _("“%(text)s” has a type that is none of the list.")
    if max(len(point.typed), len(point.value)) > _LONGEST:
        return _("“%(text)s” is too long.")
    match point.kind:
        case "phone" if point.extension and not _EXTENSION.fullmatch(point.extension):
            return _("The extension of “%(text)s” is a number of at most 10 digits.")
        case "phone" if len(digits_of(point.typed)) < 3:
            return _("“%(text)s” is not a phone number.")
        case "email" if not point.value:
            return _("“%(text)s” is not an e-mail address.")
        case "site" if not point.value:
            return _("“%(text)s” is not the address of a site.")
        case "messenger" if not point.value:
            return _("“%(text)s” is not a name in a messenger.")
    return ""


def points_of(record: Record) -> list[Point]:
    """What the record has now, in order."""
    rows = prefetched(record, "contact_points")
    if rows is None:
        rows = list(ContactPoint.objects.filter(**{record.link: record}).order_by("position", "id"))
    return [
        Point(kind=row.kind, typed=row.typed, value=row.value, label=row.label, extension=row.extension)
        for row in sorted(rows, key=lambda row: row.kind, reverse=True)
    ]


def prefetched(record: Any, name: str) -> list[Any] | None:
    """The rows `name` that were read together with those of many records, None where they were not."""
    return list(getattr(record, name).all()) if name in getattr(record, "_prefetched_objects_cache", {}) else None


def replace_points(record: Record, points: Sequence[Point]) -> None:
    """Make `points` the record's only ones."""
    ContactPoint.objects.filter(**{record.link: record}).delete()
    add_points(record, points)


def add_points(record: Record, points: Sequence[Point]) -> None:
    """Give `points` to a record that has none."""
    insert(
        *(
            ContactPoint(
                **{record.link: record},
                kind=point.kind,
                typed=point.typed,
                value=point.value,
                label=point.label,
                extension=point.extension,
                position=place,
            )
            for place, point in enumerate(points)
        )
    )


def as_lists(points: Sequence[Any]) -> dict[str, list[dict[str, str]]]:
    """Points (rows or Point) as the lists of `read_lists`."""
    return {
        name: [
            {"typed": point.typed, "label": point.label, "extension": point.extension}
            for point in points
            if point.kind == kind
        ]
        for name, kind in KIND_OF.items()
    }


def longest_of(model: Any, name: str) -> int:
    """How many characters a text of `model` has at most."""
    return int(model._meta.get_field(name).max_length or 0)


def read_addresses(items: Any) -> list[dict[str, str]]:
    """Postal addresses as {"kind", "street", …}, empty ones left out; a text is a street. Raises Invalid."""
    if not isinstance(items, list | tuple) or len(items) > MOST:
        raise Invalid(fields={"addresses": [_("At most %(most)s.") % {"most": MOST}]})
    found = []
    for item in items:
        given = item if isinstance(item, Mapping) else {"street": str(item)}
        if set(given) - {"kind", *_LINES}:
            raise Invalid(fields={"addresses": [_("An address has no such line.")]})
        lines = {}
        for name in _LINES:
            text = str(given.get(name) or "").strip()
            if len(text) > longest_of(Address, name) or "\0" in text:
                raise Invalid(fields={"addresses": [_("A line of the address is too long.")]})
            lines[name] = text
        if any(lines.values()):
            kind = str(given.get("kind") or Address.Kind.ACTUAL)
            if kind not in Address.Kind.values:
                raise Invalid(fields={"addresses": [_("Choose one of the list.")]})
            found.append({"kind": kind, **lines})
    return found


def addresses_of(record: Record) -> list[dict[str, str]]:
    """The record's addresses as `read_addresses` gives them."""
    rows = prefetched(record, "addresses")
    if rows is None:
        rows = list(Address.objects.filter(**{record.link: record}))
    return [{"kind": row.kind, **{name: getattr(row, name) for name in _LINES}} for row in rows]


def replace_addresses(record: Record, addresses: Sequence[Mapping[str, str]]) -> None:
    """Make `addresses` the record's only ones."""
    Address.objects.filter(**{record.link: record}).delete()
    Address.objects.bulk_create(
        Address(**{record.link: record}, **lines, position=place) for place, lines in enumerate(addresses)
    )
