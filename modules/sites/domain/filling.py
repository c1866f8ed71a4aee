"""What a page's HTML leaves open is filled in when the page is drawn: forms, menu, pictures, video, clock.

It reads only what `clean_page` wrote: attributes stand in double quotes and hold no angle brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _

from modules.sites.contracts import Goods
from modules.sites.domain import goods, icons

_ATTRIBUTES = r"((?: [a-z-]+=\"[^\"<>]*\")*)"
_OPEN = re.compile(rf"<(div|nav|span){_ATTRIBUTES}>")
_IMAGE = re.compile(rf"<img{_ATTRIBUTES}>")
_PAIR = re.compile(r' ([a-z-]+)="([^"]*)"')
_ID = re.compile(r"[A-Za-z0-9_-]{6,40}")
#: Hosts whose player we load after a click, and how its address is made of the name of the video.
PLAYERS: dict[str, str] = {
    "youtube": "https://www.youtube-nocookie.com/embed/{}?autoplay=1",
    "vimeo": "https://player.vimeo.com/video/{}?autoplay=1&dnt=1",
    "rutube": "https://rutube.ru/play/embed/{}/",
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image pages may show: size in pixels, and its lighter forms as (width, format), the widest last."""

    name: str
    width: int
    height: int
    key: str
    alt: str = ""
    sizes: tuple[tuple[int, str, str], ...] = ()


@dataclass(kw_only=True)
class Filling:
    """What is needed to fill a page, and what came of it: hosts that its policy must let in frames, goods shown."""

    form: Callable[[str], str]
    menu: Sequence[tuple[str, str, bool]]
    pictures: Mapping[str, Picture]
    year: int
    image_base: str
    art_base: str
    goods: Mapping[tuple[str, str], Sequence[Goods]] = field(default_factory=dict)
    draft: bool = False
    foreign_pages: bool = False
    nav_label: str = ""
    frames: list[str] = field(default_factory=list)
    sold: list[int] = field(default_factory=list)
    seen: int = 0


def fill(html: str, filling: Filling) -> str:
    """``html`` with everything in it that was left open."""
    return _OPEN.sub(lambda match: _part(match, filling), _IMAGE.sub(lambda match: _picture(match, filling), html))


def player(url: str) -> str:
    """Where the player of the video at ``url`` is, or "" when we know none for it."""
    parts = urlsplit(url)
    host, path = parts.netloc.lower().removeprefix("www.").removeprefix("m."), [p for p in parts.path.split("/") if p]
    name, kind = "", ""
    if host == "youtu.be" and path:
        name, kind = path[0], "youtube"
    elif host in {"youtube.com", "youtube-nocookie.com"}:
        name, kind = (parse_qs(parts.query).get("v") or path[-1:] or [""])[0], "youtube"
    elif host in {"vimeo.com", "player.vimeo.com"} and path:
        name, kind = path[-1], "vimeo"
    elif host == "rutube.ru" and path:
        name, kind = path[-1], "rutube"
    return PLAYERS[kind].format(name) if kind and _ID.fullmatch(name) else ""


def _part(match: re.Match[str], filling: Filling) -> str:
    tag, given = match[1], {name: unescape(value) for name, value in _PAIR.findall(match[2])}
    part = given.get("data-part", "")
    if not part:
        return match[0]
    makers: dict[str, Callable[[dict[str, str], Filling], str]] = {
        "form": lambda values, to: to.form(values.get("data-form", "")),
        "menu": _menu,
        "video": _video,
        "clock": _clock,
        "frame": _frame,
        "catalogue": _goods,
        "year": lambda _values, to: str(to.year),
        "icon": lambda values, _to: icons.drawn(values.get("data-icon", "")),
    }
    kept = {
        name: value
        for name, value in given.items()
        if name not in {"data-part", "data-form", "data-section", "data-count", "data-icon"}
    }
    if part == "menu":
        kept["aria-label"] = kept.get("aria-label") or filling.nav_label or _("Pages")
    if part == "video":
        kept.pop("data-url", None)
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    return f"<{tag}{attributes}>{makers[part](given, filling)}"


def _menu(_values: dict[str, str], filling: Filling) -> str:
    if len(filling.menu) < 2:
        return ""
    links = "".join(
        f'<a href="{escape(address)}"{" aria-current=page" if current else ""}>{escape(title)}</a>'
        for address, title, current in filling.menu
    )
    label = escape(_("Open the menu"))
    box = f'<input class="menu-box" type="checkbox" aria-label="{label}">'
    return f'{box}<span class="menu-sign" aria-hidden="true"></span><div>{links}</div>'


def _video(values: dict[str, str], filling: Filling) -> str:
    url, title = values.get("data-url", ""), values.get("data-title") or _("Play the video")
    address = player(url)
    if not address:
        return f'<a href="{escape(url)}" rel="noopener">{escape(title)}</a>' if url else ""
    parts = urlsplit(address)
    filling.frames.append(f"{parts.scheme}://{parts.netloc}")
    return f'<a href="{escape(url)}" rel="noopener" data-player="{escape(address)}">{escape(title)}</a>'


def _clock(values: dict[str, str], _filling: Filling) -> str:
    units = (("d", _("days")), ("h", _("hours")), ("m", _("minutes")), ("s", _("seconds")))
    return "".join(f'<span><b data-unit="{unit}">00</b>{escape(word)}</span>' for unit, word in units)


def _goods(values: dict[str, str], filling: Filling) -> str:
    rows = filling.goods.get((values.get("data-section", ""), values.get("data-count", "")), ())
    filling.sold += [row.id for row in rows]
    return f'<ul class="grid cols-3">{goods.cards(rows, filling.art_base, draft=filling.draft)}</ul>' if rows else ""


def _frame(values: dict[str, str], filling: Filling) -> str:
    parts = urlsplit(values.get("data-url", ""))
    if not filling.foreign_pages or parts.scheme != "https" or not parts.hostname:
        return ""
    filling.frames.append(f"https://{parts.netloc}")
    return (
        f'<iframe src="{escape(values["data-url"])}" title="{escape(values.get("data-title") or parts.hostname)}" '
        'loading="lazy" referrerpolicy="strict-origin-when-cross-origin" '
        'sandbox="allow-scripts allow-same-origin allow-forms allow-popups"></iframe>'
    )


def _picture(match: re.Match[str], filling: Filling) -> str:
    given = dict(_PAIR.findall(match[1]))
    source = given.get("src", "")
    if not source:
        return ""
    given.setdefault("alt", "")
    first = filling.seen == 0
    filling.seen += 1
    given |= {"fetchpriority": "high"} if first else {"loading": "lazy"}
    given["decoding"] = "async"
    if source.startswith("/_i/"):
        given["src"] = filling.art_base + source[4:]
        return _tag(given)
    picture = filling.pictures.get(source[4:])
    if picture is None:
        return ""
    given |= {"src": filling.image_base + picture.name, "width": str(picture.width), "height": str(picture.height)}
    if filling.image_base != "/_a/":
        return _tag(given)
    sets = ""
    for kind in ("avif", "webp"):
        forms = [f"/_a/{picture.name}-{width}.{kind} {width}w" for width, form, _key in picture.sizes if form == kind]
        if forms:
            sizes = "(max-width: 44rem) 92vw, 640px"
            sets += f'<source type="image/{kind}" srcset="{", ".join(forms)}" sizes="{sizes}">'
    return f"<picture>{sets}{_tag(given)}</picture>" if sets else _tag(given)


def _tag(values: Mapping[str, str]) -> str:
    return "<img" + "".join(f' {name}="{value}"' for name, value in values.items()) + ">"
