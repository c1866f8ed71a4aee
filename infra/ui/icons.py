"""Icons of the sprite that `npm run build` makes."""

from __future__ import annotations

import functools

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString


@functools.lru_cache(maxsize=4096)
def icon_html(name: str, label: str = "", size: str = "") -> SafeString:
    """The icon `name` (a Tabler outline icon). With `label` it is an image with that name, without it decoration."""
    css = "ui-icon" + (f" ui-icon-{size}" if size else "")
    sprite = static("ui/icons.svg")
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>', css, label, sprite, name
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, sprite, name)
