"""The kit on a slow line: nothing that a person does is lost, whenever the scripts, answers and live updates come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from infra.db.current import enter
from infra.ui.models import SavedView
from tests.infra.ui.conftest import wait

pytestmark = pytest.mark.commits


@contextmanager
def before_the_scripts(page: Page, url: str) -> Iterator[None]:
    """The page at `url` as it is seen before its scripts are there; they come when the block ends."""
    late: list[Route] = []
    page.route("**/portal*.js", lambda route: late.append(route))
    with page.expect_request("**/portal*.js"):
        page.goto(url, wait_until="commit")
    yield
    for route in late:
        route.continue_()


def test_what_is_done_before_the_scripts_came_is_done_once(kit) -> None:
    kit.things(2)
    page = kit.open("/more/")
    with before_the_scripts(page, f"{kit.base}/kit/things/"):
        page.get_by_label("Search", exact=True).fill("001")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.get_by_label("Search", exact=True)).to_have_value("001")
    with before_the_scripts(page, f"{kit.base}/kit/things/"):
        for _impatient in range(2):
            page.get_by_role("link", name="Thing 002").click()
    expect(page.locator("#ui-panel").get_by_role("heading", name="Thing 002")).to_be_visible()
    with before_the_scripts(page, f"{kit.base}/kit/things/?order=name"):
        page.locator(".ui-pick").first.check()
        page.get_by_role("button", name="Filter").dblclick()
    expect(page.locator("[data-bulk-count]")).to_have_text("Ticked: 1")
    expect(page.locator("#ui-filter").get_by_label("Stage")).to_be_visible()
    with before_the_scripts(page, f"{kit.base}/kit/things/add/"):
        page.get_by_label("Name").fill("Once")
        page.get_by_role("button", name="Save").dblclick(no_wait_after=True)
    expect(page.get_by_role("heading", name="Once")).to_be_visible()
    with enter(kit.portal):
        assert SavedView.objects.filter(name="Once").count() == 1


def test_what_an_answer_brings_works_at_once(kit) -> None:
    page = kit.open("/more/")
    page.route("**/part", lambda route: route.fulfill(body='<button id="fresh" hx-get="/next">On</button>'))
    page.route("**/next", lambda route: route.fulfill(body="Went on"))
    page.evaluate(
        """() => {
          new MutationObserver(() => document.querySelector("#fresh")?.click())
            .observe(document.querySelector("main"), { childList: true, subtree: true });
          htmx.ajax("GET", "/part", "main");
        }"""
    )
    expect(page.locator("#fresh")).to_have_text("Went on")


def test_a_part_is_not_replaced_under_the_finger(kit) -> None:
    kit.things(1)
    live: list = []
    page = kit.open("/more/")
    page.route_web_socket("**/live", lambda socket: live.append(socket))
    page.goto(kit.base + "/kit/things/")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name="Thing 001").hover()
    page.mouse.down()
    kit.things(1, "doing")
    wait(page, lambda: live)
    with page.expect_response("**/kit/things/**"):
        live[0].send(json.dumps({"group": "portal", "id": "1-1", "type": "record.changed", "data": {"id": 1}}))
    page.mouse.up()
    expect(page.locator("#ui-panel").get_by_role("heading", name="Thing 001")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(2)
