"""The HTML that pages may hold, enforced with nh3 when a page is saved and again when it is published (promise 52).

What the editor sends is never believed: tags and attributes come from the lists here, classes are those of our
stylesheet, images are the site's own, links lead to a page, a mail or a call. No script, style, form or frame.
"""

from __future__ import annotations

import re
from pathlib import Path

from modules.sites.domain.markup import safe_link

LONGEST_HTML = 400_000
ASSETS = Path(__file__).resolve().parent.parent / "page_assets"
CLASSES = frozenset(re.findall(r"\.([a-z][a-z0-9-]*)", (ASSETS / "site.css").read_text(encoding="utf-8")))
IMAGE = re.compile(r"/_a/[0-9a-f]{32}|/_i/[a-z][a-z0-9-]{0,40}\.svg")
#: What code fills in when a page is published, by the name in `data-part`.
PARTS = frozenset({"form", "menu", "video", "clock", "frame", "year", "catalogue", "icon"})

_TAGS = {
    "section", "header", "footer", "nav", "div", "article", "aside", "figure", "figcaption", "img", "hr", "br",
    "h1", "h2", "h3", "h4", "p", "span", "a", "strong", "b", "em", "i", "u", "s", "small", "sub", "sup", "code",
    "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "cite", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "details", "summary", "time",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "id", "lang", "dir"},
    "a": {"href", "target", "aria-label"},
    "img": {"src", "alt", "width", "height"},
    "div": {
        "data-part",
        "data-form",
        "data-url",
        "data-until",
        "data-title",
        "data-from",
        "data-section",
        "data-count",
    },
    "span": {"data-part", "data-icon", "aria-hidden"},
    "nav": {"data-part", "aria-label"},
    "details": {"open"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
    "time": {"datetime"},
}
_DROPPED = {"script", "style", "svg", "math", "template", "iframe", "noscript", "textarea", "title", "object", "select"}
_FULL_URL = re.compile(r"https://[^\s\"'<>\\]{4,500}")
_RULES = {
    "id": re.compile(r"[a-z][a-z0-9-]{0,40}"),
    "lang": re.compile(r"[a-zA-Z-]{2,12}"),
    "dir": re.compile(r"ltr|rtl|auto"),
    "target": re.compile(r"_blank"),
    "width": re.compile(r"[0-9]{1,5}"),
    "height": re.compile(r"[0-9]{1,5}"),
    "colspan": re.compile(r"[0-9]{1,2}"),
    "rowspan": re.compile(r"[0-9]{1,2}"),
    "start": re.compile(r"[0-9]{1,4}"),
    "scope": re.compile(r"col|row"),
    "aria-hidden": re.compile(r"true"),
    "open": re.compile(r"|open"),
    "src": IMAGE,
    "data-part": re.compile("|".join(sorted(PARTS))),
    "data-form": re.compile(r"[0-9a-f]{20}"),
    "data-url": _FULL_URL,
    "data-until": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?"),
    "data-section": re.compile(r"[0-9]{1,12}"),
    "data-count": re.compile(r"3|6|9|12|24"),
    "data-icon": re.compile(r"[a-z]{2,20}"),
    "data-from": re.compile(r"menu|footer"),
    "datetime": re.compile(r"[0-9T:+-]{4,30}"),
}
_FREE = {"alt": 300, "aria-label": 120, "data-title": 200}


def clean_page(html: str) -> str:
    """``html`` with nothing left but our vocabulary. Cleaning twice changes nothing."""
    import nh3

    return nh3.clean(
        html.replace("\x00", ""),
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        link_rel="noopener",
        strip_comments=True,
        url_schemes={"https", "http", "mailto", "tel"},
    ).strip()


def _filter(_tag: str, name: str, value: str) -> str | None:
    if name == "class":
        kept = [word for word in dict.fromkeys(value.split()) if word in CLASSES]
        return " ".join(kept) or None
    if name in _FREE:
        return value[: _FREE[name]]
    if name == "href":
        return value.strip() if safe_link(value.strip()) else None
    if name == "rel":  # set by the cleaner itself
        return value
    rule = _RULES.get(name)
    return value if rule is not None and rule.fullmatch(value) else None


_HEAD_TAGS = {"meta", "link"}
_HEAD_RULES = {
    "name": re.compile(r"(?!viewport|referrer|robots|description|theme-color|color-scheme)[A-Za-z0-9:._-]{2,80}"),
    "property": re.compile(r"[a-z]+:[A-Za-z0-9:._-]{1,60}"),
    "content": re.compile(r"[^\x00-\x1f]{0,500}"),
    "rel": re.compile(r"me|author|license|webmention"),
    "href": _FULL_URL,
}


def clean_head(html: str) -> str:
    """Own lines for the head: `meta` and a few kinds of `link`, which prove ownership or describe; never code."""
    import nh3

    cleaned = nh3.clean(
        html.replace("\x00", ""),
        tags=_HEAD_TAGS,
        clean_content_tags=_DROPPED,
        attributes={"meta": {"name", "property", "content"}, "link": {"rel", "href"}},
        attribute_filter=lambda _tag, name, value: value if _HEAD_RULES[name].fullmatch(value) else None,
        link_rel=None,
        strip_comments=True,
    )
    rows = re.findall(r"<(?:meta|link)(?: [a-z]+=\"[^\"]*\")+>", cleaned)
    return "\n".join(
        row for row in rows if (" content=" in row and ("name=" in row or "property=" in row)) or " rel=" in row
    )
