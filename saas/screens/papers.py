"""What a client sees behind the link of a quote or an invoice, in each state that it may be in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from saas.screens.api import make, newest, send
from saas.screens.camera import DESKTOP, PHONE, RUSSIAN, RUSSIAN_PHONE
from saas.screens.plays import PAUSE, Play
from saas.screens.scene import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page

_ROWS = [
    {"title": "Sourdough bread, 900 g", "quantity": "120", "price": "4.20", "vat_rate": "20"},
    {"title": "Cinnamon roll", "quantity": "60", "price": "2.40", "discount_percent": "10", "vat_rate": "20"},
    {"title": "Delivery every morning before seven", "quantity": "1", "price": "180", "vat_rate": "20"},
]
_STAND_IN = "rk_test_localStandIn"
Doing = Callable[["Page", str], None]


def paper_scenes() -> list[Scene]:
    """The client's page of each state, in both languages, on a desktop and a phone."""
    late: dict[str, Any] = {"valid_until": _day(-3), "issued_on": _day(-17)}
    overdue: dict[str, Any] = {"due_on": _day(-3), "issued_on": _day(-17)}
    states: dict[str, Play] = {
        "quote": behind_link("quotes", valid_until=_day(14)),
        "quote-accepted": behind_link("quotes", client=_answer("accept")),
        "quote-declined": behind_link("quotes", client=_answer("decline")),
        "quote-nameless": behind_link("quotes", client=_answer("accept", "")),
        "quote-expired": behind_link("quotes", **late),
        "quote-closed": behind_link("quotes", after=lambda page, path: _do(page, path, "link", "DELETE")),
        "invoice": behind_link("invoices", due_on=_day(14)),
        "invoice-cards": behind_link("invoices", after=_cards, due_on=_day(14)),
        "invoice-part-paid": behind_link("invoices", after=_pay("200"), due_on=_day(14)),
        "invoice-paid": behind_link("invoices", after=_pay("")),
        "invoice-overdue": behind_link("invoices", **overdue),
        "invoice-cancelled": behind_link("invoices", after=lambda page, path: _do(page, path, "cancel")),
    }
    looks = (DESKTOP, PHONE, RUSSIAN, RUSSIAN_PHONE)
    return [Scene(f"client-{name}", "portal", play, looks, whole=True) for name, play in states.items()]


def behind_link(
    what: str, *, after: Doing | None = None, client: Callable[[Page], None] | None = None, **values: Any
) -> Play:
    """A paper of the demo's newest company with its link opened, then `after` done to it by us, and its page opened by
    somebody who is not signed in, who does `client` there."""

    def play(page: Page) -> None:
        page.goto("/crm/quotes/")
        company = newest(page, "companies")[0]["id"]
        paper = make(page, what, {"title": "Bread for the canteen", "company": company, **values})
        path = f"{what}/{paper}"
        send(page, f"{path}/rows", {"rows": _ROWS}, "PUT")
        link = send(page, f"{path}/link")["url"]
        if after is not None:
            after(page, path)
        page.context.clear_cookies(name="session")
        page.goto(link)
        if client is not None:
            client(page)

    return play


def _answer(answer: str, name: str = "Ida Marsh") -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator("form").evaluate("form => { form.noValidate = true }")
        page.locator("[name=name]").fill(name)
        page.locator(f"button[value={answer}]").click()
        page.wait_for_timeout(3 * PAUSE)

    return act


def _pay(amount: str) -> Doing:
    def act(page: Page, path: str) -> None:
        whole = next(one for one in newest(page, "invoices", 5) if path.endswith(f"/{one['id']}"))["total"]
        send(page, f"{path}/payments", {"amount": amount or whole, "method": "bank"})

    return act


def _cards(page: Page, path: str) -> None:
    send(page, "crm-settings/card-payments", {"key": _STAND_IN}, "PUT")
    send(page, f"{path}/payment-link")


def _do(page: Page, path: str, what: str, method: str = "POST") -> None:
    send(page, f"{path}/{what}", method=method)


def _day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()
