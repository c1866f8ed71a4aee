"""Lists in the order of an own field: the narrow index is walked, records without a value come last."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import CharField, DecimalField, Value
from django.utils.translation import gettext as _

from infra.api.keyset import Beyond
from infra.kit.errors import Invalid
from infra.ui.lists.keyset import Page
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.value_index import TEXTUAL
from modules.crm.models import FieldValue

# One value each, so that a record stands in the list once.
ORDERED = frozenset({Type.TEXT, Type.NUMBER, Type.MONEY, Type.DATE, Type.MOMENT, Type.YESNO, Type.FORMULA, Type.LINK})


@dataclass(frozen=True)
class _Place:
    """Where a record stands: its indexed value (None without one), and its id."""

    value: Any
    pk: int


def own_page(rows: Any, item: Field, order: str, *, size: int, after: str = "", before: str = "") -> Page[Any]:
    """`size` of `rows` by the own field `item` ("-" = descending, ties by id alike). Raises Invalid (the cursor)."""
    name = "text" if item.type in TEXTUAL else "number"
    backwards = bool(before) and not after
    place = _read(after or before, name) if after or before else None
    ids = _ids(rows, item, name, order.startswith("-"), place, size + 1, backwards=backwards)
    more, ids = len(ids) > size, ids[:size]
    if backwards:
        ids.reverse()
    if not ids:
        return Page(rows=[], before="", after="")
    by_id = {row.pk: row for row in rows.filter(pk__in=[pk for _value, pk in ids])}
    has_before, has_after = (more, True) if backwards else (place is not None, more)
    return Page(
        rows=[by_id[pk] for _value, pk in ids if pk in by_id],
        before=_write(*ids[0]) if has_before else "",
        after=_write(*ids[-1]) if has_after else "",
    )


def _ids(
    rows: Any, item: Field, name: str, falling: bool, place: _Place | None, limit: int, *, backwards: bool
) -> list[tuple[Any, int]]:
    """(value, id) from `place` on, in the direction of reading."""
    down = falling is not backwards
    sign = "-" if down else ""
    plain = rows.order_by()
    valued = FieldValue.objects.filter(field_id=item.field_id, record_id__in=plain.values("pk"))
    valued = valued.filter(**{f"{name}__isnull": False}).order_by(f"{sign}{name}", f"{sign}record_id")
    empty = plain.exclude(custom__has_key=item.key).order_by("-pk" if backwards else "pk")
    if place is not None and place.value is not None:
        field: Any = CharField() if name == "text" else DecimalField(max_digits=24, decimal_places=6)
        beyond = [Value(place.value, output_field=field), Value(place.pk)]
        valued = valued.filter(Beyond([name, "record_id"], beyond, descending=down))
    elif place is not None:
        empty = empty.filter(**{"pk__lt" if backwards else "pk__gt": place.pk})
    found: list[tuple[Any, int]] = []
    stretches = ["empty", "valued"] if backwards else ["valued", "empty"]
    if place is not None and (place.value is not None) is backwards:
        stretches = stretches[1:]
    for stretch in stretches:
        left = limit - len(found)
        if left <= 0:
            break
        if stretch == "valued":
            found += valued.values_list(name, "record_id")[:left]
        else:
            found += [(None, pk) for pk in empty.values_list("pk", flat=True)[:left]]
    return found


def _write(value: Any, pk: int) -> str:
    text = json.dumps([str(value) if isinstance(value, Decimal) else value, pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _read(text: str, name: str) -> _Place:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        if not isinstance(pk, int) or abs(pk) >= 2**63 or not (value is None or isinstance(value, str)):
            raise ValueError
        if value is not None and name == "number":
            number = Decimal(value)
            if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
                raise ValueError
            return _Place(number, pk)
        if value is not None and b"\0" in value.encode():
            raise ValueError
        return _Place(value, pk)
    except (ValueError, TypeError, binascii.Error, InvalidOperation, RecursionError) as error:
        raise Invalid(_("This address of a page is damaged. Start from the first page."), code="bad_cursor") from error
