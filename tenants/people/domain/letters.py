"""Letters of this room: rendered in the reader's language, sent after commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language

from infra.adapters import mail
from infra.ui.letters import render_letter


def send_letter(name: str, *, to: str, locale: str, context: Mapping[str, Any]) -> None:
    """Render the letter `name` (two templates) and queue it for `to`; `locale` "" means the language of the moment."""
    letter = render_letter(name, dict(context), language=locale or get_language() or "en")
    mail.send(to, letter.subject, letter.text, letter.html)
