"""Money and days of quotes and invoices."""

from __future__ import annotations

import time

from infra.jobs import portal_task
from modules.crm.domain.people import portal_today
from modules.crm.domain.selling import document_status
from modules.crm.domain.selling.online_payment import (
    card_payments_on,
    close_link_at_stripe,
    leave_link,
    look_for_all_money,
)
from modules.crm.domain.selling.recurrence import make_due


@portal_task(name="crm.close_payment_link")
def close_payment_link(link: str) -> None:
    """A payment came another way: close a link that asks for an amount that is no longer open."""
    close_link_at_stripe(link)


@portal_task(name="crm.leave_payment_link")
def leave_payment_link(invoice_id: int, link: str, sealed: str) -> None:
    """The company has another account at its payment provider, or none: ask the one before for the last time."""
    leave_link(invoice_id, link, sealed)


@portal_task(name="crm.look_for_money")
def look_for_money() -> None:
    """Ask the company's own payment provider what was paid through links."""
    if card_payments_on():
        look_for_all_money(turn=int(time.time()) // 600)


@portal_task(name="crm.pass_days")
def pass_days() -> None:
    """Expire quotes, mark invoices overdue, make what repeats, in the portal's own day."""
    today = portal_today()
    document_status.pass_days(today)
    make_due(today)
