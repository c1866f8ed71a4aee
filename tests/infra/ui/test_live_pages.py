"""Pages that change while they are looked at: live updates, and what is said when they stop."""

from __future__ import annotations

import json
import time

import pytest
from playwright.sync_api import expect

from tests.infra.ui.conftest import wait

pytestmark = pytest.mark.commits


def test_a_lost_connection_is_said_for_as_long_as_it_lasts(kit):
    page = kit.open("/kit/things/add/")
    page.get_by_label("Name").fill("Kept")
    page.context.set_offline(True)
    expect(page.get_by_text("There is no connection. What you typed stays here.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Name")).to_have_value("Kept")
    page.context.set_offline(False)
    expect(page.locator("#ui-offline")).to_be_hidden()
    expect(page.locator(".ui-toast").last).to_contain_text("online again")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Kept")).to_be_visible()


def test_live_updates_refresh_the_list_but_never_what_is_being_typed(kit):
    (row,) = kit.things(1)
    sockets: list = []
    joined: list[dict] = []
    page = kit.open("/more/")

    def gateway(socket):
        sockets.append(socket)
        socket.on_message(lambda text: joined.append(json.loads(text)))

    page.route_web_socket("**/live", gateway)
    page.goto(kit.base + "/kit/things/")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name="Thing 001").click()
    name = page.locator("#ui-panel").get_by_label("Name")
    name.fill("Half a wo")
    kit.things(1, "doing")
    wait(page, lambda: joined)
    assert {"portal", f"user:{kit.owner.pk}"} <= set(joined[0]["join"])
    begun = page.locator("body").get_attribute("data-live-since")
    assert joined[0]["last"] == dict.fromkeys(joined[0]["join"], begun)
    assert 0 < time.time() * 1000 - int(begun) < 60_000
    sockets[0].send(json.dumps({"group": "portal", "id": "1-1", "type": "record.changed", "data": {"id": 1}}))
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(name).to_have_value("Half a wo")
    expect(name).to_be_focused()
    sockets[0].send(
        json.dumps(
            {
                "group": f"user:{kit.owner.pk}",
                "id": "2-1",
                "type": "notification",
                "data": {"text": "Hello", "url": "/more/"},
            }
        )
    )
    expect(page.locator(".ui-toast")).to_contain_text("Hello")
    sockets[0].close()
    wait(page, lambda: len(sockets) > 1 and len(joined) > 1)
    assert joined[-1]["last"] == {"portal": "1-1", f"user:{kit.owner.pk}": "2-1"}
    assert row.pk


def test_a_region_that_changes_while_it_is_fetched_is_fetched_once_more(kit):
    region = '<p id="region" data-live="portal" hx-get="/region" hx-trigger="live" hx-swap="outerHTML">{}</p>'
    sockets: list = []
    asked: list = []
    page = kit.open("/more/")
    page.route_web_socket("**/live", lambda socket: sockets.append(socket))

    def answer(route):
        asked.append(route)
        if len(asked) > 1:  # the first is answered when the test says so
            route.fulfill(body=region.format("as it is"), content_type="text/html")

    def change(number):
        sockets[0].send(json.dumps({"group": "portal", "id": f"{number}-1", "type": "record.changed", "data": {}}))
        page.wait_for_function("number => document.body.dataset.changes === String(number)", arg=number)

    page.route("**/region", answer)
    page.goto(kit.base + "/more/")
    page.evaluate(
        "region => { document.querySelector('main').insertAdjacentHTML('beforeend', region);"
        " htmx.process(document.getElementById('region')) }",
        region.format("nothing"),
    )
    wait(page, lambda: sockets)
    page.evaluate(
        "() => document.body.addEventListener('live:record.changed',"
        " () => { document.body.dataset.changes = Number(document.body.dataset.changes || 0) + 1 })"
    )
    with page.expect_request("**/region"):
        change(1)
    change(2)  # its answer was read before this
    assert len(asked) == 1
    asked[0].fulfill(body=region.format("as it was"), content_type="text/html")
    expect(page.locator("#region")).to_have_text("as it is")
    expect(page.locator(".htmx-request")).to_have_count(0)
    assert len(asked) == 2
