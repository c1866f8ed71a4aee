"""A real Chromium in front of the kit's pages, served from this process for a portal of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from infra.db.current import enter
from infra.local.chromium import launch
from infra.ui.models import SavedView
from tenants.people.models import User
from tenants.portals.models import Portal

expect.set_options(timeout=30_000)  # milliseconds: a busy machine is slow, not wrong

DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


@dataclass
class Kit:
    """A portal, its owner, and a browser signed in as them."""

    portal: Portal
    owner: User
    base: str
    browser: Browser
    contexts: list[BrowserContext]
    faults: list[str]

    def open(self, path: str, **options: Any) -> Page:
        """A new window at `path`. What its console calls an error is kept in `faults`."""
        context = self.browser.new_context(viewport=options.pop("viewport", DESKTOP), locale="en-GB", **options)
        self.contexts.append(context)
        client = Client(SERVER_NAME=self.portal.host)
        with enter(self.portal):
            client.force_login(self.owner, backend=settings.AUTHENTICATION_BACKENDS[0])
        context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": self.base,
                }
            ]
        )
        page = context.new_page()
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(self.base + path)
        return page

    def things(self, count: int, stage: str = "new") -> list[SavedView]:
        """Rows for the showroom's list and board."""
        with enter(self.portal):
            return [
                SavedView.objects.create(
                    screen=stage, name=f"Thing {number:03}", query="A note", author_id=self.owner.pk
                )
                for number in range(1, count + 1)
            ]


def wait(page: Page, condition: Callable[[], Any]) -> None:
    """Let the page go on until `condition` holds; AssertionError after a minute."""
    for _look in range(3000):
        if condition():
            return
        page.wait_for_timeout(20)
    raise AssertionError("not within a minute")


@pytest.fixture(scope="module")  # while it lives, an event loop runs in this thread, which Django refuses to share
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def kit(fresh_portal: Callable[..., Portal], chromium: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in this thread
    portal = fresh_portal("Kit")
    with enter(portal):
        owner = User.objects.owners().get()
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None, server.error
    kit = Kit(portal, owner, f"http://{portal.host}:{server.port}", chromium, [], [])
    try:
        yield kit
    finally:
        for context in kit.contexts:
            context.close()
        server.terminate()
