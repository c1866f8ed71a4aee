"""How a person is shown: picture or initials, and the name."""

from __future__ import annotations

import zlib
from html import escape
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

TINTS = 6


def initials_of(person: Any) -> str:
    """One or two letters for a person without a picture."""
    given = getattr(person, "initials", "")
    if given:
        return str(given)
    words = str(getattr(person, "display_name", person)).split()
    return "".join(word[0] for word in words[:2]).upper() or "?"


def avatar_html(person: Any, size: str = "md") -> SafeString:
    """The person's picture, or their initials on a tint that stays theirs. Decoration: the name stands beside it."""
    if person is None:
        return format_html('<span class="ui-avatar ui-avatar-{} ui-avatar-0" aria-hidden="true">–</span>', size)
    picture = getattr(person, "photo_url", "") or ""
    if callable(picture):
        picture = picture()
    if picture:
        return format_html(
            '<img class="ui-avatar ui-avatar-{}" src="{}" alt="" loading="lazy" decoding="async">', size, picture
        )
    name = str(getattr(person, "display_name", person))
    tint = zlib.crc32(f"{getattr(person, 'pk', '')}{name}".encode()) % TINTS
    return SafeString(
        f'<span class="ui-avatar ui-avatar-{escape(size)} ui-avatar-{tint}" aria-hidden="true">'
        f"{escape(initials_of(person))}</span>"
    )


def person_html(person: Any) -> SafeString:
    """Picture and name in one line; empty for nobody."""
    if person is None:
        return SafeString("")
    name = escape(str(person.display_name))
    return SafeString(f'<span class="ui-person">{avatar_html(person, "sm")}<span>{name}</span></span>')
