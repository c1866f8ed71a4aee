"""What may stand in a page that strangers open: cleaned on the server, at save and again at render (promise 52)."""

from __future__ import annotations

import re
import unicodedata

_TAGS = {"p", "br", "strong", "b", "em", "i", "u", "s", "ul", "ol", "li", "a", "blockquote", "h3", "h4", "code"}
_SCHEMES = {"https", "http", "mailto", "tel"}
_LINK = re.compile(
    r"(?:https?://[^\s/?#]+[^\s]*|mailto:[^\s@]+@[^\s@]+|tel:\+?[0-9 ()-]{3,30}|/(?![/\\])[^\s\\]*|#[A-Za-z0-9_-]*)"
)


def clean_html(html: str) -> str:
    """`html` with nothing left but text markup and plain links: no script, style, class, id, image or frame."""
    import nh3  # 1.5 MB, for who edits pages and pages alone

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "svg", "math", "template", "iframe", "noscript", "textarea", "title"},
        attributes={"*": set(), "a": {"href"}},
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow",
        strip_comments=True,
    )


def safe_link(link: str) -> bool:
    """Whether a visitor's click on `link` can only lead to a page, a mail or a call, never run script."""
    return bool(_LINK.fullmatch(link)) and link.isprintable()


def one_line(text: str) -> str:
    """`text` without control characters (PostgreSQL stores no NUL) and with single spaces."""
    if text.isprintable():  # as nearly always
        return " ".join(text.split())
    return " ".join("".join(" " if _unprintable(character) else character for character in text).split())


def many_lines(text: str) -> str:
    """`text` without control characters, its lines kept, nothing at its ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in lines if character in "\n\t" or not _unprintable(character)).strip()


def _unprintable(character: str) -> bool:
    """Control characters (Unicode Cc) and lone halves of surrogate pairs, which no database takes."""
    return unicodedata.category(character) in {"Cc", "Cs"}
