"""What a portal's own people decide about their wallet: when to be told, and when the saved card is charged."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain import wallet_row
from billing.domain.amounts import money_text
from billing.domain.currency import is_payable, terms_of
from billing.models import Wallet
from infra import audit
from infra.db.current import current_portal
from infra.kit.access import SYSTEM, Actor, require_permission
from infra.kit.errors import Invalid

VIEW = "billing.wallet.view"
MANAGE = "billing.wallet.manage"
MOST = Decimal(10_000_000)


@transaction.atomic
def set_notice(*, actor: Actor, below: Decimal | None) -> Wallet:
    """Tell the owners when the balance falls below `below`; None: never. Raises Denied, Invalid."""
    require_permission(actor, MANAGE)
    if below is not None and not 0 < below <= MOST:
        raise Invalid(fields={"notice_below": [_("Give an amount above zero, or leave it empty.")]})
    wallet = wallet_row.locked(current_portal().id)
    before, wallet.notice_below = wallet.notice_below, below
    wallet.noticed_at = None
    wallet.save(update_fields=["notice_below", "noticed_at"])
    audit.record(actor, action="billing.wallet.notice", changes={"notice_below": (_text(before), _text(below))})
    return wallet


@transaction.atomic
def set_auto_top_up(*, actor: Actor, below: Decimal, amount: Decimal, per_day: Decimal) -> Wallet:
    """Charge the saved card `amount` when the balance falls below `below`, at most `per_day` a day.

    Raises Denied, Invalid.
    """
    require_permission(actor, MANAGE)
    currency = wallet_row.wallet_of(current_portal().id).currency
    least = terms_of(currency).least
    bounds = {"least": money_text(least, currency), "most": money_text(MOST, currency)}
    whole = least <= amount <= MOST and is_payable(amount, currency)
    faults = {
        "auto_below": [] if 0 <= below <= MOST else [_("Give an amount of zero or more.")],
        "auto_amount": [] if whole else [_("Give an amount from %(least)s to %(most)s, in whole coins.") % bounds],
        "auto_per_day": [] if amount <= per_day <= MOST else [_("A day must allow one top-up at least.")],
    }
    if any(faults.values()):
        raise Invalid(fields={name: texts for name, texts in faults.items() if texts})
    return _set(actor, below, amount, per_day)


@transaction.atomic
def stop_auto_top_up(*, actor: Actor) -> Wallet:
    """Leave the saved card alone from now on. Raises Denied."""
    require_permission(actor, MANAGE)
    return _set(actor, None, None, None)


@transaction.atomic
def leave_card_alone() -> None:
    """Stop the automatic top-up of the entered portal, because a payment of that card was disputed."""
    if wallet_row.locked(current_portal().id).auto_below is not None:
        _set(SYSTEM, None, None, None)


def _set(actor: Actor, below: Decimal | None, amount: Decimal | None, per_day: Decimal | None) -> Wallet:
    wallet = wallet_row.locked(current_portal().id)
    names = ("auto_below", "auto_amount", "auto_per_day")
    changes = {
        name: (_text(getattr(wallet, name)), _text(value))
        for name, value in zip(names, (below, amount, per_day), strict=True)
        if getattr(wallet, name) != value
    }
    wallet.auto_below, wallet.auto_amount, wallet.auto_per_day = below, amount, per_day
    wallet.save(update_fields=list(names))
    if changes:
        audit.record(actor, action="billing.wallet.auto", changes=changes)
    return wallet


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"
