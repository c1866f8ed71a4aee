"""What a sales manager sets up alone: a file comes in and goes back, a report leads to its records, a rule works."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.conftest import House, until
from tests.e2e.people import Contexts, begin, register

pytestmark = pytest.mark.e2e

DEALS = """Deal;Amount;Currency;Source
Oak tables;1 200,50;USD;Recommendation
Rye shelves;800;USD;Recommendation
Ash chairs;many;USD;Recommendation
Elm doors;300;USD;Call
"""


def test_a_file_comes_in_is_counted_and_goes_back(house: House, context: Contexts) -> None:
    company = register(house, context)
    begin(company)
    page = company.page

    page.goto(f"{company.url}/crm/deals/")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("link", name="Import from a file").click()
    page.get_by_label(re.compile("Drop a file")).set_input_files(
        FilePayload(name="deals.csv", mimeType="text/csv", buffer=DEALS.encode())
    )
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Deal", exact=True)).to_have_value("title")
    page.get_by_role("button", name="Look over").click()
    expect(figure(page, "to be created")).to_have_text("3")
    expect(figure(page, "refused")).to_have_text("1")
    expect(page.get_by_role("row", name=re.compile("Ash chairs"))).to_contain_text("is no number")
    page.get_by_role("button", name="Import 4 rows").click()
    expect(figure(page, "created")).to_have_text("3")  # no reload: the page follows the work
    imported = page.url

    page.goto(f"{company.url}/crm/reports/built/")
    page.get_by_label("Group by").select_option(label="Source")
    row = page.get_by_role("row", name=re.compile("^Recommendation"))
    expect(row).to_contain_text("2")
    row.get_by_role("link", name="2", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("Oak tables")
    expect(page.locator("tbody")).to_contain_text("Rye shelves")
    expect(page.get_by_text(re.compile(r"\$2,000\.50"))).to_be_visible()  # what both come to, below the list

    page.goto(imported)
    page.get_by_role("button", name="Take this import back").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This import was taken back")).to_be_visible()
    page.goto(f"{company.url}/crm/deals/")
    expect(page.get_by_text("Oak tables")).to_have_count(0)


def test_a_rule_does_what_it_says(house: House, context: Contexts) -> None:
    company = register(house, context)
    begin(company)
    page = company.page

    page.goto(f"{company.url}/crm/rules/")
    page.get_by_role("link", name="New rule").first.click()
    page.locator("#content").get_by_role("link", name="Deals", exact=True).click()
    page.get_by_label("Name of the rule").fill("Big ones")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field", exact=True).select_option(label="Amount")
    page.locator("[name=c0-amount_min]").fill("1000")
    page.get_by_role("button", name="plan an activity").click()
    page.get_by_label("Subject").fill("Call about {{title}}")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("On", exact=True)).to_be_visible()

    for title, amount in (("Elm doors", "300"), ("Oak tables", "1200")):
        page.goto(f"{company.url}/crm/deals/new/")
        page.get_by_label("Title").fill(title)
        page.get_by_label("Amount").first.fill(amount)
        page.get_by_role("button", name="Add the deal").click()
        page.wait_for_url(re.compile(r"/crm/deals/\d+/$"))
    planned = page.get_by_role("region", name="Planned").get_by_text("Call about Oak tables")
    until(lambda: page.reload() is not None and planned.count() > 0, "what the rule plans on the card")

    page.goto(f"{company.url}/crm/rules/log/")
    expect(page.get_by_role("row", name=re.compile("Elm doors"))).to_contain_text("Conditions not met")
    page.get_by_role("link", name="Oak tables").click()
    expect(page.locator(".crm-run")).to_contain_text("Call about Oak tables")


def figure(page: Page, label: str) -> Locator:
    """The figure that stands under `label`."""
    return page.locator(".ui-stat").filter(has=page.get_by_text(label, exact=True)).locator("dd")
