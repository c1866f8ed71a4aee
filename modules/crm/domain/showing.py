"""Values of fields as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from infra.ui import formats
from modules.crm.domain.fields import (
    ADDRESSES,
    AMOUNT,
    LOST_REASON,
    PEOPLE_OF_DEAL,
    PLACES_OF_WORK,
    POINTS,
    Field,
    Type,
)
from modules.crm.domain.kinds import model_named
from modules.crm.models import File, LostReason, PriceType, ProductSection
from tenants.people.models import User

_OTHERS: Mapping[str, Any] = {
    "person": User,
    "file": File,
    "reason": LostReason,
    "price_type": PriceType,
    "section": ProductSection,
}


def plain(item: Field, value: Any, names: Mapping[tuple[str, int], str], currency: str = "") -> str:
    """`value` of `item` as text in the reader's language; `names` are those of `names_for`."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, list) and item.type != Type.CHOICES and (item.multiple or item.type in (*POINTS, ADDRESSES)):
        return ", ".join(text for one in value if (text := plain_one(item, one, names, currency)))
    return plain_one(item, value, names, currency)


def plain_one(item: Field, value: Any, names: Mapping[tuple[str, int], str], currency: str = "") -> str:
    """One value of `item` as text."""
    match item.type:
        case "phones" | "emails" | "messengers" | "sites":
            return str(value["typed"])
        case "addresses" | Type.ADDRESS:
            return ", ".join(text for name, text in value.items() if name != "kind" and text)
        case "amount":
            return formats.money(value, currency) if value else ""
        case Type.MONEY:
            return formats.money(Decimal(value["amount"]), value["currency"])
        case Type.NUMBER | Type.FORMULA:
            return formats.number(Decimal(str(value)).normalize() if not item.custom else Decimal(str(value)))
        case Type.DATE:
            return formats.day(date.fromisoformat(value) if isinstance(value, str) else value)
        case Type.MOMENT:
            return formats.moment(datetime.fromisoformat(value) if isinstance(value, str) else value)
        case Type.CHOICE:
            return str(dict([*item.choices, *item.retired]).get(value, ""))
        case Type.CHOICES:
            titles = dict([*item.choices, *item.retired])
            return ", ".join(str(titles[one]) for one in value if one in titles)
        case Type.YESNO:
            return _("yes") if value else _("no")
        case Type.PERSON:
            return names.get(("person", value), "")
        case Type.FILE:
            return names.get(("file", value), "")
        case Type.RECORD:
            return names.get(_pair(item, value), "")
        case "lost_reason":
            return names.get(("reason", value), "")
        case "price_type" | "section":
            return names.get((item.type, value), "")
        case "options":
            return "; ".join(f"{name}: {one}" for name, one in value.items())
        case "companies" | "contacts":
            return ", ".join(names.get((item.links[0], one), "") for one in value)
    return str(value)


def _pair(item: Field, value: Any) -> tuple[str, int]:
    if isinstance(value, int):
        return item.links[0], value
    kind, _colon, pk = str(value).partition(":")
    return kind, int(pk)


def names_for(pairs: Iterable[tuple[Field, Any]]) -> dict[tuple[str, int], str]:
    """Names of everything that these values point at, one statement per kind of thing."""
    wanted: dict[str, set[int]] = {}
    for item, value in pairs:
        for one in value if isinstance(value, list) else [value]:
            if one in (None, ""):
                continue
            match item.type:
                case Type.PERSON:
                    wanted.setdefault("person", set()).add(one)
                case Type.FILE:
                    wanted.setdefault("file", set()).add(one)
                case "lost_reason":
                    wanted.setdefault("reason", set()).add(one)
                case "price_type" | "section":
                    wanted.setdefault(item.type, set()).add(one)
                case Type.RECORD | "companies" | "contacts":
                    kind, pk = _pair(item, one)
                    wanted.setdefault(kind, set()).add(pk)
    found: dict[tuple[str, int], str] = {}
    for kind, ids in wanted.items():
        model: Any = _OTHERS.get(kind) or model_named(kind)
        for row in model.objects.filter(pk__in=ids):
            found[kind, row.pk] = str(getattr(row, "display_name", None) or row)
    return found


POINTING = frozenset({Type.PERSON, Type.FILE, Type.RECORD, LOST_REASON, PLACES_OF_WORK, PEOPLE_OF_DEAL})
IN_CURRENCY = frozenset({AMOUNT})
