"""What was paid by card: Stripe's invoices and receipts, and the tax numbers that stand on them."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from billing.domain import receipt
from billing.domain.upgrade import MANAGE
from billing.domain.wallet_settings import VIEW
from billing.views.invoices import pdf_response
from billing.views.policy import may_lead_to_stripe
from infra.adapters.payments import payments_on
from infra.db.current import current_portal
from infra.kit.errors import Conflict, PortalError
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.models import User


class TaxIdForm(forms.Form):
    """A tax number of the company."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=receipt.TAX_KINDS)
    value = forms.CharField(label=gettext_lazy("Number"), max_length=30, min_length=5)


@screen(permission=MANAGE)
@never_cache
def payments(request: HttpRequest) -> HttpResponse:
    """Every invoice, newest first."""
    return _page(request, TaxIdForm())


def _page(request: HttpRequest, form: TaxIdForm, status: int = 200) -> HttpResponse:
    portal = current_portal()
    papers = receipt.papers_of(portal, after=request.GET.get("after", ""))
    context: dict[str, Any] = {
        "papers": papers.rows,
        "after": papers.after,
        "form": form,
        "payments_on": payments_on(),
        "click": uuid4().hex,
        **receipt.tax_ids_of(portal),
    }
    return may_lead_to_stripe(render(request, "billing/payments.html", context, status=status))


@screen(permission=MANAGE)
@never_cache
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as PDF, at a fresh address of Stripe's."""
    return HttpResponseRedirect(receipt.pdf_url(current_portal(), pk))


@screen(permission=MANAGE)
@never_cache
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """To the page where the invoice is paid, with a card or a proof that is still missing."""
    return HttpResponseRedirect(receipt.pay_url(current_portal(), pk))


@screen(permission=VIEW)
@never_cache
def receipt_of(request: HttpRequest, payment: str) -> HttpResponse:
    """The receipt of a top-up; Stripe's own while whoever runs the service gave no requisites for one of ours."""
    portal = current_portal()
    try:
        return pdf_response(receipt.receipt_of(portal, payment))
    except Conflict:
        return HttpResponseRedirect(receipt.stripes_receipt(payment))


@screen(permission=MANAGE, methods=("POST",))
def tax_id(request: HttpRequest) -> HttpResponse:
    """Add or remove a tax number."""
    actor, portal, click = cast(User, request.user), current_portal(), request.POST.get("click", "")[:32]
    if gone := request.POST.get("remove"):
        receipt.remove_tax_id(actor=actor, portal=portal, tax_id=gone[:80], cause=click)
        toast(request, _("The number stands on no further invoice."))
        return redirect("billing:payments")
    form = TaxIdForm(request.POST)
    if form.is_valid():
        try:
            receipt.add_tax_id(actor=actor, portal=portal, cause=click, **form.cleaned_data)
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("The number stands on invoices from now on."))
            return redirect("billing:payments")
    return _page(request, form, 422)
