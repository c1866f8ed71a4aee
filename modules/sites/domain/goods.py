"""Goods of the company's catalogue on pages: drawn when the site is published, their prices fetched after.

Who has the catalogue is told once when the house starts (`sell_with`); without it the block shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape

from modules.sites.contracts import Catalogue, Goods

COUNTS = (3, 6, 9, 12, 24)
_TEXT = 160
_PART = re.compile(r'<div((?: [a-z-]+="[^"<>]*")*)>')
_catalogue: Catalogue | None = None


def sell_with(catalogue: Catalogue) -> None:
    """Name who has the catalogue (called once, when the house starts)."""
    global _catalogue
    _catalogue = catalogue


def sections() -> Sequence[tuple[int, str]]:
    """Sections of the catalogue as (id, name); none where there is no catalogue."""
    return _catalogue.sections() if _catalogue is not None else ()


def goods_for(documents: Sequence[str]) -> dict[tuple[str, str], tuple[Goods, ...]]:
    """What the blocks in these pages show, by section and count as they are written there."""
    wanted = dict.fromkeys(key for text in documents for key in _asked(text))
    return {key: shown(*key) for key in wanted}


def shown(section: str, count: str) -> tuple[Goods, ...]:
    """The goods that a block with this section and count shows."""
    if _catalogue is None:
        return ()
    most = int(count) if count.isdecimal() else COUNTS[0]
    return tuple(_catalogue.goods(int(section) if section.isdecimal() else None, min(most, COUNTS[-1])))


def prices(ids: Sequence[int]) -> Mapping[int, str]:
    """Prices now, in words."""
    return _catalogue.prices(ids) if _catalogue is not None else {}


def _asked(html: str) -> list[tuple[str, str]]:
    found = []
    for attributes in _PART.findall(html):
        given = {name: unescape(value) for name, value in re.findall(r' ([a-z-]+)="([^"]*)"', attributes)}
        if given.get("data-part") == "catalogue":
            found.append((given.get("data-section", ""), given.get("data-count", "")))
    return found


def picture_name(row: Goods) -> str:
    """The name of a product's picture among the files of a site; it changes with the picture."""
    return f"{row.id}-{row.picture_hash}.webp"


def cards(rows: Sequence[Goods], art_base: str, *, draft: bool) -> str:
    """The goods as cards of our vocabulary; a draft shows drawings in place of pictures."""
    return "".join(_card(row, art_base, draft) for row in rows)


def _card(row: Goods, art_base: str, draft: bool) -> str:
    source = f"/_g/{picture_name(row)}" if row.picture and not draft else f"{art_base}box.svg"
    text = row.text if len(row.text) <= _TEXT else f"{row.text[: _TEXT - 1].rstrip()}…"
    return (
        f'<li class="card card-pic"><figure class="pic"><img src="{escape(source)}" alt="{escape(row.name)}" '
        'width="720" height="540" loading="lazy" decoding="async"></figure>'
        f'<div class="stack"><h3>{escape(row.name)}</h3><p class="quiet">{escape(text)}</p>'
        f'<p class="price" data-price="{row.id}">{escape(row.price)}</p></div></li>'
    )
