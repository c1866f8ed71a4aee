"""Payments of invoices: whole or in parts, by hand, over the API, or told by a payment provider."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.ui import formats
from modules.crm.domain.access import require_on
from modules.crm.domain.announcing import announce_changed
from modules.crm.domain.field_rights import require_sums
from modules.crm.domain.kinds import INVOICE
from modules.crm.domain.locking import lock
from modules.crm.domain.money import amount_of
from modules.crm.domain.notifying import notify_paid
from modules.crm.domain.selling.document_status import drop_payment_link, refresh_status
from modules.crm.domain.telling import tell
from modules.crm.models import Invoice, InvoiceStatus, Payment, PaymentMethod


def record_payment(
    *,
    actor: Actor,
    invoice: Any,
    amount: Any,
    paid_on: date | None = None,
    method: str = PaymentMethod.BANK,
    note: str = "",
    external_id: str | None = None,
    version: int | None = None,
) -> Payment:
    """Write down money received for an issued invoice; `amount` in its currency, as typed.

    More than is open is refused, unless a provider says so under `external_id`: that money is there. The same
    `external_id` counts once; `version` is what the person saw, so that a second click counts once, too.
    Raises Conflict, Denied, Invalid, ReadOnly.
    """
    gates.require_writable()
    if method not in PaymentMethod.values:
        raise Invalid(fields={"method": [_("Choose one of the list.")]})
    note = note.strip()
    if len(note) > 300 or "\0" in note:
        raise Invalid(fields={"note": [_("At most %(most)s characters.") % {"most": 300}]})
    with transaction.atomic():
        invoice = lock(INVOICE, invoice.pk, version)
        require_on(actor, INVOICE.permission("edit"), invoice)
        require_sums(actor, INVOICE)
        known = Payment.objects.filter(external_id=external_id).first() if external_id else None
        if known is not None and known.invoice_id != invoice.pk:
            raise Conflict(_("This payment is written down already, for another invoice."), code="payment_known")
        if known is not None:
            return known
        value = _checked(invoice, amount, paid_on, told_outside=bool(external_id))
        payment = Payment.objects.create(
            invoice=invoice,
            amount=value,
            paid_on=paid_on or timezone.localdate(),
            method=method,
            note=note,
            external_id=external_id,
            author_id=actor.id,
        )
        told = formats.money(value, invoice.currency)
        _settle(actor, invoice, "invoice.pay", {"payment": (None, f"{told} {note}".strip())})
        if actor.id is None:
            notify_paid(invoice, told)
    return payment


def _checked(invoice: Invoice, amount: Any, paid_on: date | None, *, told_outside: bool) -> Decimal:
    if invoice.status == InvoiceStatus.DRAFT:
        raise Conflict(_("Issue the invoice first: a draft is not paid."), code="invoice_draft")
    if invoice.status == InvoiceStatus.CANCELLED and not told_outside:
        raise Conflict(_("A cancelled invoice is not paid."), code="invoice_cancelled")
    value = amount_of(amount, invoice.currency)
    if value <= 0:
        raise Invalid(fields={"amount": [_("The amount is more than zero.")]})
    if value > invoice.open_amount and not told_outside:
        left = formats.money(invoice.open_amount, invoice.currency)
        raise Invalid(fields={"amount": [_("Only %(amount)s is still open.") % {"amount": left}]})
    if paid_on is not None and not 2000 <= paid_on.year <= 2200:
        raise Invalid(fields={"paid_on": [_("Write a day, like 2026-03-31.")]})
    return value


def take_back_payment(*, actor: Actor, invoice: Any, payment_id: int) -> Invoice:
    """Remove a payment that was entered by mistake; the log keeps it. Raises Denied, NotFound, ReadOnly."""
    gates.require_writable()
    with transaction.atomic():
        invoice = lock(INVOICE, invoice.pk, None)
        require_on(actor, INVOICE.permission("edit"), invoice)
        payment = Payment.objects.filter(invoice=invoice, pk=payment_id).first()
        if payment is None:
            raise NotFound
        if payment.external_id is not None:
            raise Conflict(_("This payment was told by the payment provider. Refund it there."))
        Payment.objects.filter(pk=payment.pk).delete()
        told = formats.money(payment.amount, invoice.currency)
        _settle(actor, invoice, "invoice.unpay", {"payment": (f"{told} {payment.note}".strip(), None)})
    return invoice  # type: ignore[no-any-return]  # locked rows are Any


def _settle(actor: Actor, invoice: Invoice, action: str, told: dict[str, Any]) -> None:
    """`paid` is the sum of all payments; the status follows it."""
    before = invoice.paid
    invoice.paid = Payment.objects.filter(invoice=invoice).aggregate(n=Sum("amount"))["n"] or Decimal(0)
    invoice.save(update_fields=["paid"])
    drop_payment_link(invoice)
    sums = (formats.money(before, invoice.currency), formats.money(invoice.paid, invoice.currency))
    audit.record(actor, action, invoice.ref, {**told, "paid": sums})
    if not refresh_status(actor, invoice):
        announce_changed(invoice, ["paid"], actor)
        tell(invoice, "changed", actor)


def payments_of(invoice: Invoice) -> list[Payment]:
    """Payments of an invoice the caller may see, newest first."""
    return list(Payment.objects.filter(invoice=invoice).select_related("author"))
