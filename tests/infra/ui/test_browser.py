"""The kit in a real Chromium: accessibility, keyboard, panels, boards, lost connections, live updates."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from infra.db.current import enter
from infra.ui.models import SavedView
from tests.infra.ui.conftest import DESKTOP, PHONE, Kit

pytestmark = pytest.mark.commits

AXE = (Path(settings.ROOT) / "node_modules/axe-core/axe.min.js").read_text("utf-8")
PAGES = ("/", "/more/", "/preferences/", "/menu/", "/notifications/", "/kit/", "/kit/things/", "/kit/board/")


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, one line each."""
    page.evaluate(AXE)
    found = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
        " 'best-practice']})).violations"
    )
    return [f"{item['id']}: {node['html'][:160]}" for item in found for node in item["nodes"]]


def settled(page: Page) -> None:
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.evaluate("scrollTo(0, 0)")


def own_faults(kit: Kit) -> list[str]:
    """Console errors, without the gateway's absence and the refusals that tests ask for."""
    return [text for text in kit.faults if "WebSocket" not in text and "the server responded with a status" not in text]


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


def test_a_record_opens_in_a_panel_with_an_address_of_its_own(kit):
    (row, _other) = kit.things(2)
    page = kit.open("/kit/things/?order=name")
    link = page.get_by_role("link", name="Thing 001")
    link.click()
    panel = page.locator("#ui-panel")
    expect(panel.get_by_role("heading", name="Thing 001")).to_be_visible()
    expect(page).to_have_url(f"{kit.base}/kit/things/{row.pk}/")
    expect(page).to_have_title("Thing 001")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page).to_have_url(kit.base + "/kit/things/?order=name")
    expect(link).to_be_focused()
    page.go_back()
    expect(panel.get_by_role("heading", name="Thing 001")).to_be_visible()
    page.go_back()
    expect(panel).to_be_hidden()
    page.go_forward()
    expect(panel.get_by_role("heading", name="Thing 001")).to_be_visible()
    page.reload()
    expect(page.locator("main").get_by_role("heading", name="Thing 001")).to_be_visible()
    expect(page.get_by_role("link", name="Back to the list")).to_be_visible()


def test_unsaved_changes_are_asked_about_and_saved_ones_are_not(kit):
    (row,) = kit.things(1)
    page = kit.open("/kit/things/")
    page.get_by_role("link", name="Thing 001").click()
    name = page.locator("#ui-panel").get_by_label("Name")
    name.fill("Renamed")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stay").click()
    expect(name).to_have_value("Renamed")
    page.go_back()
    page.get_by_role("button", name="Stay").click()
    expect(name).to_have_value("Renamed")
    page.locator("#ui-panel").get_by_role("button", name="Save").click()
    expect(page.locator("#ui-panel").get_by_role("heading", name="Renamed")).to_be_visible()
    expect(page.locator(".ui-toast")).to_contain_text("Saved.")
    page.keyboard.press("Escape")
    expect(page.locator("#ui-panel")).to_be_hidden()
    expect(page.locator("#ui-list").get_by_role("link", name="Renamed")).to_be_visible()
    with enter(kit.portal):
        assert SavedView.objects.get(pk=row.pk).name == "Renamed"


def test_a_list_works_with_the_keyboard_alone(kit):
    kit.things(3)
    page = kit.open("/kit/things/?order=name")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("Ticked: 2")
    page.keyboard.press("Enter")
    expect(page.locator("#ui-panel").get_by_role("heading", name="Thing 001")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#ui-panel")).to_be_hidden()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#ui-list [data-row]")).to_have_count(1)
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("absent")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=absent"))
    assert own_faults(kit) == []


def test_search_and_commands(kit):
    page = kit.open("/kit/")
    page.keyboard.press("Control+k")
    page.keyboard.type("more")
    expect(page.locator("#ui-palette-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(kit.base + "/more/")


@pytest.mark.parametrize("path", ["/kit/things/", "/kit/board/"])
def test_a_filter_is_fetched_when_opened_and_kept_until_then(kit, path):
    kit.things(3)
    kit.things(2, stage="doing")
    shown = "[data-row]" if "things" in path else "[data-card]"
    page = kit.open(path + "?screen=doing")
    assert page.locator("#ui-filter select").count() == 0
    page.get_by_label("Search", exact=True).fill("001")
    expect(page.locator(shown)).to_have_count(1)
    expect(page).to_have_url(f"{kit.base}{path}?q=001&screen=doing")
    page.get_by_role("button", name="Filter").click()
    stage = page.locator("#ui-filter").get_by_label("Stage")
    expect(stage).to_have_value("doing")
    assert violations(page) == []
    stage.select_option("")
    expect(page.locator(shown)).to_have_count(2)
    expect(page).to_have_url(f"{kit.base}{path}?q=001")
    page.get_by_role("button", name="Filter").click()
    expect(stage).to_be_hidden()
    page.get_by_role("button", name="Filter").click()
    expect(stage).to_have_value("")
    assert own_faults(kit) == []


def test_a_card_is_moved_by_keyboard_and_by_mouse(kit):
    first, second = kit.things(2)
    page = kit.open("/kit/board/")
    page.locator(f'[data-card="{first.pk}"]').focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    done = page.locator('[data-column="doing"]')
    expect(done.locator(f'[data-card="{first.pk}"][data-version="1"]')).to_be_visible()
    expect(page.locator("#ui-count-doing")).to_have_text("1")
    page.wait_for_load_state("networkidle")  # the answer to the first move may still redraw the heads of the columns
    page.locator(f'[data-card="{second.pk}"]').hover(position={"x": 40, "y": 50})  # waits until it stands still
    page.mouse.down()
    goal = page.locator('[data-column="done"] [data-cards]').bounding_box()
    assert goal is not None
    page.mouse.move(goal["x"] + 60, goal["y"] + 20, steps=12)
    arrived = page.locator(f'[data-column="done"] [data-card="{second.pk}"]')
    for step in range(200):  # a hand moves on until it sees the card in the other column
        if arrived.count():
            break
        page.mouse.move(goal["x"] + 60 + step % 9, goal["y"] + 20 + step % 7, steps=3)
    page.mouse.up()
    expect(page.locator(f'[data-column="done"] [data-card="{second.pk}"][data-version="1"]')).to_be_visible()
    with enter(kit.portal):
        assert [SavedView.objects.get(pk=row.pk).screen for row in (first, second)] == ["doing", "done"]


def test_a_card_that_somebody_else_moved_goes_back_and_says_why(kit):
    (row,) = kit.things(1)
    page = kit.open("/kit/board/")
    with enter(kit.portal):
        SavedView.objects.filter(pk=row.pk).update(columns=["x"])
    page.locator(f'[data-card="{row.pk}"]').focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_role("alertdialog")).to_contain_text("Changed in the meantime")
    expect(page.locator(f'[data-column="new"] [data-card="{row.pk}"]')).to_be_attached()
    with enter(kit.portal):
        assert SavedView.objects.get(pk=row.pk).screen == "new"


def test_a_refusal_explains_itself_and_gives_the_focus_back(kit):
    page = kit.open("/kit/")
    page.locator("#ask-limit").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("The Free plan has 12 people.")
    dialog.get_by_text("Why?").click()
    expect(dialog).to_contain_text("The owner of the portal")
    page.keyboard.press("Escape")
    expect(page.locator("#ask-limit")).to_be_focused()
    page.locator("#ask-broken").click()
    expect(page.locator(".ui-toast")).to_contain_text("Something went wrong on our side")


def test_what_was_typed_survives_a_lost_connection_and_an_ended_session(kit):
    (row,) = kit.things(1)
    page = kit.open("/kit/things/")
    page.get_by_role("link", name="Thing 001").click()
    name = page.locator("#ui-panel").get_by_label("Name")
    name.fill("Kept")
    save = page.locator("#ui-panel").get_by_role("button", name="Save")
    page.context.set_offline(True)
    save.click()
    expect(page.locator(".ui-toast")).to_contain_text("There is no connection")
    page.context.set_offline(False)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    save.click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    expect(name).to_have_value("Kept")
    page.context.add_cookies(cookies)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("heading", name="You were signed out")).to_be_hidden()
    save.click()
    expect(page.locator("#ui-panel").get_by_role("heading", name="Kept")).to_be_visible()
    with enter(kit.portal):
        assert SavedView.objects.get(pk=row.pk).name == "Kept"


def test_the_second_click_does_nothing(kit):
    page = kit.open("/kit/things/add/")
    page.get_by_label("Name").fill("Once")
    page.evaluate(
        "() => { const form = document.querySelector('main form'); form.requestSubmit(); form.requestSubmit(); }"
    )
    expect(page.get_by_role("heading", name="Once")).to_be_visible()
    with enter(kit.portal):
        assert SavedView.objects.filter(name="Once").count() == 1


def test_focus_stays_where_it_was_when_the_list_is_replaced(kit):
    kit.things(45)
    page = kit.open("/kit/things/?order=name")
    page.get_by_role("link", name="Next").press("Enter")
    expect(page.get_by_role("link", name="Thing 021")).to_be_visible()
    expect(page.get_by_role("link", name="Next")).to_be_focused()
    page.get_by_role("link", name="Next").press("Enter")
    expect(page.get_by_role("link", name="Thing 041")).to_be_visible()  # the last page has no next one
    expect(page.locator(".ui-list-scroll")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Thing 042")).to_be_focused()
    with page.expect_response("**/kit/things/**"):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('list-refresh'))")
    expect(page.get_by_role("link", name="Thing 042")).to_be_focused()
    expect(page.locator(".is-current")).to_contain_text("Thing 042")


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


def test_an_entry_is_pinned_from_the_menu_without_losing_the_place(kit):
    page = kit.open("/people/?q=")
    entries = page.locator("#ui-nav .ui-nav-link")
    last = entries.last.inner_text()
    pin = page.get_by_role("button", name=f"Keep {last} on top")
    pin.press("Enter")
    expect(entries.nth(1)).to_have_text(last)
    expect(page.get_by_role("button", name=f"Keep {last} on top")).to_be_focused()
    expect(page.locator("#ui-nav [aria-current=page]")).to_have_text("People")
    page.reload()
    expect(entries.nth(1)).to_have_text(last)


def test_the_look_changes_at_once_and_stays(kit):
    page = kit.open("/kit/", color_scheme="light")
    page.get_by_role("button", name=re.compile("my menu")).click()
    with page.expect_response("**/preferences/"):
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


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
    assert {"portal", f"user:{kit.owner.pk}"} <= set(joined[0]["join"])
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
    expect(page.locator("body")).to_be_visible()
    for _wait in range(60):
        if len(sockets) > 1 and len(joined) > 1:
            break
        page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
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
