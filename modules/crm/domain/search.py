"""Search that needs no extension: PostgreSQL's own text search with prefixes, and phone fragments as suffix lexemes.

A record's `search` holds its words twice (as written and stemmed, so endings do not matter), its e-mails whole and in
parts, and every ending of its phone numbers: a fragment from the middle of a number is then a prefix of one of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection
from django.db.models import BooleanField, F, FloatField, Func, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Least

from infra.db.connections import DEFAULT
from modules.crm.domain.phones import digits_of, looks_like_phone, suffixes_of
from modules.crm.models import RecordQuerySet

_WORD = re.compile(r"\w+")
_MOST_WORDS, _MOST_MISTYPED = 8, 4
WORKED_OUT = "to_tsvector('simple', {0}) || to_tsvector('russian', {0}) || array_to_tsvector(string_to_array({1}, ' '))"
_PLACES = ("%s", "%s")
FEW, PAGE = 2_000, 51
NEWEST, NEAR = 20_000, 0.5
SHORT = 4  # words up to this length have no ending to speak of
_ACCENTED = re.compile(r"\w*[\u00c0-\u024f\u1e00-\u1eff]\w*")
_BARE = str.maketrans("łŁđĐøØ", "lLdDoO")


def document(words: Iterable[str], emails: Iterable[str], phones: Iterable[str]) -> Any:
    """The SQL value of a record's `search` for these words, e-mails and phones (E.164 or as typed)."""
    text, exact = parts_of(words, emails, phones)
    return RawSQL(WORKED_OUT.format(*_PLACES), [text, text, exact], output_field=SearchVectorField())  # noqa: S611


def parts_of(words: Iterable[str], emails: Iterable[str], phones: Iterable[str]) -> tuple[str, str]:
    """What WORKED_OUT takes for a record: its text, and lexemes that no dictionary touches, apart by blanks."""
    emails = list(emails)
    text = " ".join(_spelled(part) for part in (*words, *(re.sub(r"[@.]", " ", mail) for mail in emails)) if part)
    if accented := _ACCENTED.findall(text):  # also found by who types them without
        text = " ".join([text, *map(_bare, accented)])
    exact = {mail.lower().replace(" ", "") for mail in emails}
    for phone in phones:
        exact.update(suffixes_of(digits_of(phone)))
    return text, " ".join(sorted(exact))


def found(rows: RecordQuerySet[Any], text: str) -> RecordQuerySet[Any]:
    """The part of `rows` that has every word of `text` (or its beginning); an empty text changes nothing.

    Up to FEW hits are found by the text index first and named by id. Left to itself PostgreSQL guesses that every
    prefix is in half a percent of the rows, walks the list's order instead, and needs a second for a rare word at a
    million rows. Words with more hits than that are met soon on that walk, unless all of them are old: then the text
    index finds them all, too, and those are put in order.
    """
    query = query_of(text)
    if query is None:
        return rows
    hits = _hits(rows, query)
    if not hits:  # other endings, whatever the language; then words mistyped
        loose = query_of(text, loose=True)
        hits = _hits(rows, loose) if loose is not None else []
        query, hits = loose or query, hits or _nearly(rows, text)
    if len(hits) <= FEW:
        return rows.filter(pk__in=hits)
    return rows.filter(search=query) if _met_soon(rows, query) else rows.filter(_AmongHits(F("pk"), _ids(rows, query)))


def _met_soon(rows: RecordQuerySet[Any], query: Any) -> bool:
    """Whether a walk from the newest of `rows` has a page of hits, or an end, within NEWEST of them."""
    ordered = rows.order_by("-created_at", "-pk")
    newest, newest_values = ordered.values("search")[:NEWEST].query.sql_with_params()
    beyond, beyond_values = ordered.values("pk")[NEWEST : NEWEST + 1].query.sql_with_params()
    words, word_values = rows.query.get_compiler(DEFAULT).compile(query.resolve_expression(rows.query.chain()))
    met = f"SELECT count(*) FROM (SELECT FROM ({newest}) newest WHERE search @@ {words} LIMIT {PAGE}) met"  # noqa: S608 - made by the ORM, values apart
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CASE WHEN ({met}) = {PAGE} THEN true ELSE NOT EXISTS ({beyond}) END",
            [*newest_values, *word_values, *beyond_values],
        )
        return bool(cursor.fetchone()[0])


def _ids(rows: RecordQuerySet[Any], query: Any) -> Any:
    return ArraySubquery(rows.model._default_manager.filter(search=query).values("pk"))


class _AmongHits(Func):
    """Whether the id is one of an array that is made first: PostgreSQL cannot walk the list's order to find it."""

    template, arg_joiner, output_field = "%(expressions)s)", " = ANY(", BooleanField()


def _hits(rows: RecordQuerySet[Any], query: Any) -> list[int]:
    return list(rows.model._default_manager.filter(search=query).values_list("pk", flat=True)[: FEW + 1])


def _nearly(rows: RecordQuerySet[Any], text: str) -> list[int]:
    """Ids of the newest records whose name has nearly every word of `text`, where the database has pg_trgm.

    Looked at are the newest NEWEST of `rows` alone, so that it takes the same time in a portal of any size.
    """
    text = text.strip()[:100]
    words = _WORD.findall(text)
    if (
        len(text) < 4
        or not 0 < len(words) <= _MOST_MISTYPED
        or looks_like_phone(text)
        or "\0" in text
        or not has_trigrams()
    ):
        return []
    name = "title" if any(field.name == "title" for field in rows.model._meta.concrete_fields) else "name"
    newest = rows.order_by("-created_at", "-pk").values("pk")[:NEWEST]
    likeness: list[Any] = [
        Func(Value(word), F(name), function="public.word_similarity", output_field=FloatField()) for word in words
    ]
    near = rows.model._default_manager.filter(pk__in=newest).annotate(
        near=Least(*likeness) if len(likeness) > 1 else likeness[0]
    )
    return list(near.filter(near__gte=NEAR).order_by("-near", "-pk").values_list("pk", flat=True)[:100])


def has_trigrams() -> bool:
    """Whether the database has the extension pg_trgm in public; the embedded one has not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
            " WHERE e.extname = 'pg_trgm' AND n.nspname = 'public'"
        )
        return cursor.fetchone() is not None


def query_of(text: str, *, loose: bool = False) -> Any:
    """`text` as a tsquery, None where it has no word. Never raises on what people type.

    A `loose` one takes words of five letters and more without their ending: the dictionaries know those of Russian and
    English alone. It is None where no word is that long.
    """
    text = text.replace("\0", " ").strip()[:200]
    if loose and not any(len(word) > SHORT for word in _WORD.findall(text) if not word.isdigit()):
        return None
    if looks_like_phone(text):
        return _any_of(f"'{number}':*" for number in _numbers(digits_of(text)))
    parts: list[Any] = []
    for piece in text.split()[:_MOST_WORDS]:
        if "@" in piece.strip("@"):
            parts.append(_quoted(piece.lower()))
            continue
        for word in _WORD.findall(_spelled(piece))[:_MOST_WORDS]:
            parts.append(_word(word, loose=loose))
    if not parts:
        return None
    query = parts[0]
    for part in parts[1:]:
        query = query & part
    return query


def _bare(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.translate(_BARE))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _spelled(text: str) -> str:
    return text.replace("ё", "е").replace("Ё", "Е")


def _numbers(digits: str) -> list[str]:
    # "8 495 …" is how +7 495 … is dialled inside Russia.
    return [digits, "7" + digits[1:]] if digits.startswith("8") and len(digits) >= 4 else [digits]


def _word(word: str, *, loose: bool) -> Any:
    if loose and len(word) > SHORT and not word.isdigit():
        kept = word.lower()[: max(SHORT - 1, len(word) - 2)]
        return SearchQuery(f"'{kept}':*", search_type="raw", config="simple")
    if len(word) <= 3 or word.isdigit():
        return SearchQuery(f"'{word.lower()}':*", search_type="raw", config="simple")
    return SearchQuery(f"'{word}':*", search_type="raw", config="simple") | SearchQuery(
        f"'{word}':*", search_type="raw", config="russian"
    )


def _quoted(lexeme: str) -> Any:
    safe = lexeme.replace("\\", "").replace("'", "")
    return _Raw(Value(f"'{safe}':*"))


def _any_of(lexemes: Iterable[str]) -> Any:
    return SearchQuery(" | ".join(lexemes), search_type="raw", config="simple")


class _Raw(SearchQuery):
    """A tsquery of exact lexemes, not parsed by any dictionary."""

    template = "(%(expressions)s)::tsquery"

    def __init__(self, value: Value) -> None:
        super().__init__(value)
        self.config = None

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        return Func.as_sql(self, compiler, connection, template=self.template)
