"""Money by hand: credit, gifts and corrections, papers and bank transfers, the nightly check."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from billing.contracts import Period
from billing.domain import adjustment, invoice, statement, transfer, wallet
from billing.domain.currency import terms_of
from billing.models import Adjustment, Kind
from billing.views.invoices import pdf_response
from infra.kit.errors import Invalid, PortalError
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from saas.operator.domain import money
from saas.operator.domain.overview import portal_by_id
from saas.operator.domain.support import CONSOLE
from saas.operator.money_forms import AdjustForm, CreditForm, PaymentForm
from saas.operator.views.money_lists import money_tabs
from tenants.people.models import User
from tenants.portals.models import Portal

RECENT = 20


def _page(request: HttpRequest, portal: Portal, status: int = 200, **bound: Any) -> HttpResponse:
    found = wallet.wallet_of(portal.pk)
    context = {
        "portal": portal,
        "wallet": found,
        "held": wallet.held(found),
        "available": wallet.available(portal.pk),
        "lines": statement.lines(portal.pk).order_by("-id")[:RECENT],
        "adjustments": adjustment.adjustments_of(portal.pk)[:RECENT],
        "bound": terms_of(found.currency).second,
        "credit_form": CreditForm(initial={"limit": found.credit_limit}, auto_id="credit_%s"),
        "adjust_form": AdjustForm(auto_id="adjust_%s"),
        "payment_form": PaymentForm(currency=found.currency, auto_id="payment_%s"),
        **bound,
    }
    return render(request, "operator/wallet.html", context, status=status)


@screen(permission=CONSOLE)
@never_cache
def portal_wallet(request: HttpRequest, portal_id: int) -> HttpResponse:
    """One portal's wallet."""
    return _page(request, portal_by_id(portal_id))


@screen(permission=CONSOLE, methods=("POST",))
def credit(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Set how far below zero the wallet may go."""
    portal, form = portal_by_id(portal_id), CreditForm(request.POST, auto_id="credit_%s")
    if form.is_valid():
        try:
            adjustment.set_credit_limit(actor=cast(User, request.user), portal=portal, **form.cleaned_data)
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("The credit limit counts from now on."))
            return redirect("operator:wallet", portal_id=portal.pk)
    return _page(request, portal, 422, credit_form=form)


@screen(permission=CONSOLE, methods=("POST",))
def adjust(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Give, or correct."""
    portal, form = portal_by_id(portal_id), AdjustForm(request.POST, auto_id="adjust_%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = adjustment.adjust_wallet(
                actor=cast(User, request.user),
                portal=portal,
                kind=Kind(data["kind"]),
                amount=data["amount"],
                reason=data["reason"],
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            done = made.state == Adjustment.State.DONE
            toast(request, _("Booked.") if done else _("A second person has to agree before it counts."))
            return redirect("operator:wallet", portal_id=portal.pk)
    return _page(request, portal, 422, adjust_form=form)


@screen(permission=CONSOLE, methods=("POST",))
def ask_for_payment(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Issue an invoice for a bank transfer."""
    portal = portal_by_id(portal_id)
    currency = wallet.wallet_of(portal.pk).currency
    form = PaymentForm(request.POST, currency=currency, auto_id="payment_%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = invoice.issue_payment_invoice(
                portal=portal,
                asked_by=cast(User, request.user).display_name,
                amount=data["amount"],
                version=data["version"],
                period=Period(data["period"]),
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("Invoice %(number)s is issued.") % {"number": made.number})
            return redirect("operator:invoice", invoice_id=made.pk)
    return _page(request, portal, 422, payment_form=form)


@screen(permission=CONSOLE)
@never_cache
def waiting(request: HttpRequest) -> HttpResponse:
    """Gifts and corrections that wait for a second person."""
    context = {"tabs": money_tabs("operator:waiting"), "waiting": money.waiting()}
    return render(request, "operator/waiting.html", context)


@screen(permission=CONSOLE, methods=("POST",))
def decide(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    """Agree, or refuse."""
    verbs = {"approve": adjustment.approve, "refuse": adjustment.refuse}
    verb = verbs.get(request.POST.get("do", ""))
    if verb is None:
        raise Invalid
    made = verb(actor=cast(User, request.user), adjustment_id=adjustment_id)
    toast(request, _("Booked.") if made.state == Adjustment.State.DONE else _("It is not booked."))
    return redirect("operator:waiting")


@screen(permission=CONSOLE)
@never_cache
def paper(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """One paper, and what can be done about it."""
    found = money.paper(invoice_id)
    return render_panel(request, "operator/invoice.html", {"invoice": found}, back="/operator/money/invoices/")


@screen(permission=CONSOLE)
def paper_pdf(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """The paper itself."""
    return pdf_response(money.paper(invoice_id))


@screen(permission=CONSOLE, methods=("POST",))
def settle(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """The transfer has come, or is not expected any more."""
    verbs = {"paid": transfer.mark_paid, "cancel": transfer.cancel_invoice}
    verb = verbs.get(request.POST.get("do", ""))
    if verb is None:
        raise Invalid
    verb(actor=cast(User, request.user), invoice_id=invoice_id)
    toast(request, _("Marked as paid.") if request.POST["do"] == "paid" else _("Cancelled."))
    return redirect("operator:invoices")


@screen(permission=CONSOLE)
@never_cache
def ledger(request: HttpRequest) -> HttpResponse:
    """What the nightly checks found."""
    context = {"tabs": money_tabs("operator:ledger"), "reports": money.reports()}
    return render(request, "operator/ledger.html", context)
