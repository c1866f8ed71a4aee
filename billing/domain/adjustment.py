"""Gifts and corrections of a wallet by the operator: with a reason, and over a bound by two people."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.contracts import AdjustmentAsked
from billing.domain import ledger, wallet_row
from billing.domain.amounts import money_text
from billing.domain.currency import terms_of
from billing.domain.ledger import Line, exact
from billing.models import Account, Adjustment, Kind
from infra import audit
from infra.db.current import enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Denied, Invalid, NotFound
from infra.outbox import publish
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal

CONSOLE = "operator.console.use"


def adjustments_of(portal_id: int) -> QuerySet[Adjustment]:
    """Gifts and corrections of a portal, newest first."""
    return Adjustment.objects.filter(portal_id=portal_id).order_by("-id")


def waiting() -> QuerySet[Adjustment]:
    """What waits for a second person, oldest first."""
    return Adjustment.objects.filter(state=Adjustment.State.WAITING).order_by("id")


@transaction.atomic
def adjust_wallet(*, actor: Actor, portal: Portal, kind: Kind, amount: Decimal, reason: str) -> Adjustment:
    """Give `amount` to the portal's wallet, or correct it by `amount` (below zero: take).

    Counts at once up to the currency's bound; above, it waits for `approve`. The portal's audit log says who and why.
    Called in the operator's portal. Raises Denied, Invalid.
    """
    require_permission(actor, CONSOLE)
    if kind not in (Kind.GIFT, Kind.CORRECTION) or not amount or (kind == Kind.GIFT and amount < 0):
        raise Invalid(fields={"amount": [_("Give an amount above zero; a correction may also be below.")]})
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why; the company reads it.")]})
    currency = wallet_row.locked(portal.pk).currency
    needs_second = abs(amount) > terms_of(currency).second
    adjustment = Adjustment.objects.create(
        portal_id=portal.pk,
        kind=kind,
        amount=exact(amount),
        currency=currency,
        reason=reason.strip()[:300],
        state=Adjustment.State.WAITING if needs_second else Adjustment.State.DONE,
        asked_by_id=actor.id or 0,
        asked_by=actor.display_name[:200],
    )
    if not needs_second:
        _book(actor, adjustment, portal)
        return adjustment
    publish(
        AdjustmentAsked(
            adjustment_id=adjustment.pk,
            portal_id=portal.pk,
            amount=money_text(amount, currency),
            asked_by=actor.display_name,
            asked_by_id=actor.id or 0,
        )
    )
    return adjustment


@transaction.atomic
def approve(*, actor: Actor, adjustment_id: int) -> Adjustment:
    """The second person agrees: it counts now. Raises NotFound, Conflict when it was decided, Denied."""
    require_permission(actor, CONSOLE)
    adjustment = _waiting(adjustment_id)
    if adjustment.asked_by_id == actor.id:
        raise Denied(_("A second person has to agree: you asked for this yourself."))
    portal = Portal.objects.existing().filter(pk=adjustment.portal_id).first()
    if portal is None:
        raise NotFound
    _decide(adjustment, actor, Adjustment.State.DONE)
    _book(actor, adjustment, portal)
    return adjustment


@transaction.atomic
def refuse(*, actor: Actor, adjustment_id: int) -> Adjustment:
    """It is not booked. Who asked may take it back this way too. Raises Denied, NotFound, Conflict."""
    require_permission(actor, CONSOLE)
    adjustment = _waiting(adjustment_id)
    _decide(adjustment, actor, Adjustment.State.REFUSED)
    return adjustment


def _waiting(adjustment_id: int) -> Adjustment:
    found = Adjustment.objects.select_for_update().filter(pk=adjustment_id).first()
    if found is None:
        raise NotFound
    if found.state != Adjustment.State.WAITING:
        raise Conflict(_("This was decided already."))
    return found


def _decide(adjustment: Adjustment, actor: Actor, state: Adjustment.State) -> None:
    own = adjustment.asked_by_id == actor.id
    adjustment.state = state
    adjustment.decided_by_id = None if own else actor.id
    adjustment.decided_by = actor.display_name[:200]
    adjustment.decided_at = datetime.now(UTC)
    adjustment.save(update_fields=["state", "decided_by_id", "decided_by", "decided_at"])


def _book(actor: Actor, adjustment: Adjustment, portal: Portal) -> None:
    other = Account.GIFTS if adjustment.kind == Kind.GIFT else Account.CORRECTIONS
    ledger.post(
        cause=f"{adjustment.kind}:{adjustment.pk}",
        lines=[Line(Account.WALLET, adjustment.amount), Line(other, -adjustment.amount)],
        portal_id=portal.pk,
        currency=adjustment.currency,
        kind=Kind(adjustment.kind),
        note=adjustment.reason,
        actor=actor.display_name,
    )
    with enter(portal):
        audit.record(
            Operator(actor.display_name),
            action="billing.wallet.adjust",
            changes={"amount": (None, money_text(adjustment.amount, adjustment.currency))},
            note=adjustment.reason,
        )


@transaction.atomic
def set_credit_limit(*, actor: Actor, portal: Portal, limit: Decimal, reason: str) -> None:
    """Let the wallet go `limit` below zero. Raises Denied, Invalid for a limit below zero or no reason."""
    require_permission(actor, CONSOLE)
    if not 0 <= limit <= Decimal(100_000_000):
        raise Invalid(fields={"limit": [_("Give an amount of zero or more.")]})
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why; the company reads it.")]})
    wallet = wallet_row.locked(portal.pk)
    before, wallet.credit_limit = wallet.credit_limit, exact(limit)
    wallet.save(update_fields=["credit_limit"])
    with enter(portal):
        audit.record(
            Operator(actor.display_name),
            action="billing.wallet.credit",
            changes={
                "credit_limit": (money_text(before, wallet.currency), money_text(wallet.credit_limit, wallet.currency))
            },
            note=reason.strip()[:300],
        )
