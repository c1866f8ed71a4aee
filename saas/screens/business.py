"""States of a working portal that no link of its pages leads to: each is come to as a person would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.crm.public import report_keys
from saas.screens.api import newest, send
from saas.screens.camera import DESKTOP, RUSSIAN, RUSSIAN_PHONE
from saas.screens.extremes import LONG
from saas.screens.plays import PAUSE, Play, at, invited, steps
from saas.screens.scene import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page

_LOOKS = (DESKTOP, RUSSIAN, RUSSIAN_PHONE)


def business_scenes() -> list[Scene]:
    """Reports one by one, webhooks, earlier versions of a page, merging, forms on their own address, and more."""
    found = [
        Scene("webhook", "portal", webhook(""), _LOOKS, whole=True),
        Scene("webhook-change", "portal", webhook("change/"), _LOOKS, whole=True),
        Scene("webhooks", "portal", steps("/settings/webhooks/"), _LOOKS),
        Scene("page-history", "portal", page_history, _LOOKS),
        Scene("deals-merge", "portal", deals_merge, _LOOKS, whole=True),
        Scene("form-alone", "portal", form_alone, _LOOKS, whole=True),
        Scene("item-import", "portal", at("/crm/leads/", ".ui-side a[href^='/crm/items/']", "import/"), _LOOKS),
        Scene("invited", "portal", invited, _LOOKS),
        Scene("forgetting", LONG, forgetting, _LOOKS, whole=True),
        Scene("operator-calls", "operator", operator_calls, (DESKTOP,)),
    ]
    for key in report_keys():
        found.append(Scene(f"report-{key}", "portal", steps(f"/crm/reports/{key}/"), _LOOKS, whole=True))
    return found


def webhook(part: str) -> Play:
    """A webhook just added: its page, or the `part` below it."""

    def play(page: Page) -> None:
        page.goto("/settings/webhooks/")
        added = newest(page, "webhooks") or [
            send(page, "webhooks", {"name": "Accounting", "url": "https://books.example/portal", "events": ["*"]})
        ]
        page.goto(f"/settings/webhooks/{added[0]['id']}/{part}")

    return play


def page_history(page: Page) -> None:
    """The earlier versions of a page, over the builder."""
    at("/sites/", ".ui-row-link")(page)
    at(page.url, "a[href^='/sites/pages/']:not([href$='/settings/'])")(page)
    page.locator("[data-show=history]").click()
    page.wait_for_timeout(5 * PAUSE)


def deals_merge(page: Page) -> None:
    """Two deals side by side, before they become one."""
    page.goto("/crm/deals/")
    keep, other = (deal["id"] for deal in newest(page, "deals", 2))
    page.goto(f"/crm/deals/{keep}/merge/?other={other}")


def form_alone(page: Page) -> None:
    """A form at its own address, as a visitor of another site gets it."""
    at("/sites/", ".ui-row-link")(page)
    at(page.url, "a[href^='/sites/forms/'][href$='/embed/']")(page)
    link = page.locator("#copy-link").text_content() or ""
    page.goto(link.strip())


def forgetting(page: Page) -> None:
    """Forgetting a person whose access was taken away."""
    page.goto("/people/")
    person = next(one for one in newest(page, "people", 50) if one["first_name"] == "Hubert Blaine")
    if person["is_active"]:
        send(page, f"people/{person['id']}/deactivate")
    page.goto(f"/people/{person['id']}/forget/")


def operator_calls(page: Page) -> None:
    """A portal's calls, as who runs the service sees them."""
    at("/operator/", "a[href^='/operator/portals/']")(page)
    page.goto(page.url.replace("/portals/", "/calls/"))
