"""The tile of sites on the start page."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest

from infra.kit.access import Actor, may
from modules.sites.domain.access import MANAGE, submissions_for
from modules.sites.domain.queries import attention

_NEWEST = 5


def sent_lately(request: HttpRequest) -> dict[str, Any]:
    """The newest forms that visitors sent, and what of them waits for a person."""
    actor = cast(Actor, request.user)
    newest = submissions_for(actor).order_by("-created_at", "-id")[:_NEWEST]
    return {"newest": list(newest), "attention": attention(actor), "may_manage": may(actor, MANAGE)}
