"""Search as a person may: what is hidden from their role finds nothing, so that nobody guesses it by searching."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Replace

from infra.kit.access import Actor
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.fields import EMAILS, PEOPLE_OF_DEAL, PHONES, PLACES_OF_WORK, SEARCHED, Field, Type
from modules.crm.domain.kinds import Kind, fields_of
from modules.crm.domain.phones import digits_of, looks_like_phone
from modules.crm.domain.search import found, query_of
from modules.crm.models import ContactPoint, RecordQuerySet

# Whose names a record is found by besides its own words.
_LINKS = frozenset({"company_id", "contact_id", PLACES_OF_WORK, PEOPLE_OF_DEAL})
_WORDS = frozenset({Type.TEXT, Type.LONG_TEXT, Type.LINK})


def found_by(actor: Actor, kind: Kind, rows: RecordQuerySet[Any], text: str) -> RecordQuerySet[Any]:
    """The part of `rows` (of `kind`) that fits `text` by what `actor` may see; an empty text changes nothing."""
    closed = hidden(actor, kind)
    text = text.replace("\0", " ").strip()[:200]
    hits = found(rows, text)
    if not closed or not text:
        return hits
    items = fields_of(kind)
    if not any(item.key in closed and (item.in_search or item.key in _LINKS) for item in items):
        return hits
    return _by_what_is_seen(kind, hits, [item for item in items if item.key not in closed], text)


def _by_what_is_seen(kind: Kind, hits: RecordQuerySet[Any], items: Collection[Field], text: str) -> RecordQuerySet[Any]:
    """Those of `hits` that fit by their name, or by words, phones and e-mails among `items`; linked names do not count.

    No index serves this: the hits alone are looked at.
    """
    searched = [item for item in items if item.in_search and item.key != kind.title_field]
    columns = [kind.title_field, *(item.key for item in searched if item.type in _WORDS and not item.custom)]
    own = [KeyTextTransform(item.key, "custom") for item in searched if item.type in SEARCHED and item.custom]
    words = [Replace(Coalesce(word, Value("")), Value("ё"), Value("е")) for word in (*map(F, columns), *own)]
    vector: Any = CombinedExpression(
        SearchVector(*words, config="simple"),
        "||",
        SearchVector(*words, config="russian"),
        output_field=SearchVectorField(),
    )
    condition = Q()
    for column in columns:  # numbers of papers and SKUs are no words
        condition |= Q(**{f"{column}__icontains": text})
    for query in (query_of(text), query_of(text, loose=True)):
        if query is not None:
            condition |= Q(seen_words=query)
    for name, value in _points(text):
        if kind.reachable and any(item.key == name for item in searched):
            points = ContactPoint.objects.filter(**{kind.key: OuterRef("pk")}, kind=name[:-1], value__contains=value)
            condition |= Q(Exists(points))
    return hits.alias(seen_words=vector).filter(condition)


def _points(text: str) -> list[tuple[str, str]]:
    """What a phone or an e-mail would have to contain to fit `text`."""
    if looks_like_phone(text):
        digits = digits_of(text)
        return [(PHONES, digits[1:] if digits.startswith("8") and len(digits) >= 4 else digits)]
    return [(EMAILS, text.lower())]
