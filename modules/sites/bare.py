"""What a site's address answers while it has no page to show: a page that needs no file, no script and no portal."""

from __future__ import annotations

import base64
import hashlib

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _

_STYLE = (
    "html{color-scheme:light dark;font:1.0625rem/1.5 system-ui,sans-serif}"
    "body{min-height:100vh;margin:0;display:grid;place-content:center;padding:2rem;text-align:center}"
    "h1{font-size:1.5rem;margin:0 0 .5rem}p{margin:0;opacity:.75}"
)
_PRINT = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_PRINT}'; frame-ancestors 'none'"


def nothing(language: str) -> bytes:
    """There is no published page here; in the company's language, the same for every company."""
    with translation.override(language):
        return _page(language, _("Nothing here"), _("There is no published page at this address."))


def away(language: str) -> bytes:
    """There is one, but it cannot be shown now."""
    with translation.override(language):
        return _page(language, _("Not available"), _("This site does not answer now. Try again later."))


def _page(language: str, title: str, text: str) -> bytes:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></body></html>"
    ).encode()
