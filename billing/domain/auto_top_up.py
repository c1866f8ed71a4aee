"""The saved card is charged when the wallet falls below a mark: so much at a time, so much a day, and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.domain import checkout, wallet_row
from billing.domain.amounts import money_text
from billing.domain.low_balance import tell_owners
from billing.models import AutoTopUp, PaymentOperation, Posting, Wallet
from infra.kit.errors import PortalError
from tenants.portals.models import Portal

_CAUSE = "topup:auto-"
PAUSE = timedelta(minutes=10)
"""So long the payment service's word is waited for before the card is charged again."""
LONGEST_WAY = timedelta(days=14)
"""So long a debit from a bank account may be under way."""
REFUSED_PAUSE = timedelta(hours=6)
"""So long a card that was declined is left alone."""


def top_up_when_low(portal_id: int, now: datetime | None = None) -> None:
    """Charge the saved card if the balance is below the mark and the day still allows it; a refusal is told."""
    portal = Portal.objects.existing().filter(pk=portal_id).first()
    asked = _ask(portal_id, now or datetime.now(UTC)) if portal is not None else None
    if portal is None or asked is None:
        return
    try:
        taken = checkout.charge_saved_card(portal_id=portal_id, amount=asked.amount, cause=f"{_CAUSE}{asked.pk}")
    except PortalError:
        taken = False  # no card, or the payment service does not answer: the same to the owner, who is told
    state = AutoTopUp.State.TAKEN if taken else AutoTopUp.State.FAILED
    AutoTopUp.objects.filter(pk=asked.pk).update(state=state)
    if not taken:
        _tell_refused(portal, asked)


def _tell_refused(portal: Portal, asked: AutoTopUp) -> None:
    currency = asked.wallet.currency
    text = format_lazy(_("The card could not be charged: {amount}"), amount=money_text(asked.amount, currency))
    tell_owners(portal, text, "billing/letters/card_declined", {"amount": asked.amount, "currency": currency})


@transaction.atomic
def came_to_nothing(*, portal: Portal, operation_id: str) -> None:
    """A charge that was on its way has failed: the owners are told, and the next one is not kept waiting for it."""
    made = PaymentOperation.objects.filter(pk=operation_id, portal=portal, kind="charge").first()
    if made is None or not made.cause.startswith(_CAUSE):
        return
    number = int(made.cause.removeprefix(_CAUSE))
    asked = AutoTopUp.objects.select_for_update().filter(pk=number, state=AutoTopUp.State.TAKEN).first()
    if asked is not None:
        asked.state = AutoTopUp.State.FAILED
        asked.save(update_fields=["state"])
        _tell_refused(portal, asked)


def _is_on_its_way(asked: AutoTopUp) -> bool:
    """Whether the money was promised and has not come yet."""
    made = PaymentOperation.objects.filter(
        portal_id=asked.wallet.portal_id, kind="charge", cause=f"{_CAUSE}{asked.pk}", state="done"
    ).first()
    if made is None or asked.state != AutoTopUp.State.TAKEN:
        return False
    return not Posting.objects.filter(cause=f"topup:{made.result['payment']}").exists()


def asked_today(wallet: Wallet, now: datetime) -> Decimal:
    """What was asked of the card on this day (UTC). What failed counts too: a lost answer may yet have been paid."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Decimal(wallet.auto_top_ups.filter(at__gte=day).aggregate(sum=Sum("amount"))["sum"] or 0)


@transaction.atomic
def _ask(portal_id: int, now: datetime) -> AutoTopUp | None:
    """Write down, before anybody is asked, that the card is charged now; None where it must not be."""
    wallet = wallet_row.locked(portal_id)
    if wallet.auto_below is None or wallet.auto_amount is None or wallet.auto_per_day is None:
        return None
    if wallet.balance >= wallet.auto_below or asked_today(wallet, now) + wallet.auto_amount > wallet.auto_per_day:
        return None
    last = wallet.auto_top_ups.order_by("-id").first()
    if last is not None and last.at + LONGEST_WAY > now and _is_on_its_way(last):
        return None
    pause = REFUSED_PAUSE if last is not None and last.state == AutoTopUp.State.FAILED else PAUSE
    if last is not None and last.at + pause > now:
        return None
    return AutoTopUp.objects.create(wallet=wallet, amount=wallet.auto_amount)
