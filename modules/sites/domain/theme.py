"""How a site looks: a few choices of its owner turned into colours, fonts and sizes that every block is drawn from."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.errors import Invalid, Text

READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text to its ground
LIGHT_GROUND = "#f4f5f7"
DARK_GROUND = "#1d2026"
COLOR = re.compile(r"#[0-9a-f]{6}")

_SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif'
FONTS: dict[str, tuple[Text, str, str]] = {
    "sans": (gettext_lazy("Plain"), _SANS, "-.015em"),
    "serif": (gettext_lazy("Classic"), 'Georgia,"Iowan Old Style","Noto Serif",Cambria,serif', "-.01em"),
    "humanist": (gettext_lazy("Friendly"), f'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"Trebuchet MS",{_SANS}', "-.01em"),
    "round": (
        gettext_lazy("Round"),
        f'ui-rounded,"Hiragino Maru Gothic ProN",Quicksand,Nunito,Manjari,"Arial Rounded MT Bold",{_SANS}',
        "-.01em",
    ),
    "grotesque": (
        gettext_lazy("Strict"),
        'Inter,"Helvetica Neue","Arial Nova",Arial,"Nimbus Sans","Liberation Sans",sans-serif',
        "-.03em",
    ),
    "slab": (gettext_lazy("Solid"), 'Rockwell,"Rockwell Nova","Roboto Slab","DejaVu Serif","Sitka Small",serif', "0"),
    "mono": (
        gettext_lazy("Typewriter"),
        'ui-monospace,"Cascadia Code","DejaVu Sans Mono",Consolas,monospace',
        "-.02em",
    ),
}
SCHEMES: dict[str, Text] = {
    "light": pgettext_lazy("a ground", "Light"),
    "dark": pgettext_lazy("a ground", "Dark"),
    "auto": gettext_lazy("As the visitor's device"),
}
RADII: dict[str, tuple[Text, str]] = {
    "none": (gettext_lazy("Square"), "0px"),
    "soft": (gettext_lazy("Soft"), "14px"),
    "round": (gettext_lazy("Very round"), "26px"),
}
SPACES: dict[str, tuple[Text, str, str]] = {
    "tight": (gettext_lazy("Tight"), "clamp(2rem,5vw,3.5rem)", "1rem"),
    "normal": (gettext_lazy("Normal"), "clamp(2.75rem,7vw,5.25rem)", "1.35rem"),
    "airy": (gettext_lazy("Airy"), "clamp(3.5rem,10vw,7.5rem)", "1.75rem"),
}
_LIGHT = {
    "ground": "#fff",
    "soft": LIGHT_GROUND,
    "ink": "#16181d",
    "quiet": "#565c68",
    "line": "#d9dce3",
    "field": "#fff",
    "edge": "#868d9b",
    "bad": "#b3261e",
    "good": "#1b6e3c",
}
_DARK = {
    "ground": "#14161a",
    "soft": DARK_GROUND,
    "ink": "#eceef2",
    "quiet": "#a9b0bd",
    "line": "#333843",
    "field": "#14161a",
    "edge": "#7d8594",
    "bad": "#ff9d94",
    "good": "#7fd6a0",
}


def named(choices: Mapping[str, tuple[Any, ...]]) -> list[tuple[str, Text]]:
    """Keys and names of what is offered."""
    return [(key, value[0]) for key, value in choices.items()]


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The choices: an accent colour, light or dark, fonts of headings and of text, corners, room between things."""

    accent: str = "#2f5bea"
    scheme: str = "light"
    heading: str = "sans"
    body: str = "sans"
    radius: str = "soft"
    space: str = "normal"

    def to_json(self) -> dict[str, str]:
        """The theme as JSON; ``parse_theme`` gives an equal one back."""
        return dataclasses.asdict(self)


def parse_theme(value: Mapping[str, Any]) -> Theme:
    """The theme that ``value`` describes; what is left out is as in ``Theme``. Raises Invalid by choice."""
    offered: dict[str, Mapping[str, object]] = {
        "scheme": SCHEMES,
        "heading": FONTS,
        "body": FONTS,
        "radius": RADII,
        "space": SPACES,
    }
    given = {item.name: str(value[item.name]) for item in dataclasses.fields(Theme) if item.name in value}
    errors = {
        name: [_("Choose one of the offered values.")]
        for name, choices in offered.items()
        if name in given and given[name] not in choices
    }
    if "accent" in given:
        given["accent"] = given["accent"].strip().lower()
        if not COLOR.fullmatch(given["accent"]):
            errors["accent"] = [_("Choose a colour like #2f5bea.")]
    if errors:
        raise Invalid(fields=errors)
    return Theme(**given)


def variables(theme: Theme) -> str:
    """The theme as CSS custom properties of the document."""
    shades = palette(theme.accent)
    fixed = {
        "accent": shades.accent,
        "on-accent": shades.on_accent,
        "on-light": shades.on_light,
        "on-dark": shades.on_dark,
        "head": FONTS[theme.heading][1],
        "tracking": FONTS[theme.heading][2],
        "body": FONTS[theme.body][1],
        "radius": RADII[theme.radius][1],
        "shape": "999px" if theme.radius == "round" else "0px" if theme.radius == "none" else "10px",
        "pad": SPACES[theme.space][1],
        "gap": SPACES[theme.space][2],
    }
    light = _LIGHT | {"link": shades.on_light, "tint": _mix(theme.accent, "#ffffff", 0.88)}
    dark = _DARK | {"link": shades.on_dark, "tint": _mix(theme.accent, "#14161a", 0.78)}
    ground = dark if theme.scheme == "dark" else light
    schemes = {"light": "light", "dark": "dark", "auto": "light dark"}
    css = f":root{{color-scheme:{schemes[theme.scheme]};{_listed(fixed)}{_listed(ground)}}}"
    if theme.scheme == "auto":
        css += f"@media (prefers-color-scheme:dark){{:root{{{_listed(dark)}}}}}"
    return css


def _listed(values: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in values.items())


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
        on_light=_until(color, "#000000", LIGHT_GROUND, _mix(color, "#ffffff", 0.88)),
        on_dark=_until(color, "#ffffff", DARK_GROUND, "#2a2f38", _mix(color, "#14161a", 0.78)),
    )


def drawing_colors(theme: Theme) -> dict[str, str]:
    """The colours that our illustrations take from the theme, by their names in the drawings."""
    shades, calm = palette(theme.accent), _mix(theme.accent, "#8a93a6", 0.4)
    return {
        "@accent": shades.accent,
        "@deep": shades.on_light,
        "@pale": shades.on_dark,
        "@ground": _mix(calm, "#ffffff", 0.87),
        "@floor": _mix(calm, "#ffffff", 0.72),
    }


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _until(color: str, towards: str, *grounds: str) -> str:
    for step in range(21):
        mixed = _mix(color, towards, step / 20)
        if all(contrast(mixed, ground) >= READABLE for ground in grounds):
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
