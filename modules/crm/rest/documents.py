"""Records as plain values for the API: no model rows, and one statement for each kind of thing that belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import F, QuerySet

from modules.crm.domain.custom_field import retired_keys
from modules.crm.domain.fields import ADDRESSES, AMOUNT, OUTSIDE, PEOPLE_OF_DEAL, PLACES_OF_WORK, POINTS, Field
from modules.crm.domain.kinds import Kind
from modules.crm.domain.money import as_kept
from modules.crm.domain.queries import addresses_by_record, participants_of, points_by_record, workplaces_of
from modules.crm.rest.serializers import api_name

_ELSEWHERE = (*POINTS, ADDRESSES, PLACES_OF_WORK, PEOPLE_OF_DEAL)
_COMMON = (
    "id", "custom", "responsible", "origin", "created_at", "updated_at", "next_step_at", "last_activity_at",
    "version",
)  # fmt: skip
_STAGED = ("stage", "stage_since", "closed_at")
_LISTS = {"phone": "phones", "email": "emails", "messenger": "messengers", "site": "sites"}


def _own(kind: Kind) -> list[Field]:
    return [item for item in (*kind.fields, *OUTSIDE) if item.type not in _ELSEWHERE]


def lean(kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any]:
    """What `documents` needs of `rows`."""
    names = [*_COMMON, *(api_name(item) for item in _own(kind)), *(_STAGED if kind.staged else ())]
    names += ["marks"] if hasattr(kind.model, "marks") else []
    names += ["number"] if kind.link == "item" else []
    if kind.title_field not in names:
        names.append(kind.title_field)
    more = {"pipeline": F("stage__pipeline")} if kind.staged else {}
    found: QuerySet[Any] = rows.values(*names, **more)
    return found


def documents(kind: Kind, rows: Iterable[dict[str, Any]], closed: set[str]) -> list[dict[str, Any]]:
    """Rows of `lean` as the API shows them, without the fields that are `closed`."""
    found = {row["id"]: dict(row) for row in rows}
    empty = [api_name(item) for item in kind.fields if item.type in _ELSEWHERE]
    amounts = [item.key for item in kind.fields if item.type == AMOUNT]
    for document in found.values():
        document.update((name, []) for name in empty)
        document.update((name, as_kept(document[name], document["currency"])) for name in amounts)
    if found:
        if kind.reachable:
            _points(kind, found)
            for row in addresses_by_record(kind, found):
                found[row.pop(kind.key)]["addresses"].append(row)
        _MORE.get(kind.key, _nothing)(found)
    if any(document["custom"] for document in found.values()):
        unseen = closed | retired_keys(kind)
        for document in found.values():
            document["custom"] = {key: value for key, value in document["custom"].items() if key not in unseen}
    if closed:
        for document in found.values():
            for key in closed:
                document.pop(key.removesuffix("_id"), None)
    return list(found.values())


def _points(kind: Kind, found: dict[int, dict[str, Any]]) -> None:
    for pk, what, typed, value, label, extension in points_by_record(kind, found):
        shown = {"typed": typed, "label": label}
        if what == "phone":
            shown |= {"e164": value, "extension": extension}
        found[pk][_LISTS[what]].append(shown)


def _of_contacts(found: dict[int, dict[str, Any]]) -> None:
    for contact, company, post in workplaces_of(found):
        found[contact]["companies"].append({"company": company, "post": post})


def _of_deals(found: dict[int, dict[str, Any]]) -> None:
    for deal, contact in participants_of(found):
        found[deal]["contacts"].append(contact)


def _nothing(found: dict[int, dict[str, Any]]) -> None:
    """Leads and companies have nothing more."""


_MORE: dict[str, Callable[[dict[int, dict[str, Any]]], None]] = {"contact": _of_contacts, "deal": _of_deals}
