"""The pages of one host: those without arguments come from the URLconf, the others from links on those."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from infra.kit.screens import Audience, gate_of
from saas.checks import routes
from saas.demo import PASSWORD
from saas.screens.camera import Camera, Look
from saas.screens.left_out import TOLD

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

_ARGUMENT = re.compile(r"<|\(\?P|\.\*")
_LINKED = "a[href], [hx-get]"
# getAttribute: links in charts have no plain href
_LINKS = """links => links.map(
  (link) => new URL(link.getAttribute('href') || link.getAttribute('hx-get'), document.baseURI).href,
)"""
_OTHERS = 10  # further records whose pages are asked for links that the first one has not
_TABLE = re.compile(r"^(operator/tables)/(?!password|login|logout|jsi18n|autocomplete|r/)\w+/\w+/")
_NO_PAGE = ("a file", "a part of a page, or a file")
_LEADS_ON = "leads on to"
_PASSING = "/operator/tables/wakeups/"  # jobs take its rows away within seconds


def _kind(route: str) -> str:
    """The route whose picture stands for this one: tables of the operator's admin are all drawn alike."""
    return _TABLE.sub(r"\1/table/", route)


@dataclass
class Surface:
    """One host with its URLconf, seen by one person (`email`) or by somebody who is not signed in."""

    name: str
    url: str
    urlconf: str
    email: str = ""
    below: str = "/"
    pages: dict[str, str] = field(default_factory=dict)  # route -> the address that shows it
    left_out: dict[str, str] = field(default_factory=dict)  # route -> why it has no picture
    session: list[Any] = field(default_factory=list)  # the cookies of a sign-in, for the browsers of scenes

    def explore(self, page: Page, camera: Camera, look: Look, only: str) -> None:
        """Find one address of every route, and take each picture in `look` on the way."""
        self.enter(page)
        seen: set[str] = set()
        others = self._follow(page, camera, look, list(self.starts(only)), seen)
        while others:
            route, addresses = others.popitem()
            lacking = [wanted for wanted in self._pictured() if wanted not in seen and wanted.startswith(route)]
            for address in list(addresses)[: _OTHERS if lacking else 0]:
                if self._shows(page, camera, look, address, route):
                    found = page.eval_on_selector_all(_LINKED, _LINKS)
                    self._follow(page, camera, look, [link for link in found if self._route(link) in lacking], seen)
        for route in self._pictured():
            if route not in seen:
                self.left_out[route] = "no page links to one"
        if only:
            self.pages = {route: address for route, address in self.pages.items() if only in address}

    def _follow(
        self, page: Page, camera: Camera, look: Look, waiting: list[str], seen: set[str]
    ) -> dict[str, dict[str, None]]:
        """Picture each route that is not `seen` once, and what those pages link to; answers addresses passed by."""
        passed: dict[str, dict[str, None]] = {}
        while waiting:
            address = waiting.pop(0)
            route = self._route(address)
            if route is None or _PASSING in address:
                continue
            if route in seen:
                if "<" in route and urlsplit(address).path != urlsplit(self.pages.get(route, address)).path:
                    passed.setdefault(route, {})[address] = None
                continue
            seen.add(route)
            if self._shows(page, camera, look, address, route):
                self.left_out.pop(route, None)
                self.pages[route] = urlsplit(address)._replace(scheme="", netloc="").geturl()
                camera.take(page, self._picture(route), look)
                waiting += page.eval_on_selector_all(_LINKED, _LINKS)
        return passed

    def lacking(self, shown: Iterable[str], others: Iterable[Surface] = ()) -> Iterator[tuple[str, str, bool]]:
        """Routes without a picture, the reason, and whether it is a fault that nobody gave one.

        `shown` are addresses that other visits pictured, `others` surfaces that may have pictured the same routes.
        """
        pictured = {self._route(address) for address in shown}
        pictured.update(*(other.pages for other in others if other.urlconf == self.urlconf))
        for route, why in sorted(self.left_out.items()):
            if route not in pictured:
                plain = why in _NO_PAGE or why.startswith(_LEADS_ON)
                yield route, why if plain else TOLD.get(route, why), not plain and route not in TOLD

    def again(self, page: Page, camera: Camera, look: Look) -> None:
        """The same pages in another look."""
        self.enter(page)
        for route, address in self.pages.items():
            if self._shows(page, camera, look, address, route):
                camera.take(page, self._picture(route), look)
            else:
                camera.fault(address, look, f"no picture: {self.left_out.get(route)}")

    def enter_again(self, page: Page) -> None:
        """Come in with the session of an earlier sign-in; the first time, sign in."""
        if self.session:
            page.context.add_cookies(self.session)
        elif self.email:
            self.enter(page)
            cookies = page.context.cookies()
            self.session += [one for one in cookies if one.get("name") == settings.SESSION_COOKIE_NAME]

    def enter(self, page: Page) -> None:
        """Sign in, where this surface is somebody's."""
        if not self.email:
            return
        page.goto("/account/login/")
        page.locator("input[type=email]").first.fill(self.email)
        password = page.locator("input[type=password]").first
        password.fill(PASSWORD)
        password.press("Enter")
        page.wait_for_url(lambda url: "/account/login" not in url)

    def _shows(self, page: Page, camera: Camera, look: Look, address: str, route: str) -> bool:
        """Open it; False, with the reason kept, where it is no page. A link that leads nowhere is a fault."""
        from playwright.sync_api import Error

        try:
            answer = camera.open(page, address, look)
        except Error as error:  # a download has no page
            self.left_out[route] = _NO_PAGE[0] if "Download" in error.message else error.message.splitlines()[0]
            page.goto("about:blank")  # what the browser says about it must not come over the next page
            return False
        if answer is None or not answer.ok:
            status = answer.status if answer else 0
            self.left_out[route] = f"answers {status}"
            if address.startswith("http") and status < 500:
                camera.fault(address, look, f"a link answered {status}")
            return False
        if not _is_page(answer):
            self.left_out[route] = _NO_PAGE[1]
            return False
        if (arrived := self._route(page.url)) != route:
            self.left_out[route] = f"{_LEADS_ON} {arrived or page.url}"
            return False
        return True

    def _picture(self, route: str) -> str:
        name = re.sub(r"[^a-z0-9]+", "-", route.lower()).strip("-") or "start"
        return f"{self.name}-{name}"

    def starts(self, only: str) -> Iterator[str]:
        """Addresses to begin with: this surface's pages that need no argument and hold `only` in their path."""
        for route in routes(self.urlconf):
            address = route.path.replace("\\Z", "").replace("^", "").rstrip("$")
            if not self._mine(route.view) or _ARGUMENT.search(address) or not address.startswith(self.below):
                continue
            if only in address or address == self.below:
                yield address
        if self.below == "/":
            yield "/"

    def _pictured(self) -> Iterator[str]:
        """Every route that wants a picture on this surface."""
        for route in routes(self.urlconf):
            if self._mine(route.view) and route.path.startswith(self.below):
                yield _kind(route.path.removeprefix("/")) or "start"

    def _mine(self, view: object) -> bool:
        gate = gate_of(view)  # type: ignore[arg-type]  # a view of some kind
        if gate is None or "GET" not in gate.methods:
            return False
        return gate.audience is (Audience.GUEST if self.name == "gate" else self._audience)

    @property
    def _audience(self) -> Audience:
        return Audience.PERSON if self.email else Audience.PUBLIC

    def _route(self, address: str) -> str | None:
        """The route of a path or link of this host; None for other hosts, other people's pages, files and the API."""
        parts = urlsplit(address)
        if parts.netloc and f"{parts.scheme}://{parts.netloc}" != self.url:
            return None
        try:
            match = resolve(parts.path or "/", urlconf=self.urlconf)
        except Resolver404:
            return None
        if not self._mine(match.func) or not parts.path.startswith(self.below):
            return None
        return _kind(match.route) or "start"


def _is_page(answer: Response) -> bool:
    """A whole page, and not a file or a part that other pages fetch."""
    html = answer.headers.get("content-type", "").startswith("text/html")
    return html and "<html" in answer.text()[:500].lower()
