"""Payments by card as the operator sees them: what came, what was put right at night, and giving money back."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain import dispute, dispute_rows, paid_state, payment_event, receipt, reconcile, refund, statement
from billing.domain.amounts import money_text
from infra.adapters.payments import payments_on
from infra.kit.errors import NotFound, PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from saas.operator.domain.overview import portal_by_id
from saas.operator.domain.support import CONSOLE
from tenants.people.models import User
from tenants.portals.models import Portal


class RefundForm(forms.Form):
    """How much of which payment, and why."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), required=False, max_digits=12, decimal_places=3, min_value=0,
        help_text=gettext_lazy("Empty: all that is left."),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


@screen(permission=CONSOLE)
def card_payments(request: HttpRequest) -> HttpResponse:
    """Differences found at night, and events that could not be applied."""
    context = {
        "disputes": dispute_rows.shown(),
        "differences": reconcile.differences(),
        "stuck": payment_event.stuck(),
        "payments_on": payments_on(),
    }
    return render(request, "operator/card_payments.html", context)


@screen(permission=CONSOLE, methods=("POST",))
def settle_dispute(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """The company has paid in another way: its plan counts again."""
    dispute.settle(actor=cast(User, request.user), dispute_id=dispute_id)
    toast(request, _("It is not held against the plan any more."))
    return redirect("operator:card_payments")


@screen(permission=CONSOLE, methods=("GET", "POST"))
def portal_payments(request: HttpRequest, portal_id: int) -> HttpResponse:
    """One portal's payments by card; a POST gives money back."""
    portal, form = portal_by_id(portal_id), RefundForm(request.POST or None)
    chosen, top_up = (whole_number(request.POST.get(name, "")) for name in ("invoice", "top_up"))
    if request.method == "POST" and form.is_valid():
        try:
            back = _give_back(cast(User, request.user), portal, chosen, top_up, form)
        except NotFound:
            raise
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("%(amount)s given back.") % {"amount": back})
            return redirect("operator:portal_payments", portal_id=portal.pk)
    papers = receipt.papers_of(portal, after=request.GET.get("after", ""))
    context: dict[str, Any] = {
        "portal": portal,
        "papers": papers.rows,
        "after": papers.after,
        "form": form,
        "chosen": chosen,
        "top_ups": refund.top_ups_of(portal),
        "top_up": top_up,
        "state": paid_state.state_of(portal),
    }
    return render(request, "operator/portal_payments.html", context, status=422 if form.errors else 200)


def _give_back(actor: User, portal: Portal, chosen: int | None, top_up: int | None, form: RefundForm) -> str:
    """What went back, as text. Raises NotFound, Invalid, what calls to Stripe raise."""
    amount, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
    if top_up is not None:
        posting = statement.posting_of(portal.pk, top_up)
        back = refund.refund_top_up(actor=actor, portal=portal, posting=posting, amount=amount, reason=reason)
        return money_text(back, posting.currency)
    paper = refund.invoice_of(portal, chosen) if chosen is not None else None
    if paper is None:
        raise NotFound
    back = refund.refund_invoice(actor=actor, portal=portal, invoice=paper, amount=amount, reason=reason)
    return money_text(back, paper.currency)
