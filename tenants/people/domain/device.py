"""What a browser says it is, in words that a person knows."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from ua_parser import parse

# The library's names where people know the thing by another one.
_BROWSERS = {"HeadlessChrome": "Chrome", "Mobile Safari UI/WKWebView": "Safari", "Edge Mobile": "Edge"}
_SYSTEMS = {"Mac OS X": "macOS"}
_VERSIONED = {"Android", "iOS", "Windows"}  # the others report no version, or a frozen one
_HANDHELD = {"Android": "device-mobile", "iOS": "device-mobile"}


@dataclass(frozen=True, kw_only=True)
class Device:
    """A browser and the system it runs on: `name` for a person, `icon` of the kind of device."""

    name: str
    icon: str


def device_of(user_agent: str) -> Device:
    """The device behind a User-Agent header. The header is the visitor's own word: good for recognising, no proof."""
    found = parse(user_agent[:500])
    browser = found.user_agent.family if found.user_agent else ""
    for mark in ("Mobile ", " Mobile", " iOS"):
        browser = browser.removeprefix(mark).removesuffix(mark)
    browser = _BROWSERS.get(browser, browser)
    family = found.os.family if found.os else ""
    system = _SYSTEMS.get(family, family)
    if family in _VERSIONED and found.os and found.os.major:
        system = f"{system} {found.os.major}"
    if found.device and found.device.family in ("iPad", "iPhone"):
        system = f"{found.device.family} ({system})"
    tablet = found.device is not None and found.device.family == "iPad"
    icon = "device-tablet" if tablet else _HANDHELD.get(family, "device-desktop")
    if not browser and not system:
        return Device(name=_("Unknown browser"), icon="device-desktop")
    if not browser or not system:
        return Device(name=browser or system, icon=icon if system else "terminal-2")
    return Device(name=_("%(browser)s on %(system)s") % {"browser": browser, "system": system}, icon=icon)
