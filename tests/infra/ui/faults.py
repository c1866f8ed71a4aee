"""What is wrong with a page that a browser shows."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

from tests.infra.ui.conftest import Kit

AXE = (Path(settings.ROOT) / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, one line each."""
    page.evaluate(AXE)
    found = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
        " 'best-practice']})).violations"
    )
    return [f"{item['id']}: {node['html'][:160]}" for item in found for node in item["nodes"]]


def own_faults(kit: Kit) -> list[str]:
    """Console errors, without the gateway's absence and the refusals that tests ask for."""
    return [text for text in kit.faults if "WebSocket" not in text and "the server responded with a status" not in text]
