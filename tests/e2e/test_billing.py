"""Money as a company meets it: the trial ends, a plan is bought, a card fails and pays again; a call is paid for."""

from __future__ import annotations

import json
import re
import secrets
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import House, until
from tests.e2e.people import Company, Contexts, begin, register

pytestmark = pytest.mark.e2e
MONTH = 32 * 24 * 60 * 60


def tell(url: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """What a program that speaks JSON is answered; headers by keyword."""
    sent = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(sent, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def stripe(house: House, what: str, **given: Any) -> dict[str, Any]:
    """A word to the stand-in for Stripe: its clock, its cards, what it keeps."""
    return tell(f"{house.env['STRIPE_API_BASE']}/_control/{what}", given)


def let_pass(house: House, company: Company, column: str, days: int) -> None:
    """The company's own dates, as if `days` had gone by."""
    with psycopg.connect(house.env["DATABASE_URL"], autocommit=True) as database:
        schema = database.execute(
            f"UPDATE public.billing_subscription s SET {column} = s.{column} - make_interval(days => %s)"
            " FROM public.portals_portal p WHERE p.id = s.portal_id AND p.name = %s RETURNING p.schema_name",
            [days, company.name],
        ).fetchone()
        assert schema
        database.execute("SELECT pg_notify('portal_changed', %s)", schema)


def shows(page: Page, url: str, what: Locator) -> None:
    """Open the page again until it has heard what another process did."""
    until(lambda: page.goto(url) and what.count() > 0, f"{what} at {url}")


def pay(page: Page) -> None:
    """On Stripe's page: a card that pays."""
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name=re.compile("^Pay")).click()


def invite_a_guest(company: Company, role: str = "Guest") -> Page:
    page = company.page
    page.goto(f"{company.url}/people/invite/")
    page.get_by_label(re.compile("addresses", re.I)).fill(f"guest-{secrets.token_hex(4)}@example.com")
    choice = page.get_by_label("Role")
    choice.select_option(choice.locator("option", has_text=role).get_attribute("value"))
    page.get_by_role("button", name="Invite", exact=True).click()
    return page


def test_from_the_trial_to_a_missing_payment_and_back(house: House, context: Contexts, axe: Any) -> None:  # promise 36
    company = register(house, context)
    begin(company)
    page = company.page
    let_pass(house, company, "trial_ends_at", 31)
    shows(page, f"{company.url}/billing/", page.locator(".plan-now", has_text="Free"))

    page.goto(f"{company.url}/billing/choose/team/")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    pay(page)
    expect(page.locator("#paid-state")).to_contain_text("Your plan is “Team” now")
    expect(
        invite_a_guest(company).get_by_text("invitation is on its way").first
    ).to_be_visible()  # Team has guests, Free has none

    customer = next(one for one in stripe(house, "objects", kind="customer")["data"] if one["name"] == company.name)
    stripe(house, "card", customer=customer["id"], behaviour="insufficient_funds")
    stripe(house, "clock", advance=MONTH)
    house.letter(company.owner, "payment")
    shows(page, f"{company.url}/billing/", page.get_by_role("alert").filter(has_text="Nothing changes until"))
    axe(page)

    let_pass(house, company, "unpaid_since", 15)
    told = page.get_by_role("alert").first.filter(has_text="what the free plan gives until it is paid")
    shows(page, f"{company.url}/billing/", told)
    refused = invite_a_guest(company, "Employee")
    expect(refused.get_by_text(re.compile("can only be read")).first).to_be_visible()

    page.goto(f"{company.url}/billing/")
    page.get_by_role("link", name="Pay now").click()
    pay(page)
    expect(page.get_by_text("Paid.")).to_be_visible()
    url = f"{company.url}/billing/"
    until(lambda: page.goto(url) and not page.get_by_role("alert").count(), "the portal is open again")
    expect(page.locator(".plan-now")).to_contain_text("Team")
    expect(invite_a_guest(company).get_by_text("invitation is on its way").first).to_be_visible()


def test_a_top_up_a_call_and_the_line_that_opens_it(house: House, context: Contexts, axe: Any) -> None:  # promise 69
    company = register(house, context)
    begin(company)
    page = company.page
    let_pass(house, company, "trial_ends_at", 31)  # Free includes no minutes: the wallet pays
    shows(page, f"{company.url}/billing/", page.locator(".plan-now", has_text="Free"))
    page.goto(f"{company.url}/billing/wallet/")
    page.get_by_label("Amount, USD").first.fill("25")
    page.get_by_role("button", name=re.compile("card", re.I)).first.click()
    pay(page)
    page.wait_for_url(re.compile("/billing/wallet/"))
    until(lambda: page.reload() and page.get_by_text("$25.00").count() > 0, "the wallet is filled")

    page.goto(f"{company.url}/billing/calls/devices/")
    page.get_by_label("Name").fill("Reception")
    page.get_by_role("button", name="Add", exact=True).click()
    device = page.locator(".calls-secret code").first.inner_text()

    def switch(what: str, **body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {house.env['SWITCH_TOKENS']}", "X-Forwarded-For": "127.0.0.1"}
        headers["Host"] = f"portal.localhost:{house.port}"
        return tell(f"http://127.0.0.1:{house.port}/switch/v1/{what}", body, **headers)

    call_id, now = secrets.token_hex(8), datetime.now(UTC)
    allowed = switch("authorize", call_id=call_id, username=device, number="+1 212 555 0147")
    assert allowed["allowed_seconds"] >= 60
    for kind, second in (("start", 0), ("answer", 4), ("end", 94)):
        told = switch("events", call_id=call_id, kind=kind, at=(now + timedelta(seconds=second)).isoformat())
    assert told["charge"] == "0.0180"

    page.goto(f"{company.url}/billing/statement/")
    page.get_by_role("link").filter(has_text=re.compile("today")).first.click()
    page.get_by_role("link", name="What it is for").click()
    expect(page.get_by_text("How the cost came about")).to_be_visible()
    expect(page.locator(".calls-figure")).to_have_text("$0.018")
    axe(page)
