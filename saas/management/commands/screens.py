"""Pictures of every page, as a person sees it: desktop and phone, light and dark, English and Russian."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from infra.local.chromium import launch
from saas.demo import DEMO, OPERATOR
from saas.screens.camera import DESKTOP, LOOKS, Camera, Look
from saas.screens.extremes import LONG, fill_long, open_extremes
from saas.screens.scene import Stage
from saas.screens.scenes import letter_scenes, scenes
from saas.screens.surface import Surface
from tenants.portals.models import Portal, PublicHost
from tenants.portals.models.portal import url_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

BROWSERS = 2
_here = threading.local()


class Command(BaseCommand):
    help = "Write a PNG of every page and state of the demo portal, the operator's pages, the service and the site."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=settings.LOCAL / "screens")
        parser.add_argument("--only", default="", help="only pages whose path, and scenes whose name, contains this")
        parser.add_argument("--pages", action="store_true", help="pages without the scenes")
        parser.add_argument("--scenes", action="store_true", help="scenes without the pages")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        stage = Stage(_places())
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        camera = Camera(folder, self.stdout.write)
        only: str = options["only"]
        browsers = _Browsers()
        with ThreadPoolExecutor(BROWSERS) as pool:

            def all_done(works: Iterable[Callable[[Browser], None]]) -> None:
                for running in [pool.submit(browsers.lend, work) for work in works]:
                    running.result()

            surfaces = [] if options["scenes"] else stage.surfaces
            all_done(_explore(surface, camera, only) for surface in surfaces)
            self.stdout.write(f"{sum(len(surface.pages) for surface in surfaces)} pages found")
            all_done(_again(surface, camera, look) for look in LOOKS[1:] for surface in surfaces)
            if not options["pages"]:
                stage.surfaces.extend(
                    Surface(name, one.url, settings.ROOT_URLCONF, f"owner@{name}.example")
                    for name, one in open_extremes().items()
                )
                all_done([_fill(stage.surface(LONG))])
            for states in () if options["pages"] else (scenes, letter_scenes):  # letters last: scenes have some sent
                chosen = [scene for scene in states() if only in scene.name]
                all_done(scene.bind(stage, camera, look) for scene in chosen for look in scene.looks)
            pool.submit(browsers.close).result()
            pool.submit(browsers.close).result()
        whole = not (only or options["pages"] or options["scenes"])
        self._report(camera, surfaces, folder, time.monotonic() - began, whole=whole)

    def _report(self, camera: Camera, surfaces: list[Surface], folder: Path, seconds: float, *, whole: bool) -> None:
        lines = [f"{camera.taken} pictures in {folder}, {seconds:.0f} s"]
        for surface in surfaces:
            for route, why, untold in surface.lacking(camera.shown, surfaces):
                if untold and whole:
                    camera.fault(f"{surface.name} /{route}", DESKTOP, f"no picture, and no reason told: {why}")
                else:
                    lines.append(f"no picture: {surface.name} /{route}: {why}")
        lines += [f"FAULT {line}" for line in camera.faults]
        (folder / "report.txt").write_text("\n".join(lines) + "\n")
        self.stdout.write("\n".join(lines))
        if camera.faults:
            raise CommandError(f"{len(camera.faults)} faults, named above and in {folder / 'report.txt'}")


class _Browsers:
    """One browser for each thread, which alone may speak to it."""

    def lend(self, work: Callable[[Browser], None]) -> None:
        """Let `work` use this thread's browser."""
        from playwright.sync_api import sync_playwright

        if not hasattr(_here, "browser"):
            _here.playwright = sync_playwright().start()
            _here.browser = launch(_here.playwright)
        work(_here.browser)

    def close(self) -> None:
        """End this thread's browser."""
        playwright: Playwright | None = getattr(_here, "playwright", None)
        if playwright is not None:
            _here.browser.close()
            playwright.stop()
            del _here.playwright, _here.browser


def _places() -> list[Surface]:
    """Where to look."""
    demo = Portal.objects.existing().filter(slug=DEMO).first()
    operator = Portal.objects.existing().filter(slug=OPERATOR).first()
    if demo is None or operator is None:
        raise CommandError("There is no demo portal here. `make screens` makes one.")
    inside, outside = settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF
    surfaces = [
        Surface("portal", demo.url, inside, f"owner@{DEMO}.example"),
        Surface("operator", operator.url, inside, f"owner@{OPERATOR}.example", "/operator/"),
        Surface("gate", demo.url, inside),
        Surface("service", url_of(settings.BASE_DOMAIN), outside),
    ]
    site = PublicHost.objects.filter(portal=demo).order_by("id").first()
    if site is not None:
        surfaces.append(Surface("site", url_of(site.host), settings.SITES_URLCONF))
    return surfaces


def _explore(surface: Surface, camera: Camera, only: str) -> Callable[[Browser], None]:
    def work(browser: Browser) -> None:
        context = DESKTOP.context(browser, surface.url)
        page = context.new_page()
        camera.listen(page, DESKTOP)
        surface.explore(page, camera, DESKTOP, only)
        context.close()

    return work


def _fill(surface: Surface) -> Callable[[Browser], None]:
    def work(browser: Browser) -> None:
        context = DESKTOP.context(browser, surface.url)
        page = context.new_page()
        surface.enter(page)
        fill_long(page)
        context.close()

    return work


def _again(surface: Surface, camera: Camera, look: Look) -> Callable[[Browser], None]:
    def work(browser: Browser) -> None:
        context = look.context(browser, surface.url)
        page = context.new_page()
        camera.listen(page, look)
        surface.again(page, camera, look)
        context.close()

    return work
