"""Giving money back, by the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain import operation, refresh, wallet
from billing.domain.currency import is_payable
from billing.models import Account, Entry, InvoiceCopy, Kind, PaymentCustomer, PaymentOperation, Posting
from infra import audit
from infra.adapters.payments import get_payments, major, minor, smallest
from infra.db.current import enter
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal

_BACK = (Kind.REFUND, Kind.DISPUTE)


def refund_invoice(
    *, actor: Actor, portal: Portal, invoice: InvoiceCopy, amount: Decimal | None, reason: str
) -> Decimal:
    """Give back `amount` of a paid invoice, None for all that is left; how much went back.

    The same amount of the same invoice twice with one reason is one refund. Raises Invalid, what calls to Stripe raise.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why, for whoever reads this next year.")]})
    left = major(invoice.paid - invoice.refunded, invoice.currency)
    if invoice.portal_id != portal.pk or invoice.status != "paid" or not invoice.payment or left <= 0:
        raise Invalid(fields={"amount": [_("There is nothing to give back.")]})
    if amount is not None and not 0 < amount <= left:
        raise Invalid(fields={"amount": [_("At most what was paid and not given back yet.")]})
    if invoice.disputes.filter(taken=True).exists():
        raise Invalid(fields={"amount": [_("The bank has taken this payment back already.")]})
    given = amount if amount is not None else left
    return _give_back(
        actor, portal, payment=invoice.payment, cause=f"{invoice.invoice}:{invoice.refunded}", amount=given,
        currency=invoice.currency, paper=invoice.number, reason=reason,
    )  # fmt: skip


def refund_top_up(*, actor: Actor, portal: Portal, posting: Posting, amount: Decimal | None, reason: str) -> Decimal:
    """Give back `amount` of a top-up by card, None for all of it that is still free in the wallet; how much went back.

    The amount is reserved before Stripe is asked, so that no call spends it meanwhile. Raises Invalid, what calls to
    Stripe raise.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why, for whoever reads this next year.")]})
    found = next((one for one in top_ups_of(portal) if one.posting.pk == posting.pk), None)
    if found is None or found.left <= 0:
        raise Invalid(fields={"amount": [_("There is nothing to give back.")]})
    if amount is not None and not (0 < amount <= found.left and is_payable(amount, posting.currency)):
        raise Invalid(fields={"amount": [_("At most what was paid, is not given back and is free in the wallet.")]})
    given = amount if amount is not None else found.left
    cause = f"{found.payment}:{found.refunded:f}"
    until = datetime.now(UTC) + timedelta(hours=1)
    held = wallet.hold(portal_id=portal.pk, amount=given, cause=f"refund:{cause}:{uuid4().hex}", expires_at=until)
    try:
        return _give_back(
            actor, portal, payment=found.payment, cause=cause, amount=given, currency=posting.currency,
            paper=posting.cause, reason=reason,
        )  # fmt: skip
    finally:
        wallet.release(hold=held)


@dataclass(frozen=True, kw_only=True)
class ToppedUp:
    """A top-up by card: what went back of it (given, or taken by a bank), and what still can (free in the wallet)."""

    posting: Posting
    payment: str
    amount: Decimal
    refunded: Decimal
    left: Decimal


def top_ups_of(portal: Portal, most: int = 20) -> list[ToppedUp]:
    """The portal's last top-ups by card, newest first."""
    rows = Entry.objects.filter(portal_id=portal.pk, account=Account.WALLET, kind__in=(Kind.TOP_UP, *_BACK))
    lines = list(rows.select_related("posting").order_by("-id")[: most * 3])
    free = wallet.available(portal.pk)
    found = []
    for line in lines:
        word, _colon, payment = line.posting.cause.partition(":")
        if word != "topup" or not payment.startswith("pi_"):
            continue
        went = (f"refund:{payment}:", f"dispute:{payment}:")
        back = -sum((one.amount for one in lines if one.posting.cause.startswith(went)), Decimal(0))
        coin = smallest(line.posting.currency)
        left = max(min(line.amount - back, free // coin * coin), Decimal(0))
        found.append(ToppedUp(posting=line.posting, payment=payment, amount=line.amount, refunded=back, left=left))
    return found[:most]


def _give_back(
    actor: Actor, portal: Portal, *, payment: str, cause: str, amount: Decimal, currency: str, paper: str, reason: str
) -> Decimal:
    cents = minor(amount, currency)

    def refund(key: str) -> operation.Result:
        metadata = {"portal": str(portal.pk), "operation": key.rsplit("-", 1)[0]}
        return {"amount": get_payments().refund(key=key, payment=payment, amount=cents, metadata=metadata)}

    def found(made: PaymentOperation) -> operation.Result | None:
        back = [one.amount for one in get_payments().refunds_of(payment) if one.operation == str(made.pk)]
        return {"amount": sum(back)} if back else None

    result = operation.perform(
        portal_id=portal.pk, kind="refund", cause=f"{cause}:{cents}", call=refund, found=found, by=actor.display_name,
        params={"reason": reason},
    )  # fmt: skip
    refresh.refresh_refunds(PaymentCustomer.objects.get(portal=portal), payment)
    back = major(result["amount"], currency)
    with enter(portal), transaction.atomic():
        audit.record(
            Operator(actor.display_name),
            action="billing.payment.refund",
            changes={paper: (None, f"{back} {currency}")},
            note=reason,
        )
    return back


def invoices_of(portal: Portal, most: int = 100) -> list[InvoiceCopy]:
    """The portal's invoices, newest first."""
    return list(InvoiceCopy.objects.filter(portal=portal)[:most])


def invoice_of(portal: Portal, pk: int) -> InvoiceCopy | None:
    """One invoice of the portal."""
    return InvoiceCopy.objects.filter(portal=portal, pk=pk).first()
