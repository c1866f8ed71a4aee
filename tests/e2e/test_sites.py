"""A shop owner's evening: a ready site, a word changed in place, published; a stranger on a phone sends a file; the
form stands in a page of another site, in place and over it by a rule."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from modules.sites.domain.fields import parse_fields
from modules.sites.domain.form import FormDesign
from modules.sites.domain.rendering import render_form_page, script
from modules.sites.domain.texts import SiteText
from modules.sites.domain.theme import Theme
from tests.e2e.conftest import House
from tests.e2e.people import Contexts, begin, publish_site, register

pytestmark = [pytest.mark.e2e, pytest.mark.long]


def drag(page: Page, block: Locator, target: Locator) -> None:
    """Take a block from the list by the mouse and let it go below a section, once the canvas shows where it will be."""
    block.scroll_into_view_if_needed()
    target.scroll_into_view_if_needed()
    start, end = block.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 20)
    page.mouse.down()
    placeholder = page.locator(".gjs-placeholder").first
    for step in range(2000):  # a hand moves on until it sees where the block will be
        page.mouse.move(end["x"] + 60, end["y"] + end["height"] - (40, 24, 12, 6)[step % 4], steps=3)
        if step > 2 and placeholder.is_visible():
            break
    page.mouse.move(end["x"] + 60, end["y"] + end["height"] - 6, steps=3)
    expect(placeholder).to_be_visible()
    page.mouse.up()


def test_from_a_template_to_a_lead_with_a_file_and_back(
    house: House, context: Contexts, axe: object
) -> None:  # promises 52, 62
    company = register(house, context)
    begin(company)
    owner: Page = company.page
    owner.goto(f"{company.url}/sites/new/")
    owner.get_by_label("Name", exact=True).fill("Rye jobs")
    owner.get_by_label("Address").fill(f"jobs-{company.address}"[:38].rstrip("-"))
    owner.get_by_text("A job, the people and an application").click()
    owner.get_by_role("button", name="Make the site").click()
    owner.wait_for_url(re.compile(r"/sites/\d+/$"))
    site = owner.url

    owner.get_by_role("link", name=re.compile("Rye jobs")).first.click()
    canvas = owner.frame_locator(".gjs-frame")
    heading = canvas.locator("h1")
    expect(heading).to_have_text("Baker, day shift")
    heading.dblclick()
    expect(heading).to_have_attribute("contenteditable", "true")
    owner.keyboard.press("ControlOrMeta+a")
    owner.keyboard.type("Baker for the morning")
    canvas.locator("section").nth(1).click(position={"x": 4, "y": 4})
    expect(owner.locator("[data-state]")).to_have_attribute("data-tone", "good")
    owner.locator(".gjs-title", has_text="Columns").click()
    owner.get_by_title("Line", exact=True).click()
    expect(canvas.locator("hr")).to_have_count(1)
    owner.get_by_role("button", name="Undo").click()
    expect(canvas.locator("hr")).to_have_count(0)
    drag(owner, owner.get_by_title("Line", exact=True), canvas.locator("section").first)
    expect(canvas.locator("hr")).to_have_count(1)
    owner.get_by_role("button", name="Undo").click()
    expect(canvas.locator("hr")).to_have_count(0)
    for device, width in (("phone", "390px"), ("tablet", "768px")):
        owner.locator(f'[data-do="device:{device}"]').click()
        expect(owner.locator(".gjs-frame-wrapper")).to_have_css("width", width)
    owner.locator('[data-do="device:desktop"]').click()
    owner.get_by_role("button", name="Publish", exact=True).click()
    owner.wait_for_url(site)
    address = owner.locator(".sites-link a").get_attribute("href")
    assert address

    phone = context(phone=True).new_page()
    phone.goto(f"{address}?utm_source=newsletter&utm_campaign=spring")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Baker for the morning")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(phone)
    owner.goto(f"{company.url}/crm/leads/board/")
    phone.get_by_label("Your name").fill("Ann Visitor")
    phone.get_by_label("E-mail").fill("ann@visitor")
    phone.locator("form").evaluate("form => { form.noValidate = true; }")  # the server's word, not the browser's
    phone.get_by_role("button", name="Apply").click()
    expect(phone.get_by_label("Phone")).to_be_focused()
    expect(phone.get_by_label("Phone")).to_have_accessible_description("Please fill this in.")
    expect(phone.get_by_label("E-mail")).to_have_accessible_description(re.compile("This is no e-mail address"))
    expect(phone.get_by_role("alert")).not_to_be_empty()
    axe(phone)  # type: ignore[operator]
    phone.get_by_label("Phone").fill("+44 20 7946 0958")
    phone.get_by_label("E-mail").fill("ann@visitor.example")
    phone.get_by_label("CV").set_input_files({"name": "cv.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x"})
    phone.get_by_label("I agree").check()
    phone.get_by_role("button", name="Apply").click()
    expect(phone.get_by_text("We answer everyone within three days")).to_be_visible()
    expect(owner.get_by_text("Ann Visitor").first).to_be_visible()  # no reload: it arrives live
    owner.get_by_text("Ann Visitor").first.click()
    expect(owner.get_by_text("newsletter").first).to_be_visible()
    owner.goto(f"{company.url}/sites/submissions/")
    owner.get_by_role("link", name="Ann Visitor").first.click()
    with owner.expect_download() as loaded:
        owner.get_by_role("link", name="cv.pdf").click()
    assert loaded.value.suggested_filename == "cv.pdf"

    owner.goto(site)
    owner.get_by_role("link", name=re.compile("Rye jobs")).first.click()
    canvas.locator("h1").click()
    owner.keyboard.press("Delete")
    expect(canvas.locator("h1")).to_have_count(0)
    owner.get_by_role("button", name="Publish", exact=True).click()
    owner.wait_for_url(site)
    phone.goto(address)
    expect(phone.get_by_text("Baker for the morning")).to_have_count(0)
    owner.get_by_role("button", name="Show again").click()
    phone.goto(address)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Baker for the morning")


@contextmanager
def foreign(folder: Path) -> Iterator[str]:
    """A web server that is not ours, with the pages of `folder`; its origin."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_form_in_pages_of_another_site(house: House, context: Contexts, axe: object, tmp_path: Path) -> None:
    company = register(house, context)
    begin(company)
    owner: Page = company.page
    with foreign(tmp_path) as named, foreign(tmp_path) as unnamed:
        owner.goto(f"{company.url}/sites/")
        owner.locator("tbody a").first.click()
        owner.get_by_role("link", name=re.compile("Contact form")).first.click()
        owner.locator("details:has(#form-origins) > summary").click()
        owner.get_by_label(re.compile("Other sites that may show this form")).fill(named)
        owner.get_by_label("Open by itself over pages that do not show it").select_option("scroll")
        owner.get_by_label("Seconds or percent").fill("40")
        owner.get_by_label(re.compile("Title over the form")).fill("Before you go on")
        owner.get_by_role("button", name="Save", exact=True).click()
        expect(owner.get_by_text("Saved. Visitors see it after the next publishing.")).to_be_visible()
        form = owner.url
        publish_site(company)
        owner.goto(f"{form}embed/")
        for name in ("frame", "popup"):
            code = owner.locator(f"#copy-{name}").inner_text()
            (tmp_path / f"{name}.html").write_text(f"<!doctype html><title>Shop</title>{code}<p style='height:4000px'>")

        stranger = context().new_page()
        stranger.goto(f"{named}/frame.html?utm_source=partner")
        inside = stranger.frame_locator("iframe")
        inside.get_by_label("Your name").fill("Fay Foreign")
        inside.get_by_label("Phone").fill("+44 20 7946 0955")
        inside.get_by_label("I agree").check()
        inside.get_by_role("button", name="Send").click()
        expect(inside.get_by_text(re.compile("^Thank you"))).to_be_visible()
        stranger.goto(f"{named}/popup.html")
        dialog = stranger.locator("dialog[open]")
        expect(dialog).to_have_count(0)
        stranger.mouse.wheel(0, 3000)
        over = dialog.frame_locator("iframe")
        expect(over.get_by_role("heading", name="Before you go on")).to_be_visible()
        stranger.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        stranger.get_by_role("link", name="Contact form").click()
        expect(over.get_by_label("Your name")).to_be_visible()
        with stranger.expect_console_message(lambda said: "frame-ancestors" in said.text):
            stranger.goto(f"{unnamed}/frame.html")  # a site that the owner did not name shows nothing

    owner.goto(f"{company.url}/sites/submissions/")
    owner.get_by_role("link", name="Fay Foreign").first.click()
    expect(owner.get_by_text("partner").first).to_be_visible()
    expect(owner.get_by_text(f"{named}/frame.html").first).to_be_visible()


def test_a_form_in_steps_by_the_keyboard_alone(context: Contexts, axe: object) -> None:
    fields = [
        {"kind": "name", "label": "Your name", "required": True},
        {"kind": "step", "label": "Where"},
        {"kind": "email", "label": "E-mail", "required": True},
    ]
    name, address = "cd" * 10, "http://form.example/"
    design = FormDesign(
        id=1, name="Order", fields=parse_fields(fields), submit_label="Order now", thank_you="Thanks",
        redirect_url="", responsible_id=None, origins=(),
    )  # fmt: skip
    site = SiteText(name="Rye", language="en", theme=Theme(), address=address, number=1, forms={name: design})
    form = render_form_page(site, name).html

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=400, json={"title": "Check this", "errors": {"f1": ["Not this name."]}})
        elif "/_s/" in route.request.url:
            route.fulfill(content_type="text/javascript", body=script("form.js"))
        else:
            route.fulfill(content_type="text/html", body=form if route.request.url == address else "")

    page = context(phone=True).new_page()
    page.route("**/*", answer)
    page.goto(address)
    step, back = page.locator(".steps-bar[aria-live=polite]"), page.get_by_role("button", name="Back")
    expect(step).to_have_text("Step 1 of 2")
    expect(back).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    expect(step).to_have_text("Step 2 of 2")
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_role("group", name="Where")).to_be_visible()
    axe(page)  # type: ignore[operator]
    page.keyboard.type("ann@visitor.example")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    expect(page.get_by_label("Your name")).to_have_accessible_description("Not this name.")
    expect(page.get_by_role("alert")).to_have_text("Check this")
    expect(step).to_have_text("Step 1 of 2")
    expect(page.get_by_role("button", name="Next")).to_be_enabled()
    axe(page)  # type: ignore[operator]
