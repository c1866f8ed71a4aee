"""What people do in a browser, in their own words, so that journeys read like stories."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import PASSWORD, WAIT, House

Contexts = Callable[..., BrowserContext]


@dataclass
class Company:
    """A company that registered itself in the browser."""

    name: str
    address: str
    owner: str
    page: Page
    url: str


def register(house: House, contexts: Contexts, *, phone: bool = False, name: str = "Rye and Oak") -> Company:
    """The sign-up form, as a newcomer fills it in; ends on the first-steps screen of the new portal."""
    page = contexts(phone=phone).new_page()
    mark = secrets.token_hex(4)
    page.goto(f"{house.service}/")
    page.get_by_role("link", name="Register your company").first.click()
    page.get_by_label("Company").fill(f"{name} {mark}")
    page.get_by_label("Your name").fill("Olga Owner")
    email = f"olga-{mark}@example.com"
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    address = page.get_by_label("Portal address")
    expect(address).not_to_have_value("")  # suggested from the name
    slug = address.input_value()
    page.get_by_role("button", name="Create the portal").click()
    there = re.compile(rf"http://{slug}\.portal\.localhost:\d+/first-steps/")
    page.wait_for_url(there, timeout=2 * WAIT)  # the proof of work takes what a slow machine needs
    return Company(f"{name} {mark}", slug, email, page, house.portal(slug))


def sign_in(contexts: Contexts, url: str, email: str, password: str, *, phone: bool = False) -> Page:
    """A person signs in with e-mail and password and stands on the start page."""
    page = contexts(phone=phone).new_page()
    page.goto(f"{url}/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda address: "/account/login" not in address)
    return page


def begin(company: Company) -> None:
    """The first steps as they are offered: everything is used, a site is prepared."""
    company.page.get_by_role("button", name="Begin").click()
    expect(company.page.get_by_role("heading", name=re.compile("^Good "))).to_be_visible()


def publish_site(company: Company) -> str:
    """Publish the site that the first steps prepared; returns its public URL."""
    page = company.page
    page.goto(f"{company.url}/sites/")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="Publish", exact=True).click()
    link = page.locator(".sites-link a")
    expect(link).to_be_visible()
    return str(link.get_attribute("href"))


def send_form(contexts: Contexts, url: str, visitor: str, *, phone: bool = False, javascript: bool = True) -> Page:
    """A stranger opens the published page and sends its form; ends on what they are told."""
    page = contexts(phone=phone, java_script_enabled=javascript).new_page()
    page.goto(f"{url}?utm_source=newsletter&utm_campaign=spring")
    page.get_by_label("Your name").fill(visitor)
    page.get_by_label("Phone").fill("+44 20 7946 0958")
    page.get_by_label("E-mail").fill(f"{secrets.token_hex(4)}@visitor.example")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send").click()
    return page
