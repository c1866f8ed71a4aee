"""The statement: every movement of a portal's wallet, newest first, each with its cause."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet

from billing.models import Account, Entry, Posting
from infra.kit.errors import NotFound

CauseLink = Callable[[int, str], str]
"""(portal id, what follows the first word of the cause) → address of the page about it, "" where there is none."""

_links: dict[str, CauseLink] = {}


def link_causes(word: str, link: CauseLink) -> None:
    """Let causes that begin with `word` ("call" in "call:17") open a page. Called when an app is ready."""
    _links[word] = link


def cause_link(posting: Posting) -> str:
    """The page about what was paid for or with, "" where there is none."""
    word, _colon, rest = posting.cause.partition(":")
    link = _links.get(word)
    return link(posting.portal_id, rest) if link is not None else ""


def lines(portal_id: int) -> QuerySet[Entry]:
    """The wallet's movements, with what each is about."""
    return Entry.objects.filter(portal_id=portal_id, account=Account.WALLET).select_related("posting")


def posting_of(portal_id: int, posting_id: int) -> Posting:
    """One posting of the portal, with its lines. Raises NotFound, also for another portal's."""
    found = Posting.objects.filter(portal_id=portal_id, pk=posting_id).prefetch_related("entries").first()
    if found is None:
        raise NotFound
    return found
