"""The main job: register → invite → publish → a stranger sends → the lead is live on the board → the plan holds."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import PASSWORD, House
from tests.e2e.people import Contexts, begin, publish_site, register, send_form

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_company_registers_and_gets_its_first_lead(house: House, context: Contexts, phone: bool) -> None:
    company = register(house, context, phone=phone)
    owner: Page = company.page
    begin(company)

    owner.goto(f"{company.url}/people/invite/")
    colleague = f"colleague-{company.address}@example.com"
    owner.get_by_label(re.compile("addresses", re.I)).fill(colleague)
    owner.get_by_role("button", name="Invite", exact=True).click()
    page = context(phone=phone).new_page()
    page.goto(house.link(colleague, "/account/invitation/"))
    page.get_by_label("First name").fill("Carl")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url(lambda url: "/account/invitation/" not in url)
    expect(page.get_by_role("heading", name=re.compile("^Good "))).to_be_visible()

    site = publish_site(company)
    owner.goto(f"{company.url}/crm/leads/board/")
    expect(owner.get_by_text("Ann Visitor")).to_have_count(0)
    told = send_form(context, site, "Ann Visitor", phone=phone)
    expect(told.get_by_text(re.compile("thank", re.I)).first).to_be_visible()
    expect(owner.get_by_text("Ann Visitor").first).to_be_visible()  # no reload: it arrives live
    owner.get_by_text("Ann Visitor").first.click()
    expect(owner.get_by_text("newsletter").first).to_be_visible()


def test_a_form_works_without_javascript(house: House, context: Contexts) -> None:
    company = register(house, context)
    begin(company)
    site = publish_site(company)
    told = send_form(context, site, "Plain Visitor", javascript=False)
    expect(told.get_by_text(re.compile("thank", re.I)).first).to_be_visible()


def test_an_address_is_suggested_for_a_name_typed_before_the_script_came(house: House, context: Contexts) -> None:
    page = context().new_page()

    def slow_line(route: Route) -> None:
        page.get_by_label("Company").fill("Slow Line Bakery")
        route.continue_()

    page.route(re.compile(r"/signup[^/]*\.js"), slow_line)
    page.goto(f"{house.service}/signup/", wait_until="commit")
    expect(page.get_by_label("Portal address")).to_have_value(re.compile("^slow-line-bakery"))
