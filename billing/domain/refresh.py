"""What Stripe says about a customer, brought home: asked afresh, then applied whole, in any order (promise 29)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from billing.contracts import Period
from billing.domain import addon, basket, catalogue, customer, dispute, dunning, ledger, subscription, wallet
from billing.domain.basket import UnknownPrice
from billing.domain.invoice import issue_receipt
from billing.domain.ledger import Line
from billing.models import (
    Account,
    InvoiceCopy,
    Kind,
    PaidSubscription,
    PaymentCustomer,
    Plan,
    Posting,
    Subscription,
)
from infra.adapters.payments import Paper, Payment, Planned, Refund, StripeSubscription, get_payments, major
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict
from tenants.portals.models import Portal

_log = logging.getLogger(__name__)
OVER = ("canceled", "incomplete_expired")


def refresh_subscription(found: PaymentCustomer) -> None:
    """Ask for the customer's subscriptions and let the portal have what they say. Raises StripeAway, UnknownPrice."""
    ticket = customer.take_ticket(found)
    payments = get_payments()
    theirs = payments.subscriptions_of(found.customer)
    counts = _that_counts(theirs)
    planned = payments.planned_change(counts.schedule) if counts is not None and counts.schedule else None
    with transaction.atomic():
        if customer.may_apply(found, ticket):
            _apply(found.portal, counts, planned)
    if others := [one.id for one in theirs if counts and one.id != counts.id and one.status in PaidSubscription.LIVE]:
        _log.error("a customer pays for more than one subscription", extra={"portal": found.portal_id, "ids": others})


def _that_counts(theirs: Sequence[StripeSubscription]) -> StripeSubscription | None:
    """The live one; else the newest that was ever paid for. What was never paid grants nothing."""
    live = [one for one in theirs if one.status in PaidSubscription.LIVE]
    ended = [one for one in theirs if one.status == "canceled"]
    return next(iter(live or ended), None)


def _apply(portal: Portal, theirs: StripeSubscription | None, planned: Planned | None) -> None:
    if theirs is None:
        return
    ours = PaidSubscription.objects.select_for_update().filter(portal=portal).first()
    known = ours is not None and ours.subscription == theirs.id
    if theirs.status in OVER and not known:
        return  # it was over before we ever knew it: nothing follows from it
    was_live = ours is not None and known and ours.is_live
    values = {
        "subscription": theirs.id,
        "status": theirs.status,
        "currency": theirs.currency,
        "period_start": theirs.period_start,
        "period_end": theirs.period_end,
        "ends": theirs.cancel_at_period_end,
        "schedule": theirs.schedule if planned is not None else "",
        "planned": _planned(planned),
        "pending": theirs.pending,
    }
    if theirs.status in OVER:
        if was_live:
            _fall_back(portal)
        PaidSubscription.objects.update_or_create(portal=portal, defaults=values)
        return
    wanted = basket.read_items(theirs.items)
    subscription.change_plan(actor=SYSTEM, portal=portal, version=wanted.version, period=wanted.period, reason="Stripe")
    addon.set_addons(portal=portal, packs={pack.pk: count for pack, count in wanted.packs.items()})
    ours, _created = PaidSubscription.objects.update_or_create(portal=portal, defaults=values)
    if theirs.status in ("past_due", "unpaid") or dispute.unsettled(portal) is not None:
        dunning.payment_missing(portal=portal, paid=ours)
    else:
        dunning.payment_made(portal=portal, paid=ours)


def _fall_back(portal: Portal) -> None:
    addon.set_addons(portal=portal, packs={})
    fallback = catalogue.plan_in_role(Plan.Role.FALLBACK)
    subscription.change_plan(
        actor=SYSTEM, portal=portal, version=fallback, period=Period.MONTH, reason="subscription ended"
    )
    Subscription.objects.filter(portal=portal).update(unpaid_since=None)
    subscription.say_changed(portal)


def _planned(planned: Planned | None) -> dict[str, object] | None:
    if planned is None:
        return None
    try:
        wanted = basket.read_items(planned.items)
    except UnknownPrice:
        return None
    return {**wanted.written(), "starts": planned.starts_at.isoformat() if planned.starts_at else ""}


def refresh_invoice(found: PaymentCustomer, invoice: str) -> None:
    """Ask for one invoice and keep what it says."""
    ticket = customer.take_ticket(found)
    keep_invoice(found, get_payments().invoice(invoice), ticket)


def refresh_invoices(found: PaymentCustomer) -> None:
    """Ask for the customer's newest invoices and keep what they say."""
    ticket = customer.take_ticket(found)
    for paper in get_payments().invoices_of(found.customer):
        keep_invoice(found, paper, ticket)


@transaction.atomic
def keep_invoice(found: PaymentCustomer, paper: Paper, ticket: int) -> None:
    """Write an invoice down that was asked for with `ticket`."""
    if paper.customer != found.customer or paper.status == "draft" or not customer.may_apply(found, ticket, paper.id):
        return
    values = {
        "portal_id": found.portal_id,
        "number": paper.number,
        "status": paper.status,
        "reason": paper.reason,
        "currency": paper.currency,
        "total": paper.total,
        "due": paper.due,
        "paid": paper.paid,
        "payment": paper.payment,
        "page": paper.page,
        "lines": [{"text": line.text, "amount": line.amount} for line in paper.lines],
        "issued_at": paper.created,
        "paid_at": paper.paid_at,
        "next_attempt": paper.next_attempt,
    }
    InvoiceCopy.objects.update_or_create(invoice=paper.id, defaults=values)


def refresh_payment(found: PaymentCustomer, payment: str) -> Payment:
    """Ask for one payment; a top-up that has arrived is put into the wallet, once. What Stripe says of it."""
    paid = get_payments().payment(payment)
    keep_payment(found, paid)
    return paid


def keep_payment(found: PaymentCustomer, paid: Payment) -> bool:
    """Whether it was a top-up that has arrived. The wallet knows it by its payment, so twice changes nothing."""
    if paid.customer != found.customer or paid.status != "succeeded" or not paid.cause.startswith("topup"):
        return False
    posting = wallet.top_up(
        portal_id=found.portal_id,
        amount=major(paid.received, paid.currency),
        currency=paid.currency,
        cause=f"topup:{paid.id}",
        note=paid.cause.partition(":")[2],
    )
    try:
        issue_receipt(posting)
    except Conflict:  # nobody gave the seller's requisites yet: it is issued when somebody asks for it
        _log.warning("a receipt could not be issued", extra={"portal": found.portal_id, "payment": paid.id})
    return True


def refresh_refunds(found: PaymentCustomer, payment: str) -> None:
    """What went back of a payment: written beside its invoice, or taken from the wallet that it had filled, also where
    that is spent already. A refund that did not arrive is put back."""
    ticket = customer.take_ticket(found)
    refunds = get_payments().refunds_of(payment)
    with transaction.atomic():
        if customer.may_apply(found, ticket, f"refunds:{payment}"):
            _keep_refunds(found, payment, refunds)


def _keep_refunds(found: PaymentCustomer, payment: str, refunds: Sequence[Refund]) -> None:
    back = sum(one.amount for one in refunds if not one.came_back)
    InvoiceCopy.objects.filter(portal_id=found.portal_id, payment=payment).update(refunded=back)
    filled = Posting.objects.filter(portal_id=found.portal_id, cause=f"topup:{payment}").first()
    if filled is None:
        return
    for one in refunds:
        cause, amount = f"refund:{payment}:{one.id}", major(one.amount, filled.currency)
        if not one.came_back:
            _post_refund(filled, cause, amount)
        elif Posting.objects.filter(cause=cause).exists():
            _post_refund(filled, f"{cause}:back", -amount)


def _post_refund(filled: Posting, cause: str, amount: Decimal) -> None:
    lines = [Line(Account.WALLET, -amount), Line(Account.PAYMENTS, amount)]
    ledger.post(
        cause=cause, lines=lines, portal_id=filled.portal_id, currency=filled.currency, kind=Kind.REFUND,
        note=filled.note,
    )  # fmt: skip


def refresh_disputes(found: PaymentCustomer, payment: str) -> None:
    """What banks question of a payment: its money, its grace, who is told. What the payment was for is asked first,
    where nobody told of it yet."""
    if not Posting.objects.filter(cause=f"topup:{payment}").exists():
        refresh_payment(found, payment)
        refresh_invoices(found)
    ticket = customer.take_ticket(found)
    theirs = get_payments().disputes_of(payment)
    with transaction.atomic():
        if customer.may_apply(found, ticket, f"disputes:{payment}"):
            dispute.apply(found.portal, theirs)
