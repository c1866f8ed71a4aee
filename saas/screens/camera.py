"""Opens one address in one look, says what is wrong with the page, and writes its picture in each scheme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Response

TALLEST = 6000  # pixels; a longer page repeats itself


@dataclass(frozen=True)
class Look:
    """A screen and a reader: its size, its language, the colour schemes to take."""

    name: str
    width: int
    height: int
    language: str
    schemes: tuple[str, ...]
    phone: bool = False
    zoom: float = 1

    def context(self, browser: Browser, url: str, **more: Any) -> BrowserContext:
        """A browser of one's own on `url`, in this look."""
        context = browser.new_context(
            base_url=url,
            viewport={"width": self.width, "height": self.height},
            device_scale_factor=self.zoom,
            is_mobile=self.phone,
            has_touch=self.phone,
            color_scheme="light",
            reduced_motion="reduce",
            locale=self.language,
            **more,
        )
        context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": self.language, "url": url}])
        context.set_default_timeout(45_000)  # a busy machine is slow, not wrong
        return context


DESKTOP = Look("desktop", 1440, 900, "en", ("light", "dark"))
PHONE = Look("phone", 390, 844, "en", ("light", "dark"), phone=True)
RUSSIAN = Look("desktop-ru", 1440, 900, "ru", ("light",))
RUSSIAN_PHONE = Look("phone-ru", 390, 844, "ru", ("dark",), phone=True)
WIDE = Look("wide", 2560, 1300, "en", ("light",))
NARROW = Look("narrow", 320, 640, "en", ("light",), phone=True)
ZOOMED = Look("zoom200", 720, 450, "en", ("light",), zoom=2)
LOOKS = (DESKTOP, PHONE, RUSSIAN, RUSSIAN_PHONE)

_SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SCHEME = "scheme => { document.documentElement.dataset.bsTheme = scheme; return true }"
_LOADED = """() => Promise.race([
  Promise.all([...document.images].filter((image) => !image.complete).map((image) => new Promise((done) => {
    image.onload = image.onerror = done;
  }))),
  new Promise((done) => setTimeout(done, 3000)),
]).then(() => true)"""
# Nothing says that it is being drawn, and what stands in frames is there.
_STILL = """() => !document.querySelector('[aria-busy=true], .htmx-request, .is-loading')
  && document.getAnimations().every(one => one.playState !== 'running' || one.effect.getTiming().iterations > 9)
  && [...document.querySelectorAll('iframe')].every(one => {
  const inside = one.checkVisibility() && one.contentDocument;
  return !inside || (inside.readyState === 'complete' && inside.URL !== 'about:blank');
})"""


class Camera:
    """Takes pictures into a folder; `faults` says what a person would have noticed."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder, self.say = folder, say
        self.taken = 0
        self.shown: set[str] = set()  # addresses that have a picture
        self.faults: list[str] = []

    def listen(self, page: Page, look: Look) -> None:
        """Note every fault of scripts and policy that `page` reports from now on."""
        page.on("pageerror", lambda error: self.fault(page.url, look, f"script: {error}"))
        page.on("console", lambda line: self._console(page, look, line.type, line.text))

    def _console(self, page: Page, look: Look, kind: str, text: str) -> None:
        # refusals are asked for here, and what is typed further takes the place of what was asked before
        wanted = any(part in text for part in ("Failed to load resource", "Response Status Error", "htmx:"))
        if kind == "error" and not wanted:
            self.fault(page.url, look, f"console: {text[:200]}")

    def fault(self, where: str, look: Look, what: str) -> None:
        """Keep one fault, once."""
        line = f"{where} ({look.name}): {what}"
        if line not in self.faults:
            self.faults.append(line)

    def open(self, page: Page, address: str, look: Look) -> Response | None:
        """Go there. A fault of the server is kept as one."""
        answer = page.goto(address, wait_until="load")
        if answer is not None and answer.status >= 500:
            self.fault(address, look, f"answered {answer.status}")
        return answer

    def take(self, page: Page, name: str, look: Look, *, whole: bool = True) -> None:
        """The page as it stands, once per scheme; noted when it can be scrolled sideways. A picture that fails is a
        fault like any other, and the next page gets its turn."""
        from playwright.sync_api import Error

        try:
            self._take(page, name, look, whole)
            self.shown.add(page.url)
        except Error as error:
            self.fault(page.url, look, f"no picture: {error.message.splitlines()[0]}")

    def _take(self, page: Page, name: str, look: Look, whole: bool) -> None:
        if (over := page.evaluate(_SIDEWAYS)) > 1:
            self.fault(page.url, look, f"{over} px wider than the screen")
        height = min(page.evaluate("() => document.documentElement.scrollHeight"), TALLEST) if whole else look.height
        if height > look.height:  # a taller window: what sticks to the screen stays where it belongs
            page.set_viewport_size({"width": look.width, "height": height})
        for scheme in look.schemes:
            page.wait_for_function(_SCHEME, arg=scheme)  # a page that hangs is waited for, not for ever
            page.wait_for_function(_LOADED)
            page.wait_for_function(_STILL)
            path = self.folder / f"{name}-{look.name}-{scheme}.png"
            page.screenshot(path=path, animations="disabled", caret="hide")
            self.taken += 1
        page.wait_for_function(_SCHEME, arg="light")
        page.set_viewport_size({"width": look.width, "height": look.height})
