"""An administrator hits a limit, sees which rule refused and the way out, and goes on seconds after the upgrade."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import House, until
from tests.e2e.people import Company, Contexts, begin, publish_site, register, send_form, sign_in

pytestmark = pytest.mark.e2e


def invite(company: Company, addresses: list[str]) -> None:
    page = company.page
    page.goto(f"{company.url}/people/invite/")
    page.get_by_label(re.compile("addresses", re.I)).fill("\n".join(addresses))
    page.get_by_role("button", name="Invite", exact=True).click()


def invited(company: Company, address: str) -> bool:
    """Whether the invitation went out; the process that answers hears of a new plan a moment after another took it."""
    invite(company, [address])
    refused = company.page.get_by_text(re.compile("12 people"))
    expect(refused.or_(company.page.get_by_text("invitation is on its way")).first).to_be_visible()
    return refused.count() == 0


def change_plan(console: Page, url: str, company: Company, plan: str) -> None:
    """The operator finds the company and puts it on `plan`."""
    console.goto(f"{url}/operator/?q={company.address}")
    console.get_by_role("link", name=company.name).click()
    details = console.locator("details", has_text="Change the plan").first
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    choice = details.get_by_label("Plan")
    choice.select_option(choice.locator("option", has_text=plan).get_attribute("value"))
    details.get_by_label("Reason").fill("agreed by telephone")
    details.get_by_role("button", name="Change the plan").click()
    expect(console.locator(".plan-now")).to_contain_text(plan)


def test_the_thirteenth_person_is_refused_then_let_in(house: House, context: Contexts) -> None:
    company = register(house, context, phone=True)
    begin(company)
    backoffice = house.portal("backoffice")
    console = sign_in(context, backoffice, "owner@backoffice.example", "walk-right-in")
    change_plan(console, backoffice, company, "Free")

    invite(company, [f"person{number}-{company.address}@example.com" for number in range(2, 13)])
    thirteenth = f"person13-{company.address}@example.com"
    invite(company, [thirteenth])
    page = company.page
    expect(page.get_by_text(re.compile("12 people")).first).to_be_visible()  # the rule that refused
    assert house.letters(thirteenth) == []
    expect(company.page.get_by_label(re.compile("addresses", re.I))).to_have_value(thirteenth)  # nothing typed is lost
    change_plan(console, backoffice, company, "Project")
    until(lambda: invited(company, thirteenth), "room for one more")  # the same session, no new login
    house.letter(thirteenth)

    change_plan(console, backoffice, company, "Free")
    more = (f"person{number}-{company.address}@example.com" for number in itertools.count(14))
    fourteenth = until(lambda: (address := next(more)) and not invited(company, address) and address, "a refusal")
    page.get_by_role("link", name="Look at the plans").click()
    page.wait_for_url(re.compile("/billing/"))
    page.get_by_role("link", name=re.compile("Choose .Project.")).click()
    expect(page.get_by_text("What would change")).to_be_visible()
    pay(page, "4000 0000 0000 0002")
    expect(page.get_by_role("alert")).to_contain_text("declined")
    pay(page, "4242 4242 4242 4242")
    page.wait_for_url(re.compile("/billing/paid/"))
    expect(page.locator("#paid-state")).to_contain_text("Your plan is “Project” now")

    until(lambda: invited(company, fourteenth), "room for one more")
    house.letter(fourteenth)
    page.goto(f"{company.url}/billing/payments/")
    expect(page.locator(".paper-end")).to_contain_text("$24")


def pay(page: Page, number: str) -> None:
    """On to Checkout, and the card's number there."""
    if "/billing/choose/" in page.url:
        page.get_by_role("button", name=re.compile("^Pay")).click()
        page.wait_for_url(re.compile("/checkout/"))
    page.get_by_label("Card number").fill(number)
    page.get_by_role("button", name=re.compile("^Pay")).click()


def test_pages_of_the_first_hour_are_accessible(house: House, context: Contexts, axe: Callable[[Page], None]) -> None:
    for phone in (False, True):
        visitor = context(phone=phone).new_page()
        for path in ("/", "/pricing/", "/signup/", "/find/"):
            visitor.goto(house.service + path)
            axe(visitor)
        company = register(house, context, phone=phone)
        axe(company.page)
        begin(company)
        site = publish_site(company)
        send_form(context, site, "Ann Visitor", phone=phone)
        page = company.page
        for path in (
            "/",
            "/crm/leads/",
            "/crm/leads/board/",
            "/crm/leads/1/",
            "/sites/",
            "/sites/submissions/",
            "/people/",
        ):
            page.goto(company.url + path)
            axe(page)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} is {wide} px wider than the screen"
        for path in (
            "/people/invite/",
            "/billing/",
            "/billing/choose/free/",
            "/billing/choose/team/",
            "/billing/payments/",
            "/settings/",
            "/settings/audit/",
            "/people/roles/",
            "/more/",
        ):
            page.goto(company.url + path)
            axe(page)
        visitor.goto(site)
        axe(visitor)
