"""Pictures of every page, as a person sees it: desktop and phone, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import Resolver404, resolve

from infra.kit.screens import Audience, gate_of
from infra.local.chromium import launch
from saas.checks import routes
from saas.demo import DEMO, OPERATOR, PASSWORD
from tenants.portals.models import Portal, PublicHost
from tenants.portals.models.portal import url_of

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Response

VIEWS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
_ARGUMENT = re.compile(r"<|\(\?P")


class Command(BaseCommand):
    help = "Write a PNG of every page of the demo portal, the operator's pages, the service and the published site."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=settings.LOCAL / "screens")
        parser.add_argument("--only", default="", help="only pages whose path contains this")

    def handle(self, *args: Any, **options: Any) -> None:
        from playwright.sync_api import sync_playwright

        demo = Portal.objects.existing().filter(slug=DEMO).first()
        operator = Portal.objects.existing().filter(slug=OPERATOR).first()
        if demo is None or operator is None:
            raise CommandError("There is no demo portal here. `make screens` makes one.")
        site = PublicHost.objects.filter(portal=demo).order_by("id").first()
        surfaces = [
            Surface("portal", demo.url, settings.ROOT_URLCONF, f"owner@{DEMO}.example"),
            Surface("operator", f"{operator.url}", settings.ROOT_URLCONF, f"owner@{OPERATOR}.example", "/operator/"),
            Surface("service", url_of(settings.BASE_DOMAIN), settings.PUBLIC_SCHEMA_URLCONF),
        ]
        if site is not None:
            surfaces.append(Surface("site", url_of(site.host), settings.SITES_URLCONF))
        options["folder"].mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            for surface in surfaces:
                for view, size in VIEWS.items():
                    for scheme in ("light", "dark"):
                        context = browser.new_context(base_url=surface.url, color_scheme=scheme, locale="en-US", **size)
                        for name, page in surface.visit(context, options["only"]):
                            picture = options["folder"] / f"{surface.name}-{name}-{view}-{scheme}.png"
                            page.screenshot(path=picture, full_page=True)
                            self.stdout.write(str(picture))
                        context.close()
            browser.close()


def _is_page(answer: Response) -> bool:
    """A whole page, and not a file or a part that other pages fetch."""
    html = answer.headers.get("content-type", "").startswith("text/html")
    return html and "<html" in answer.text()[:500].lower()


class Surface:
    """One host with its URLconf: pages without arguments come from the URLconf, the others from links on those."""

    def __init__(self, name: str, url: str, urlconf: str, email: str = "", below: str = "/") -> None:
        self.name, self.url, self.urlconf, self.email, self.below = name, url, urlconf, email, below

    def visit(self, context: BrowserContext, only: str) -> Iterator[tuple[str, Page]]:
        """Open one page of every route; yields the picture's name and the page."""
        page = context.new_page()
        if self.email:
            yield from self._sign_in(page, only)
        waiting = list(self._starts())
        seen: set[str] = set()
        while waiting:
            path = waiting.pop(0)
            route = self._route(path)
            if route is None or route in seen or only not in path:
                continue
            seen.add(route)
            answer = page.goto(path, wait_until="load")
            if answer is None or not answer.ok or not _is_page(answer):
                continue
            if urlsplit(page.url).path.startswith("/account/log") and "log" not in path:
                continue  # signed out by this page: not one to look at
            page.wait_for_timeout(250)  # transitions end
            yield re.sub(r"[^a-z0-9]+", "-", route.lower()).strip("-") or "start", page
            waiting += page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")

    def _sign_in(self, page: Page, only: str) -> Iterator[tuple[str, Page]]:
        page.goto("/account/login/")
        if only in "/account/login/":
            yield "account-login", page
        page.locator("input[type=email]").first.fill(self.email)
        password = page.locator("input[type=password]").first
        password.fill(PASSWORD)
        password.press("Enter")
        page.wait_for_url(lambda url: "/account/login" not in url)

    def _starts(self) -> Iterator[str]:
        for route in routes(self.urlconf):
            gate = gate_of(route.view)
            page = gate is not None and "GET" in gate.methods and gate.audience is not Audience.GUEST
            if page and not _ARGUMENT.search(route.path) and route.path.startswith(self.below):
                yield route.path.replace("\\Z", "").rstrip("$")

    def _route(self, address: str) -> str | None:
        """The route of a path or link of this host; None for other hosts, files and the API."""
        parts = urlsplit(address)
        if parts.netloc and f"{parts.scheme}://{parts.netloc}" != self.url:
            return None
        try:
            match = resolve(parts.path or "/", urlconf=self.urlconf)
        except Resolver404:
            return None
        gate = gate_of(match.func)
        below = parts.path.startswith(self.below)
        return match.route or "start" if gate is not None and "GET" in gate.methods and below else None
