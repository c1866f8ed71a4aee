"""Colleagues named in comments: `@` and the whole name, or `@[12]`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from modules.crm.domain.access import may_do
from modules.crm.domain.kinds import kind_of
from tenants.people.models import User

_LOOKED_AT = 60
_MENTION = re.compile(r"@\[(\d{1,18})\]")


def people_mentioned(text: str) -> list[User]:
    """Active people mentioned in `text`, as @[12] or by @ and the whole name."""
    if "@" not in text:
        return []
    ids, words = {int(pk) for pk in _MENTION.findall(text)}, text.casefold()
    people = User.objects.active().select_related("role", "department").order_by("pk")
    return [person for person in people if person.pk in ids or f"@{person.display_name.casefold()}" in words]


def mentions_in(texts: Sequence[str]) -> list[list[int]]:
    """Ids of the active people that each of `texts` mentions (one statement)."""
    if not any("@" in text for text in texts):
        return [[] for _text in texts]
    people = [(person.pk, f"@{person.display_name.casefold()}") for person in User.objects.active().order_by("pk")]
    named = [({int(pk) for pk in _MENTION.findall(text)}, text.casefold()) for text in texts]
    return [[pk for pk, name in people if pk in ids or name in words] for ids, words in named]


def unseeing(record: Any, text: str) -> list[User]:
    """Who is mentioned in `text` and may not see `record`."""
    return [person for person in people_mentioned(text) if not _sees(person, record)]


def _sees(person: User, record: Any) -> bool:
    return may_do(person, kind_of(record).permission("view"), record)


def colleagues_for(record: Any, typed: str, most: int = 8) -> list[User]:
    """People to mention on `record`: those whose name begins with `typed`, or a word of it does, and who may see it."""
    people = User.objects.employees().select_related("role", "department").order_by("first_name", "last_name", "pk")
    for word in typed.replace("\0", "").split()[:3]:
        people = people.filter(Q(first_name__istartswith=word) | Q(last_name__istartswith=word))
    found: list[User] = []
    for person in people[:_LOOKED_AT]:
        if len(found) < most and _sees(person, record):
            found.append(person)
    return found


def with_names(texts: Sequence[str]) -> list[str]:
    """`texts` with mentions as names."""
    ids = {int(pk) for text in texts for pk in _MENTION.findall(text)}
    names = {person.pk: person.display_name for person in User.objects.filter(pk__in=ids)} if ids else {}
    return [_MENTION.sub(lambda found: "@" + names.get(int(found[1]), "…"), text) for text in texts]
