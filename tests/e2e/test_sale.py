"""A whole sale: a lead becomes a deal with products, a quote that the client accepts, an invoice that gets paid."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import House
from tests.e2e.people import Contexts, begin, register

pytestmark = pytest.mark.e2e

PDF_BEGINS = "address => fetch(address).then(a => a.text()).then(text => text.slice(0, 5))"


def add_row(page: Page, name: str, option: re.Pattern[str], price: str, quantity: str) -> None:
    """A row by typing, with the keyboard alone."""
    find = page.get_by_role("combobox", name="Add a product")
    find.fill(name)
    expect(page.get_by_role("option", name=option)).to_be_visible()
    page.get_by_role("option", name=option).click()
    line = page.locator("[data-line]").last
    expect(line.get_by_label("Quantity")).to_be_focused()
    line.get_by_label("Quantity").fill(quantity)
    line.get_by_label("Price").fill(price)


def test_from_the_lead_to_the_money(house: House, context: Contexts) -> None:
    company = register(house, context)
    begin(company)
    page = company.page

    page.goto(f"{company.url}/crm/leads/new/")
    page.get_by_label("Person").fill("Ann Lee")
    page.get_by_label("Company", exact=True).fill("Cafe Grain")
    page.get_by_role("button", name="Add the lead").click()
    page.get_by_role("link", name="Convert").click()
    page.get_by_role("button", name=re.compile("Convert")).last.click()
    page.wait_for_url(re.compile(r"/crm/deals/\d+/"))

    page.get_by_role("link", name="Add products").click()
    add_row(page, "Rye bread", re.compile("New product"), "4.20", "10")
    add_row(page, "Delivery", re.compile("for this paper only"), "8", "1")
    expect(page.locator("[data-sums]")).to_contain_text("50")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#record-rows")).to_contain_text("Rye bread")

    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        tab.get_by_role("link", name="Change “Title”").click()
        expect(tab.locator("#edit-title").get_by_label("Title")).to_be_visible()
    for tab, title in ((other, "Bread in spring"), (page, "Bread in summer")):
        tab.locator("#edit-title").get_by_label("Title").fill(title)
        tab.locator("#edit-title").get_by_role("button", name="Save").click()
    expect(page.locator("#edit-title")).to_contain_text("Bread in spring")  # promise 49: both are seen, nothing is lost
    expect(page.locator("#edit-title").get_by_label("Title")).to_have_value("Bread in summer")
    page.locator("#edit-title").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bread in summer")
    other.close()

    page.get_by_role("button", name="Make a quote").click()
    page.wait_for_url(re.compile(r"/crm/quotes/\d+/"))
    assert page.evaluate(PDF_BEGINS, f"{page.url}pdf/") == "%PDF-"
    page.get_by_role("link", name="Send by mail").click()
    page.get_by_label("To", exact=True).fill("ann@cafe-grain.example")
    page.locator("form[action$='/letter/']").get_by_role("button", name="Send").click()
    expect(page.get_by_label("Link for the client")).to_be_visible()
    letter = house.letter("ann@cafe-grain.example", "/crm/client/")
    address = re.search(r"http\S+/crm/client/\S+/", letter["text"])
    assert address is not None

    client = context(phone=True).new_page()
    client.goto(address[0])
    expect(client.get_by_role("heading", name=re.compile("Quote"))).to_be_visible()
    client.get_by_label("Your name").fill("Ann Lee")
    client.get_by_role("button", name="Accept the quote").click()
    expect(client.get_by_text("Accepted by Ann Lee")).to_be_visible()

    expect(page.get_by_text("Accepted by Ann Lee")).to_be_visible()  # no reload: it arrives live
    page.get_by_role("button", name="Make an invoice").click()
    page.wait_for_url(re.compile(r"/crm/invoices/\d+/"))
    page.get_by_role("button", name="Issue", exact=True).click()
    for amount, state in (("20", "Partly paid"), ("30", "Paid")):
        page.get_by_role("link", name="Enter a payment").click()
        page.get_by_label("Amount").fill(amount)
        page.get_by_role("button", name="Enter the payment").click()
        expect(page.locator("#record-paper .badge, #record-paper .ui-badge").first).to_have_text(state)
    page.locator("#record-paper").get_by_role("button", name="More").click()
    page.get_by_role("button", name="Link for the client").click()
    paid = page.get_by_label("Link for the client", exact=True)
    expect(paid).to_be_visible()
    client.goto(str(paid.input_value()))
    expect(client.get_by_text("This invoice is paid")).to_be_visible()
