"""People as others meet them: cards behind a RecordRef, hits of the global search."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.contrib.postgres.search import SearchQuery
from django.urls import reverse

from infra.kit.access import Actor
from infra.kit.refs import RecordCard, RecordRef
from tenants.people.domain.access import visible_people
from tenants.people.models import User
from tenants.people.models.user import UserQuerySet

_WORDS = re.compile(r"[\w@.+-]+")


def person_card(actor: Actor, person_id: int) -> RecordCard | None:
    """The person's card, None where the actor may not see them."""
    person = visible_people(actor).filter(id=person_id).first()
    return _card(person) if person is not None else None


def search_people(actor: Actor, text: str, limit: int) -> Sequence[RecordCard]:
    """People whose name, address or job title has words that begin as those of `text` do."""
    found = matching(visible_people(actor).active(), text).order_by("last_name", "first_name", "id")[:limit]
    return [_card(person) for person in found]


def matching(people: UserQuerySet, text: str) -> UserQuerySet:
    """The part of `people` in which every word of `text` begins some word of name, address or job title."""
    words = [word.strip(".+-@") for word in _WORDS.findall(text)]
    terms = ["'" + word.replace("'", "") + "':*" for word in words if word]
    if not terms:
        return people if not text.strip() else people.none()
    return people.filter(search=SearchQuery(" & ".join(terms), config="simple", search_type="raw"))


def _card(person: User) -> RecordCard:
    return RecordCard(
        ref=RecordRef("people", "person", person.id),
        title=person.display_name,
        subtitle=person.job_title or person.email,
        url=reverse("people:person", args=[person.id]),
        icon="user",
    )
