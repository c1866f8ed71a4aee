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


def toast(request: HttpRequest, text: Text, tone: str = "success") -> None:
    """Show `text` on the next page, or with this htmx answer. `tone`: success, neutral, info, warning, danger."""
    messages.add_message(request, _LEVELS[tone], str(text))
