"""Giving money back, by the operator."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain import operation, refresh
from billing.models import InvoiceCopy, PaymentCustomer, PaymentOperation
from infra import audit
from infra.adapters.payments import get_payments, major, minor
from infra.db.current import enter
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal


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
    cents = minor(amount if amount is not None else left, invoice.currency)

    def refund(key: str) -> operation.Result:
        metadata = {"portal": str(portal.pk), "operation": key.rsplit("-", 1)[0]}
        return {"amount": get_payments().refund(key=key, payment=invoice.payment, amount=cents, metadata=metadata)}

    def found(made: PaymentOperation) -> operation.Result | None:
        back = [cents for name, cents in get_payments().refunds_of(invoice.payment) if name == str(made.pk)]
        return {"amount": sum(back)} if back else None

    result = operation.perform(
        portal_id=portal.pk, kind="refund", cause=f"{invoice.invoice}:{invoice.refunded}:{cents}", call=refund,
        found=found, by=actor.display_name, params={"reason": reason},
    )  # fmt: skip
    customer = PaymentCustomer.objects.get(portal=portal)
    refresh.refresh_refunds(customer, invoice.payment)
    with enter(portal), transaction.atomic():
        audit.record(
            Operator(actor.display_name),
            action="billing.payment.refund",
            changes={invoice.number: (None, f"{major(result['amount'], invoice.currency)} {invoice.currency}")},
            note=reason,
        )
    return major(result["amount"], invoice.currency)


def invoices_of(portal: Portal, most: int = 100) -> list[InvoiceCopy]:
    """The portal's invoices, newest first."""
    return list(InvoiceCopy.objects.filter(portal=portal)[:most])


def invoice_of(portal: Portal, pk: int) -> InvoiceCopy | None:
    """One invoice of the portal."""
    return InvoiceCopy.objects.filter(portal=portal, pk=pk).first()
