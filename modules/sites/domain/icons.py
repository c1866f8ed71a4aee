"""Small drawings in lines, our own, in the colour of what they stand in; a page names them, drawing puts them in."""

from __future__ import annotations

import json

from django.utils.translation import pgettext_lazy

from infra.kit.errors import Text
from modules.sites.domain.vocabulary import ASSETS

_LINES: dict[str, str] = json.loads((ASSETS / "icons.json").read_text(encoding="utf-8"))

NAMES: dict[str, Text] = {
    "bolt": pgettext_lazy("icon", "Lightning"),
    "chat": pgettext_lazy("icon", "Talk"),
    "shield": pgettext_lazy("icon", "Shield"),
    "phone": pgettext_lazy("icon", "Phone"),
    "mail": pgettext_lazy("icon", "Letter"),
    "pin": pgettext_lazy("icon", "Place"),
    "clock": pgettext_lazy("icon", "Clock"),
    "calendar": pgettext_lazy("icon", "Calendar"),
    "star": pgettext_lazy("icon", "Star"),
    "heart": pgettext_lazy("icon", "Heart"),
    "care": pgettext_lazy("icon", "Health"),
    "tooth": pgettext_lazy("icon", "Tooth"),
    "smile": pgettext_lazy("icon", "Smile"),
    "sparkle": pgettext_lazy("icon", "Shine"),
    "leaf": pgettext_lazy("icon", "Leaf"),
    "truck": pgettext_lazy("icon", "Truck"),
    "bike": pgettext_lazy("icon", "Bicycle"),
    "camera": pgettext_lazy("icon", "Camera"),
    "box": pgettext_lazy("icon", "Box"),
    "gift": pgettext_lazy("icon", "Gift"),
    "card": pgettext_lazy("icon", "Payment card"),
    "tag": pgettext_lazy("icon", "Price tag"),
    "chart": pgettext_lazy("icon", "Growth"),
    "map": pgettext_lazy("icon", "Map"),
    "bell": pgettext_lazy("icon", "Bell"),
    "screen": pgettext_lazy("icon", "Screen"),
    "megaphone": pgettext_lazy("icon", "Megaphone"),
    "film": pgettext_lazy("icon", "Film"),
    "bread": pgettext_lazy("icon", "Bread"),
    "cake": pgettext_lazy("icon", "Cake"),
    "cup": pgettext_lazy("icon", "Cup"),
    "people": pgettext_lazy("icon", "People"),
    "home": pgettext_lazy("icon", "House"),
    "tools": pgettext_lazy("icon", "Tools"),
    "lamp": pgettext_lazy("icon", "Idea"),
    "globe": pgettext_lazy("icon", "Globe"),
}


def drawn(name: str) -> str:
    """The icon as SVG without any style of its own; "" for an unknown name."""
    lines = _LINES.get(name)
    return f'<svg viewBox="0 0 24 24">{lines}</svg>' if lines else ""
