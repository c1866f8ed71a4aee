"""Conditions of rules: the filters of lists, each of which can be turned round, and whether a field is filled in.

A condition is {"field", "op", "data"}: `field` names a filter, `op` is is, not, filled or empty, and `data` holds the
parameters of the filter as they stand in the address of a filtered list ({"amount_min": ["1000"]}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import django_filters as filters
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid, Text
from modules.crm.domain.fields import ADDRESSES, AMOUNT, PEOPLE_OF_DEAL, PLACES_OF_WORK, POINTS, Field, Type
from modules.crm.domain.kinds import Kind, custom_fields, field_map
from modules.crm.filters import filters_of
from modules.crm.models import Address, Affiliation, ContactPoint, DealContact
from modules.crm.own_filters import own_filter

IS, NOT, FILLED, EMPTY = "is", "not", "filled", "empty"
OPS = (IS, NOT, FILLED, EMPTY)
MOST = 20
_WORDS = (Type.TEXT, Type.LONG_TEXT)


def filterset(kind: Kind, data: Any = None, *, rows: Any = None, prefix: str | None = None) -> Any:
    """The list's filter of `kind` over `rows`, with a filter by words for each text and by every own field."""
    rows = kind.rows().alive() if rows is None else rows
    made = filters_of(kind)(data, queryset=rows, prefix=prefix)
    for item in kind.fields:
        if item.type in _WORDS and item.key not in made.filters:
            made.filters[item.key] = _joined(
                made, item, filters.CharFilter(field_name=item.key, lookup_expr="icontains", label=item.title)
            )
    for item in custom_fields(kind):
        if item.key not in made.filters and (own := own_filter(item)) is not None:
            made.filters[item.key] = _joined(made, item, own)
    return made


def _joined(made: Any, item: Field, one: Any) -> Any:
    one.field_name, one.parent, one.model = item.key, made, made.of.model
    return one


def choices_of(kind: Kind) -> list[tuple[str, Text]]:
    """What a condition can be about: key and title, filters of lists first, then what can only be filled or empty."""
    made = filterset(kind)
    titles = {name: one.label for name, one in made.filters.items()}
    for item in field_map(kind).values():
        titles.setdefault(item.key.removesuffix("_id"), item.title)
    return sorted(titles.items(), key=lambda pair: str(pair[1]).casefold())


def has_filter(kind: Kind, name: str) -> bool:
    """Whether values of `name` can be compared, beyond being there."""
    return name in filterset(kind).filters


def read_conditions(kind: Kind, raw: Any) -> list[dict[str, Any]]:
    """Conditions, checked. Raises Invalid naming `conditions.<place>`."""
    if not isinstance(raw, list | tuple) or len(raw) > MOST:
        raise Invalid(fields={"conditions": [_("At most %(most)s.") % {"most": MOST}]})
    wrong: dict[str, list[str]] = {}
    found = []
    for place, one in enumerate(raw):
        try:
            found.append(_read(kind, one))
        except Invalid as error:
            texts = [str(text) for given in error.fields.values() for text in given] or [str(error)]
            wrong[f"conditions.{place}"] = texts
    if wrong:
        raise Invalid(fields=wrong)
    return found


def _read(kind: Kind, one: Any) -> dict[str, Any]:
    if not isinstance(one, Mapping) or set(one) - {"field", "op", "data"}:
        raise Invalid(_("A condition has a field, an operation and data."))
    field, op = str(one.get("field") or ""), str(one.get("op") or IS)
    if op not in OPS or field not in dict(choices_of(kind)):
        raise Invalid(_("Choose one of the list."))
    if op in (FILLED, EMPTY):
        _filled(kind, field)
        return {"field": field, "op": op, "data": {}}
    data = {
        str(name): [str(value) for value in (values if isinstance(values, list | tuple) else [values])][:50]
        for name, values in dict(one.get("data") or {}).items()
        if name == field or str(name).startswith(f"{field}_")
    }
    data = {name: kept for name, values in data.items() if (kept := [value for value in values if value != ""])}
    if not data:
        raise Invalid(_("Say which value."))
    condition = {"field": field, "op": op, "data": data}
    _filtered(kind, condition, kind.rows().none())
    return condition


def _filtered(kind: Kind, condition: Mapping[str, Any], rows: Any) -> Any:
    data = QueryDict(mutable=True)
    for name, values in condition["data"].items():
        data.setlist(name, values)
    made = filterset(kind, data, rows=rows)
    if condition["field"] not in made.filters or not made.is_valid():
        texts = [str(text) for given in made.errors.values() for text in given]
        raise Invalid(texts[0] if texts else _("A field that this condition asks about is gone."))
    return made.qs


def fitting(kind: Kind, conditions: Sequence[Mapping[str, Any]], rows: Any) -> Any:
    """The part of `rows` for which all conditions hold. Raises Invalid where one can no longer be read (its stage or
    field is gone)."""
    for condition in conditions:
        match condition["op"]:
            case "is":
                rows = _filtered(kind, condition, rows)
            case "not":
                every = kind.rows().alive()
                rows = rows.exclude(pk__in=_filtered(kind, condition, every).order_by().values("pk"))
            case "filled":
                rows = rows.filter(_filled(kind, condition["field"]))
            case "empty":
                rows = rows.exclude(_filled(kind, condition["field"]))
    return rows


def _filled(kind: Kind, name: str) -> Q:
    items = {key.removesuffix("_id"): item for key, item in field_map(kind).items()}
    item = items.get(name) or (items.get("companies") if name == "company" else None)
    if item is None:
        attribute = {"responsible": "responsible", "next_step": "next_step_at", "company": "company"}.get(name)
        if attribute is None:
            raise Invalid(_("This is always filled in."))
        return Q(**{f"{attribute}__isnull": False})
    key = kind.link
    match item.type:
        case _ if item.custom:
            return Q(custom__has_key=item.key)
        case _ if item.type in POINTS:
            wanted = {"phones": "phone", "emails": "email", "messengers": "messenger", "sites": "site"}[item.type]
            points = ContactPoint.objects.filter(kind=wanted, **{f"{key}__isnull": False})
            return Q(pk__in=points.values(f"{key}_id"))
        case _ if item.type == ADDRESSES:
            return Q(pk__in=Address.objects.filter(**{f"{key}__isnull": False}).values(f"{key}_id"))
        case _ if item.type == PLACES_OF_WORK:
            return Q(pk__in=Affiliation.objects.values("contact_id"))
        case _ if item.type == PEOPLE_OF_DEAL:
            return Q(pk__in=DealContact.objects.values("deal_id"))
        case _ if item.type == AMOUNT:
            return Q(**{f"{item.key}__gt": Decimal(0)})
        case Type.TEXT | Type.LONG_TEXT | Type.CHOICE | Type.LINK:
            return ~Q(**{item.key: ""})
    return Q(**{f"{item.key}__isnull": False})
