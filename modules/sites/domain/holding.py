"""One page, one writer: the first tab holds it, others are told who writes, may watch, and may take it over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import live
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from modules.sites.domain.access import MANAGE
from modules.sites.models import Page

#: A tab says every 15 seconds that it is still there; a closed one lets go after this.
LEASE = timedelta(seconds=45)
TOKEN = re.compile(r"[0-9a-f]{16,32}")


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Whether the tab may write now, and otherwise who does."""

    mine: bool
    name: str = ""


def hold_page(*, actor: Actor, page: Page, token: str, take: bool = False) -> Hold:
    """Ask to write, or say that one still does; ``take`` takes the page over from whoever has it.

    Raises Denied, Invalid for what is no token of a tab.
    """
    require_permission(actor, MANAGE)
    if not TOKEN.fullmatch(token):
        raise Invalid(fields={"token": [_("Open the editor again.")]})
    with transaction.atomic():
        locked = Page.objects.select_for_update(of=("self",)).select_related("held_by").get(pk=page.pk)
        if _is_held(locked) and locked.held_token != token and not take:
            return Hold(mine=False, name=locked.held_by.display_name if locked.held_by else "")
        changed = locked.held_token != token
        Page.objects.filter(pk=page.pk).update(held_by_id=actor.id, held_token=token, held_until=timezone.now() + LEASE)
        if changed:
            tell(locked, "page.held", {"token": token, "name": actor.display_name})
    return Hold(mine=True)


def let_go(*, actor: Actor, page: Page, token: str) -> None:
    """The tab closes; whoever waits may write at once. Does nothing for a tab that does not hold the page."""
    require_permission(actor, MANAGE)
    with transaction.atomic():
        if (
            Page.objects.filter(pk=page.pk, held_token=token)
            .exclude(held_token="")
            .update(held_by=None, held_token="", held_until=None)
        ):
            tell(page, "page.free", {})


def require_held(locked: Page, token: str) -> None:
    """Raises Conflict unless nobody but the tab with ``token`` writes."""
    if _is_held(locked) and locked.held_token != token:
        raise Conflict(
            _("%(name)s writes on this page now. Take it over, or wait.")
            % {"name": locked.held_by.display_name if locked.held_by else _("Someone")},
            code="held",
        )


def tell(page: Page, what: str, data: Mapping[str, Any]) -> None:
    """Let the open editors of the page know, after the commit."""
    live.send(group=f"record:sites.page:{page.pk}", type=what, data={**data, "page": page.pk})


def _is_held(page: Page) -> bool:
    return bool(page.held_token) and page.held_until is not None and page.held_until > timezone.now()
