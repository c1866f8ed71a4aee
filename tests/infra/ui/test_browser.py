"""The kit in a real Chromium: keyboard, panels, boards, refusals, sessions that end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from infra.db.current import enter
from infra.ui.models import SavedView
from tests.infra.ui.faults import own_faults, violations

pytestmark = [pytest.mark.commits, pytest.mark.long]


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
    expect(page.locator("#ui-filter select")).to_have_count(0)
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
    for step in range(2000):  # a hand moves on until it sees the card in the other column
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
