"""The kit in a real Chromium: what axe finds, screens of all widths, room for a thumb."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.infra.ui.conftest import DESKTOP, PHONE
from tests.infra.ui.faults import own_faults, violations

pytestmark = [pytest.mark.commits, pytest.mark.long]

PAGES = ("/", "/more/", "/preferences/", "/menu/", "/notifications/", "/kit/", "/kit/things/", "/kit/board/")


def settled(page: Page) -> None:
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.evaluate("scrollTo(0, 0)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(kit, viewport, scheme):
    kit.things(12)
    page = kit.open("/", viewport=viewport, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(kit.base + path)
        settled(page)
        found[path] = violations(page)
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found[path].append("wider than the screen")
    assert found == {path: [] for path in PAGES}
    assert own_faults(kit) == []


def test_axe_finds_nothing_in_what_opens_over_a_page(kit):
    kit.things(2)
    page = kit.open("/kit/things/")
    page.get_by_role("link", name="Thing 001").click()
    expect(page.locator("#ui-panel .ui-panel-content")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#ui-palette-list [role=option]").first).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.goto(kit.base + "/kit/")
    page.locator("#ask-limit").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert violations(page) == []


def test_4k_and_a_phone_fit_and_targets_are_big_enough_for_a_thumb(kit):
    kit.things(3)
    wide = kit.open("/kit/board/", viewport={"width": 3840, "height": 2160})
    assert wide.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page = kit.open("/kit/things/", viewport=PHONE, has_touch=True, is_mobile=True)
    for path in ("/kit/things/", "/kit/board/", "/kit/"):
        page.goto(kit.base + path)
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, .btn, .ui-bottom a, input:not([type=hidden]), select')]
            .filter((item) => item.offsetParent && !item.matches('[type=checkbox], [type=radio]'))
            .map((item) => [item.outerHTML.slice(0, 120), item.getBoundingClientRect()])
            .filter(([, box]) => box.height > 0 && Math.round(box.height) < 44)
            .map(([html, box]) => `${box.height} ${html}`)"""
        )
        assert small == [], path
    assert page.locator(".ui-side").is_hidden()
    page.locator(".ui-bottom").get_by_role("button", name="Menu").click()
    expect(page.locator("#ui-side").get_by_role("link", name="More")).to_be_visible()


def test_on_a_phone_a_value_keeps_room_beside_a_long_label(kit):
    kit.things(1)
    page = kit.open("/kit/things/", viewport=PHONE, has_touch=True, is_mobile=True)
    clipped = page.evaluate(
        """() => [...document.querySelectorAll('#ui-list td:not(.ui-pick-cell, :empty)')].filter((cell) => {
          cell.dataset.label = 'Who answers for it while the person responsible is away';
          return cell.scrollWidth > cell.clientWidth;
        }).map((cell) => cell.textContent)"""
    )
    assert clipped == []
