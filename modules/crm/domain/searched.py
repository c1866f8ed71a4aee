"""By what a record is found: its words, what it is linked to, its e-mails, phones and codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from modules.crm.domain.contact_points import Point, points_of
from modules.crm.domain.drafts import Draft
from modules.crm.domain.fields import SEARCHED, Field
from modules.crm.domain.kinds import Kind, field_map, kind_of, value_of
from modules.crm.domain.phones import digits_of
from modules.crm.domain.search import document, parts_of
from modules.crm.domain.shaping import linked_ids, list_of
from modules.crm.models import Company, Contact, Deal, Document, Item, Record


def search_value(kind: Kind, record: Record, draft: Draft, items: Mapping[str, Field]) -> Any:
    """The SQL value of the record's `search`."""
    (linked,) = names_of_linked([(record, draft)])
    return document(*_searched(kind, record, items, linked, _searched_points(kind, record, draft)))


def search_parts(
    kind: Kind, record: Record, draft: Draft, items: Mapping[str, Field], linked: Sequence[str]
) -> tuple[str, str]:
    """The same as `search.WORKED_OUT` takes it; `linked` are names of what the record is linked to."""
    return parts_of(*_searched(kind, record, items, linked, _searched_points(kind, record, draft)))


def _searched_points(kind: Kind, record: Record, draft: Draft) -> list[Point]:
    points = [point for name in ("phones", "emails") for point in draft.points.get(name, ())]
    if not record._state.adding and kind.reachable:
        points += [p for p in points_of(record) if p.kind in ("phone", "email") and list_of(p) not in draft.points]
    return points


def _searched(
    kind: Kind, record: Record, items: Mapping[str, Field], linked: Sequence[str], points: Sequence[Point]
) -> tuple[list[str], list[str], list[str]]:
    found = [value_of(record, item) for item in items.values() if item.in_search and item.type in SEARCHED]
    words = [" ".join(value.values()) if isinstance(value, dict) else str(value) for value in found if value]
    if isinstance(record, Item) and record.number is not None:
        words.append(f"{kind.prefix}{record.number} {record.number}")
    codes = [
        code for code in (getattr(record, name, "") for name in ("number", "sku")) if isinstance(code, str) and code
    ]
    return (
        [getattr(record, kind.title_field), *words, *linked, *(re.sub(r"\W+", " ", code) for code in codes)],
        [p.value or p.typed.lower() for p in points if p.kind == "email"],
        # digits of numbers and SKUs are found by any fragment too: "2026-0014" looks like a phone
        [*(p.value or p.typed for p in points if p.kind == "phone"), *(code for code in codes if digits_of(code))],
    )


def refresh_search(record: Any) -> None:
    """Find `record` by what verbs of its own have written since, such as a number."""
    kind = kind_of(record)
    value = search_value(kind, record, Draft(), field_map(kind))
    kind.model.objects.filter(pk=record.pk).update(search=value)


def write_searches(kind: Kind, records: Sequence[Any], items: Mapping[str, Field]) -> None:
    """Find `records`, locked by the caller, by what they hold."""
    drafts = [(record, Draft()) for record in records]
    for (record, draft), linked in zip(drafts, names_of_linked(drafts), strict=True):
        value = document(*_searched(kind, record, items, linked, _searched_points(kind, record, draft)))
        kind.model.objects.filter(pk=record.pk).update(search=value)


def names_of_linked(pairs: Sequence[tuple[Record, Draft]]) -> list[list[str]]:
    """What companies and contacts each record is linked to, once its draft is written, are called: it is found by that
    as well. One statement for all companies, one for all contacts."""
    links = [_linked_by(record, draft) for record, draft in pairs]
    companies = {pk for own, _contacts in links for pk in own}
    contacts = {pk for _companies, own in links for pk in own}
    firms = dict(Company.objects.filter(pk__in=companies).values_list("pk", "name")) if companies else {}
    people = dict(Contact.objects.filter(pk__in=contacts).values_list("pk", "name")) if contacts else {}
    return [
        [firms[pk] for pk in own_firms if pk in firms] + [people[pk] for pk in own_people if pk in people]
        for own_firms, own_people in links
    ]


def _linked_by(record: Record, draft: Draft) -> tuple[list[int], list[int]]:
    """Ids of companies, and of contacts."""
    match record:
        case Contact():
            return [pk for pk, _post in draft.workplaces] if draft.workplaces is not None else linked_ids(record), []
        case Document() | Item():
            contacts = [record.contact_id] if record.contact_id else []
        case Deal():
            contacts = draft.participants if draft.participants is not None else linked_ids(record)
        case _:
            return [], []
    return [record.company_id] if record.company_id else [], contacts
