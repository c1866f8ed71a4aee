"""People in a browser: a passkey instead of a password, the tree moved by mouse, pages that axe has nothing against."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, House
from tests.e2e.people import Contexts, register

pytestmark = pytest.mark.e2e


def test_a_passkey_signs_in(house: House, context: Contexts) -> None:
    company = register(house, context)
    page = company.page
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    page.goto(f"{company.url}/account/passkeys/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.locator("[name=passwordless]").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/account/two-step/codes/")
    page.goto(f"{company.url}/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto(f"{company.url}/account/login/?next=/people/me/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/people/me/")


def add(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/people/departments/add/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/people/departments/")


def test_departments_are_moved_by_mouse(house: House, context: Contexts) -> None:
    company = register(house, context)
    page = company.page
    for name in ("Sales", "North"):
        add(page, company.url, name)
    rows = page.locator("[data-department]")
    rows.filter(has_text="North").drag_to(rows.filter(has_text="Sales"))
    expect(page.locator("[data-branch] [data-branch]")).to_have_count(1)
    expect(page.locator("[data-branch] [data-branch]")).to_contain_text("North")


@pytest.mark.parametrize("phone", [False, True])
def test_axe_finds_nothing(house: House, context: Contexts, axe: object, phone: bool) -> None:
    company = register(house, context, phone=phone)
    add(company.page, company.url, "Sales")
    for path in (
        "people/",
        "people/?view=table",
        "people/1/",
        "people/me/",
        "people/invite/",
        "people/departments/",
        "people/chart/",
        "people/roles/",
        "people/roles/3/",
        "people/sign-in/",
        "account/two-step/",
        "account/sessions/",
        "account/email/",
    ):
        company.page.goto(f"{company.url}/{path}")
        axe(company.page)
        assert not company.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"), path
