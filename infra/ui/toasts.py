"""Short messages that appear, are read out, and go."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

from infra.kit.errors import Text

_LEVELS = {
    "success": messages.SUCCESS,
    "neutral": messages.INFO,
    "info": messages.INFO,
    "warning": messages.WARNING,
    "danger": messages.ERROR,
}


def toast(request: HttpRequest, text: Text, tone: str = "success", *, undo: str = "") -> None:
    """Show `text` on the next page, or with this htmx answer. `tone`: success, neutral, info, warning, danger.

    `undo` is the address that takes back what was done: the message gets a button that posts there.
    """
    messages.add_message(request, _LEVELS[tone], str(text), extra_tags=undo)
