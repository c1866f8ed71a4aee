"""Invoices of the portal, their PDF, and the requisites they are made out to."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing.domain import invoice as invoices
from billing.domain import papers
from billing.domain.requisites import requisites_of, set_requisites
from billing.domain.wallet_settings import MANAGE, VIEW
from billing.forms import RequisitesForm, SellerForm
from billing.models import Invoice
from billing.views.statement import ExactColumn
from infra.db.current import current_portal
from infra.kit.screens import screen
from infra.ui.lists import Column, Empty, ListScreen, Order
from infra.ui.toasts import toast
from tenants.people.models import User

TONES = {Invoice.State.OPEN: "warning", Invoice.State.PAID: "success", Invoice.State.CANCELLED: "neutral"}


class InvoiceList(ListScreen[Invoice]):
    """The portal's papers."""

    key = "billing.invoices"
    title = _("Invoices")
    template_name = "billing/invoices.html"
    columns = (
        Column("number", _("Number"), link=True, fixed=True),
        Column("issued_on", _("Date"), kind="date"),
        Column("purpose", _("For"), value=lambda invoice: invoice.get_purpose_display()),
        ExactColumn("total", _("Total"), kind="money", currency=lambda invoice: invoice.currency),
        ExactColumn("vat", _("VAT"), kind="money", currency=lambda invoice: invoice.currency, shown=False),
        Column(
            "state",
            _("State"),
            kind="badge",
            value=lambda invoice: invoice.get_state_display(),
            tone=lambda invoice: TONES[invoice.state],
        ),
        Column("due_on", _("To pay until"), kind="date"),
        Column("asked_by", _("Asked for by"), shown=False),
    )
    orders = (Order("-id", _("Newest first")),)
    opens_panel = False
    empty = Empty(
        icon="file-invoice",
        title=_("No invoices yet"),
        text=_("Each month is invoiced here when it is over. To pay by bank, make an invoice in the wallet."),
        url_name="billing:wallet",
        action=_("Open the wallet"),
    )

    def rows(self) -> QuerySet[Invoice]:
        return invoices.invoices_of(current_portal().id)

    def url_of(self, row: Invoice) -> str:
        return reverse("billing:invoice_pdf", args=[row.pk])


invoice_list = screen(VIEW, methods=("GET", "POST"))(InvoiceList.as_view())


@screen(permission=VIEW)
def invoice_pdf(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """The paper."""
    return pdf_response(invoices.invoice_of(current_portal().id, invoice_id))


def pdf_response(invoice: Invoice) -> HttpResponse:
    """The paper as an answer that the browser shows."""
    return HttpResponse(
        papers.invoice_pdf(invoice),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{invoice.number}.pdf"', "Cache-Control": "no-store"},
    )


@screen(permission=MANAGE, methods=("GET", "POST"))
def requisites(request: HttpRequest) -> HttpResponse:
    """What invoices call the company; the operator's own portal adds where to pay and the VAT."""
    portal = current_portal()
    form_class = SellerForm if portal.is_operator else RequisitesForm
    kept = requisites_of(portal.id)
    initial = {} if kept else {"legal_name": portal.name, "country": portal.region}
    form = form_class(request.POST or None, instance=kept, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_requisites(actor=cast(User, request.user), values=form.cleaned_data)
        toast(request, _now("Saved. Invoices issued from now on say so."))
        return redirect("billing:invoices")
    status = 422 if form.errors else 200
    return render(request, "billing/requisites.html", {"form": form, "is_seller": portal.is_operator}, status=status)
