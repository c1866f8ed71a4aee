"""How a person comes into each state, step by step in the browser."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.conf import settings

from infra.local.mail_catcher import Letters
from saas.demo import DEMO, PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

Play = Callable[["Page"], None]
OWNER = f"owner@{DEMO}.example"
_GO_ON = "main form .btn-primary"
PAUSE = 400  # ms: transitions and answers come to rest


def steps(address: str, *clicks: str, keys: str = "", text: str = "") -> Play:
    """Open `address`, click the first of each selector, press `keys` ("Control+k"), type `text`."""

    def play(page: Page) -> None:
        page.goto(address)
        for selector in clicks:
            page.locator(selector).first.click()
            page.wait_for_timeout(PAUSE)
        if keys:
            page.keyboard.press(keys)
            page.wait_for_timeout(PAUSE)
        if text:
            page.keyboard.type(text, delay=20)
            page.wait_for_timeout(2 * PAUSE)

    return play


def wrong_password(page: Page) -> None:
    """Signing in with a password that is not the one."""
    page.goto("/account/login/")
    page.locator("input[type=email]").fill("nobody@elsewhere.example")
    page.locator("input[type=password]").fill("not-the-password")
    page.locator("main button[type=submit]").first.click()
    page.wait_for_timeout(PAUSE)


def forms_with_faults(address: str, submit: str = "main button[type=submit]") -> Play:
    """The form at `address`, sent empty without the browser's own checks."""

    def play(page: Page) -> None:
        page.goto(address)
        page.evaluate("() => document.querySelectorAll('main form').forEach((form) => { form.noValidate = true })")
        page.locator(submit).first.click()
        page.wait_for_timeout(3 * PAUSE)

    return play


def two_editors(page: Page) -> None:
    """A field of the first deal saved after somebody else saved it."""
    page.goto("/crm/deals/")
    mine, theirs = "mine", f"theirs {secrets.token_hex(2)}"
    card = page.locator("tbody .ui-row-link").first.get_attribute("href") or ""
    other = page.context.new_page()
    for one in (page, other):
        one.goto(card)
        one.locator(".crm-fields .crm-field a.btn-icon").first.click()
        one.locator("[data-editing] input.form-control").first.wait_for()
    for one, text in ((other, theirs), (page, mine)):
        one.locator("[data-editing] input.form-control").first.fill(text)
        one.locator("[data-editing] button[type=submit]").first.click()
        one.wait_for_timeout(3 * PAUSE)
    other.close()


def imported(*further: str) -> Play:
    """A small file of contacts, with one row that is refused, as far as its check; then the `further` clicks."""

    def play(page: Page) -> None:
        page.goto("/crm/contacts/import/")
        rows = "First name,Last name,E-mail,Phone\nIda,Marsh,ida@marsh.example,+44 20 7946 0999\n,,not-an-address,\n"
        page.locator("input[type=file]").set_input_files(
            {"name": "contacts.csv", "mimeType": "text/csv", "buffer": rows.encode()}
        )
        for selector in (_GO_ON, _GO_ON, *further):
            page.locator(selector).first.click()
            page.wait_for_load_state()
            page.wait_for_timeout(3 * PAUSE)

    return play


def refused_saving(page: Page) -> None:
    """A new lead, sent where nothing may be changed."""
    page.goto("/crm/leads/new/")
    page.locator("main input[name=title]").fill("Bread for a café")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_timeout(3 * PAUSE)


def second_factor(page: Page, then: str = "/account/two-step/app/") -> None:
    """Set up an authenticator app, as far as its page; the password is asked for once more where it must be."""
    page.goto(then)
    if "/again/" in page.url:
        page.locator("input[type=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").first.click()
        page.wait_for_timeout(PAUSE)


def passkey(page: Page) -> None:
    """The page that adds a passkey."""
    second_factor(page, "/account/passkeys/add/")


def invited(page: Page) -> None:
    """An invitation that waits for its answer."""
    _invite(page)
    at("/people/invitations/", "main a[href^='/people/invitations/']:not([href$='/invitations/'], [href*='?'])")(page)


def invitation(page: Page) -> None:
    """The page behind the link of an invitation just sent."""
    email = _invite(page)
    link = _link(page, email, r"https?://\S+/account/invitation/\S+")
    page.context.clear_cookies(name="session")
    page.goto(link)


def _invite(page: Page) -> str:
    email = f"newcomer-{secrets.token_hex(3)}@people.example"
    page.goto("/people/invite/")
    page.locator("textarea[name=emails]").fill(email)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_timeout(3 * PAUSE)
    return email


def _link(page: Page, to: str, pattern: str) -> str:
    for _attempt in range(40):
        for letter in sent_letters():
            if to in letter["to"] and (found := re.search(pattern, letter["text"])):
                return found[0].rstrip(".)>")
        page.wait_for_timeout(PAUSE)
    raise LookupError(f"no letter to {to} came")


def asked(address: str) -> Play:
    """The form at `address` filled in with the owner's e-mail, which has a letter sent."""

    def play(page: Page) -> None:
        page.goto(address)
        page.locator("input[type=email]").fill(OWNER)
        page.locator("main button[type=submit]").first.click()
        page.wait_for_timeout(5 * PAUSE)

    return play


def reset_opened(page: Page) -> None:
    """The page behind the link of a letter about a forgotten password."""
    asked("/account/password/reset/")(page)
    page.goto(_link(page, OWNER, r"https?://\S+/account/password/reset/key/\S+"))


def at(address: str, selector: str, suffix: str = "") -> Play:
    """The page that the first link of `selector` at `address` leads to, or what lies `suffix` further below it."""

    def play(page: Page) -> None:
        page.goto(address)
        link = page.locator(selector).first.get_attribute("href") or ""
        page.goto(f"{link}{suffix}")

    return play


def sent_letters() -> Iterator[dict[str, str]]:
    """Letters that the local catcher took, the newest first."""
    letters = Letters(settings.LOCAL / "mail")
    yield from (letter for name in letters.names() if (letter := letters.read(name)))


def newest_letters() -> list[tuple[str, str]]:
    """One letter of each subject: a short name, and the address of its HTML in the catcher."""
    found: dict[str, str] = {}
    for letter in sent_letters():
        name = re.sub(r"\W+", "-", letter["subject"].lower())[:48].strip("-")
        found.setdefault(name, f"{settings.MAIL_CATCHER_URL}/letters/{letter['id']}/html")
    return list(found.items())
