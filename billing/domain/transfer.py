"""Paying by bank: a portal asks for an invoice, the operator marks the transfer as come, and what was bought counts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.contracts import Period
from billing.domain import ledger, renewal, subscription, wallet
from billing.domain.adjustment import CONSOLE
from billing.domain.invoice import issue_payment_invoice
from billing.domain.ledger import Line
from billing.domain.wallet_settings import MANAGE, MOST
from billing.models import Account, Invoice, Kind
from infra import audit
from infra.db.current import current_portal, enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal

OPEN_AT_ONCE = 10


@transaction.atomic
def ask_for_transfer(*, actor: User, amount: Decimal) -> Invoice:
    """An invoice over `amount` for the entered portal's wallet, to pay by bank. Raises Denied, Invalid, Conflict."""
    require_permission(actor, MANAGE)
    if not 0 < amount <= MOST:
        raise Invalid(fields={"amount": [_("Give an amount above zero.")]})
    portal = current_portal()
    if Invoice.objects.filter(portal_id=portal.id, state=Invoice.State.OPEN).count() >= OPEN_AT_ONCE:
        raise Conflict(_("There are %(count)s invoices to pay already.") % {"count": OPEN_AT_ONCE})
    invoice = issue_payment_invoice(portal=portal, asked_by=actor.display_name, amount=amount)
    audit.record(actor, action="billing.invoice.ask", note=invoice.number)
    return invoice


@transaction.atomic
def mark_paid(*, actor: Actor, invoice_id: int) -> Invoice:
    """The transfer has come: the wallet is filled, or the plan counts, at once and once.

    Raises Denied, NotFound, Conflict when the invoice is paid or cancelled.
    """
    require_permission(actor, CONSOLE)
    invoice = _open(invoice_id)
    portal = Portal.objects.existing().filter(pk=invoice.portal_id).first()
    if portal is None:
        raise NotFound
    cause = f"transfer:{invoice.pk}"
    if invoice.purpose == Invoice.Purpose.TOP_UP:
        wallet.top_up(
            portal_id=portal.pk,
            amount=invoice.total,
            currency=invoice.currency,
            cause=cause,
            note=invoice.number,
            account=Account.BANK,
            kind=Kind.TRANSFER,
            actor=actor.display_name,
        )
    else:
        ledger.post(
            cause=cause,
            lines=[
                Line(Account.BANK, -invoice.total),
                Line(Account.REVENUE, invoice.total - invoice.vat),
                Line(Account.TAX, invoice.vat),
            ],
            portal_id=portal.pk,
            currency=invoice.currency,
            kind=Kind.TRANSFER,
            note=invoice.number,
            actor=actor.display_name,
        )
        if invoice.plan_version is not None:
            invoice.period_start, invoice.period_end = renewal.cover(invoice, renewal.day_at(portal, datetime.now(UTC)))
            invoice.save(update_fields=["period_start", "period_end"])
            renewal.paid_by_bank(portal)
            subscription.change_plan(
                actor=actor,
                portal=portal,
                version=invoice.plan_version,
                period=Period(invoice.period),
                reason=invoice.number,
            )
    _close(invoice, Invoice.State.PAID, actor)
    with enter(portal):
        audit.record(Operator(actor.display_name), action="billing.invoice.paid", note=invoice.number)
        notify(
            person_ids=list(User.objects.owners().values_list("pk", flat=True)),
            text=format_lazy(gettext_lazy("Invoice {number} is paid"), number=invoice.number),
            url="/billing/invoices/",
            icon="file-invoice",
        )
    return invoice


@transaction.atomic
def cancel_invoice(*, actor: Actor, invoice_id: int) -> Invoice:
    """No transfer is expected any more; the number stays used. Raises Denied, NotFound, Conflict."""
    require_permission(actor, CONSOLE)
    invoice = _open(invoice_id)
    _close(invoice, Invoice.State.CANCELLED, actor)
    return invoice


def _open(invoice_id: int) -> Invoice:
    invoice = Invoice.objects.select_for_update(of=("self",)).filter(pk=invoice_id).first()
    if invoice is None:
        raise NotFound
    if invoice.state != Invoice.State.OPEN:
        raise Conflict(_("Invoice %(number)s is not open any more.") % {"number": invoice.number})
    return invoice


def _close(invoice: Invoice, state: Invoice.State, actor: Actor) -> None:
    invoice.state, invoice.settled_at = state, datetime.now(UTC)
    invoice.settled_by = actor.display_name[:200]
    invoice.save(update_fields=["state", "settled_at", "settled_by"])
