"""A readable palette out of the one colour a site's owner chose, for light and dark."""

from __future__ import annotations

from dataclasses import dataclass

READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text to its ground
LIGHT_GROUND = "#f4f5f7"
DARK_GROUND = "#1d2026"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``: a filled ground, text on it, and the colour as text on light and on dark grounds."""

    accent: str
    on_accent: str
    on_light: str
    on_dark: str


def palette(color: str) -> Palette:
    """The palette of ``color`` (``#rrggbb``); every pair in it has a contrast of at least 4.5."""
    on_accent = "#ffffff" if contrast(color, "#ffffff") >= READABLE else "#101216"
    return Palette(
        accent=color if contrast(color, on_accent) >= READABLE else _until(color, "#ffffff", on_accent),
        on_accent=on_accent,
        on_light=_until(color, "#000000", LIGHT_GROUND),
        on_dark=_until(color, "#ffffff", DARK_GROUND),
    )


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _until(color: str, towards: str, ground: str) -> str:
    for step in range(21):
        mixed = _mix(color, towards, step / 20)
        if contrast(mixed, ground) >= READABLE:
            return mixed
    return towards


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _mix(color: str, towards: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_parts(color), _parts(towards), strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _luminance(color: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _parts(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
