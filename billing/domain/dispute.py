"""Disputed payments: what a bank takes back leaves the wallet it had filled, or is missing for the plan it had paid."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.contracts import PaymentDisputed
from billing.domain import dunning, ledger, wallet, wallet_settings
from billing.domain.amounts import money_text
from billing.domain.entitlement import UNPAID_GRACE
from billing.domain.ledger import Line
from billing.domain.low_balance import tell_owners
from billing.models import Account, Dispute, Entry, InvoiceCopy, Kind, PaidSubscription, Posting, Subscription
from infra import audit
from infra.adapters.payments import Dispute as Theirs
from infra.adapters.payments import major
from infra.db.current import enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import NotFound
from infra.outbox import publish
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal

_log = logging.getLogger(__name__)
CONSOLE = "operator.console.use"
_WHOLE_PERIOD = ("subscription_create", "subscription_cycle")
BEGAN, OVER = 1, 2


def apply(portal: Portal, theirs: Sequence[Theirs]) -> None:
    """What Stripe says of the disputes about one payment, brought home: the money, the grace, the words, once each.

    Inside a transaction that holds the customer's lock. A payment that neither filled the wallet nor paid the plan is
    left alone.
    """
    for one in theirs:
        paper = InvoiceCopy.objects.filter(portal=portal, payment=one.payment).first()
        filled = Posting.objects.filter(portal_id=portal.pk, cause=f"topup:{one.payment}").first()
        if paper is None and filled is None:
            _log.warning("a dispute is about nothing we know", extra={"portal": portal.pk, "dispute": one.id})
            continue
        before = Dispute.objects.filter(dispute=one.id).first()
        values = {
            "portal": portal, "payment": one.payment, "invoice": paper, "amount": one.amount, "currency": one.currency,
            "reason": one.reason[:60], "status": one.status[:40], "taken": one.taken, "over": one.over,
            "opened_at": one.created, "due_at": one.due,
        }  # fmt: skip
        ours, _created = Dispute.objects.update_or_create(dispute=one.id, defaults=values)
        if filled is not None:
            _book(filled, ours)
        else:
            _hold_against_plan(portal)
        _tell_owners(portal, ours)
        if before is None or before.over != ours.over:
            _tell_operator(ours)


def amount_of(dispute: Dispute) -> Decimal:
    """What is disputed, in main units."""
    return major(dispute.amount, dispute.currency)


def _book(filled: Posting, ours: Dispute) -> None:
    """Take the money out of the wallet while the bank has it, also where it is spent; put it back when it comes back.

    Never more than the top-up had brought. The saved card is left alone: its holder does not want to be charged.
    """
    cause = f"dispute:{ours.payment}:{ours.dispute}"
    booked = Q(cause=cause) | Q(cause__startswith=f"{cause}:")
    moves = Posting.objects.filter(booked, portal_id=filled.portal_id).count()
    if ours.taken == bool(moves % 2):
        return
    brought = Entry.objects.get(posting=filled, account=Account.WALLET).amount
    amount = min(amount_of(ours), brought) if ours.currency == filled.currency else brought
    if ours.taken:
        with enter(ours.portal):
            wallet_settings.leave_card_alone()
    else:
        amount = -amount
    ledger.post(
        cause=f"{cause}:{moves + 1}" if moves else cause,
        lines=[Line(Account.WALLET, -amount), Line(Account.PAYMENTS, amount)],
        portal_id=filled.portal_id, currency=filled.currency, kind=Kind.DISPUTE, note=filled.note,
    )  # fmt: skip


def unsettled(portal: Portal) -> Dispute | None:
    """The oldest payment for the plan that a bank holds and that nothing has made good: neither a whole period paid
    since, nor the operator's word."""
    paid_since = InvoiceCopy.objects.filter(
        portal=portal, status="paid", paid__gt=0, reason__in=_WHOLE_PERIOD, issued_at__gt=OuterRef("opened_at")
    )
    held = Dispute.objects.filter(portal=portal, taken=True, settled_at=None, invoice__isnull=False)
    return held.exclude(Exists(paid_since)).order_by("opened_at", "id").first()


def _hold_against_plan(portal: Portal) -> None:
    paid = PaidSubscription.objects.filter(portal=portal).first()
    if paid is None or not paid.is_live or paid.status in ("past_due", "unpaid"):
        return
    if unsettled(portal) is not None:
        dunning.payment_missing(portal=portal, paid=paid, told=True)
    else:
        dunning.payment_made(portal=portal, paid=paid)


def _tell_operator(ours: Dispute) -> None:
    house = Portal.objects.existing().filter(is_operator=True).first()
    if house is None:
        return
    amount = money_text(amount_of(ours), ours.currency)
    with enter(house):
        publish(PaymentDisputed(portal_id=ours.portal_id, amount=amount, over=ours.over, taken=ours.taken))


def _tell_owners(portal: Portal, ours: Dispute) -> None:
    stage = OVER if ours.over else BEGAN if ours.taken else 0
    if stage <= ours.told:
        return
    knew, ours.told = ours.told, stage
    ours.save(update_fields=["told"])
    if not ours.taken and (not knew or ours.invoice_id is not None):
        return  # a question that cost nothing; of a plan that is paid again dunning tells
    amount = money_text(amount_of(ours), ours.currency)
    since = Subscription.objects.values_list("unpaid_since", flat=True).get(portal=portal)
    of_plan = ours.invoice_id is not None
    values = {
        "stage": "began" if stage == BEGAN else "lost" if ours.taken else "won",
        "of_plan": of_plan,
        "number": ours.invoice.number if ours.invoice is not None else "",
        "until": since + UNPAID_GRACE if since is not None and of_plan else None,
        "amount": amount_of(ours),
        "currency": ours.currency,
        "balance": wallet.balance(portal.pk),
        "wallet_currency": wallet.wallet_of(portal.pk).currency,
    }
    texts = {
        "began": _("The bank has taken a payment back: {amount}"),
        "won": _("A disputed payment is back: {amount}"),
        "lost": _("The bank has decided: the disputed payment of {amount} stays taken back"),
    }
    text = format_lazy(texts[str(values["stage"])], amount=amount)
    tell_owners(portal, text, "billing/letters/disputed", values, page="/billing/" if of_plan else wallet.WALLET_PAGE)


@transaction.atomic
def settle(*, actor: Actor, dispute_id: int) -> Dispute:
    """The operator has agreed on another payment: it is not held against the plan any more. Raises Denied, NotFound."""
    require_permission(actor, CONSOLE)
    found = Dispute.objects.select_for_update().filter(pk=dispute_id, invoice__isnull=False).first()
    if found is None:
        raise NotFound
    if found.settled_at is None:
        found.settled_at, found.settled_by = datetime.now(UTC), actor.display_name[:200]
        found.save(update_fields=["settled_at", "settled_by"])
        with enter(found.portal):
            audit.record(
                Operator(actor.display_name),
                action="billing.dispute.settle",
                changes={"amount": (None, money_text(amount_of(found), found.currency))},
            )
        _hold_against_plan(found.portal)
    return found
