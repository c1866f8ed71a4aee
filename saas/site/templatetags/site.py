"""`{% load site %}`: pictures of the product on the service's pages."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

LANGUAGES = ("en", "ru")  # in which the pictures were taken
WIDTH, HEIGHT = 1440, 900


@register.simple_tag
def product_picture(name: str, alt: str, eager: bool = False) -> SafeString:
    """A picture of the product in the reader's language and colour scheme; those far down load when they come near."""
    language = next((code for code in LANGUAGES if (get_language() or "").startswith(code)), LANGUAGES[0])
    light, dark = (static(f"site/{name}-{language}-{scheme}.webp") for scheme in ("light", "dark"))
    return format_html(
        '<picture><source media="(prefers-color-scheme: dark)" srcset="{}">'
        '<img src="{}" alt="{}" width="{}" height="{}" loading="{}" decoding="async"></picture>',
        dark,
        light,
        alt,
        WIDTH,
        HEIGHT,
        "eager" if eager else "lazy",
    )
