"""Words as they are stored for search and as they are searched for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import QuerySet

from modules.sites.models import Submission

LONGEST = 8000
MOST_WORDS = 8
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words of ``text``: runs of letters and digits, lower-case, so that parts of addresses count as words."""
    return _WORD.findall(text.lower())


def search_text(answers: Iterable[Mapping[str, str]]) -> str:
    """What is stored to find answers by: their words, and phone numbers once more without gaps."""
    words: list[str] = []
    for row in answers:
        words += words_of(row["value"])
        if row["kind"] == "phone":
            words.append("".join(character for character in row["value"] if character.isdigit()))
    return " ".join(words)[:LONGEST]


def search_submissions(rows: QuerySet[Submission], text: str) -> QuerySet[Submission]:
    """Those of ``rows`` that have, for each word of ``text``, a word starting with it (uses the index)."""
    words = words_of(text)[:MOST_WORDS]
    if not words:
        return rows.none()
    query = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    return rows.annotate(found=SearchVector("search_text", config="simple")).filter(found=query)
