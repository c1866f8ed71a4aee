"""The wallet: what is in it, how it is filled, and when its owners are told."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.domain import checkout, dispute_rows, statement, transfer, wallet, wallet_settings
from billing.domain.wallet_settings import MANAGE, VIEW
from billing.forms import AutoTopUpForm, NoticeForm, TopUpForm, TransferForm
from billing.views.policy import may_lead_to_stripe
from infra.adapters.payments import payments_on
from infra.db.current import current_portal
from infra.kit.access import may
from infra.kit.errors import PortalError
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.models import User

RECENT = 8


def _page(request: HttpRequest, status: int = 200, **bound: Any) -> HttpResponse:
    actor, portal_id = cast(User, request.user), current_portal().id
    found = wallet.wallet_of(portal_id)
    recent = list(statement.lines(portal_id).order_by("-id")[: RECENT + 1])
    context = {
        "wallet": found,
        "held": wallet.held(found),
        "available": wallet.available(portal_id),
        "recent": recent[:RECENT],
        "more": len(recent) > RECENT,
        "paid": "paid" in request.GET,
        "disputes": dispute_rows.held_from(portal_id),
        "may_manage": may(actor, MANAGE),
        "notice_form": NoticeForm(
            initial={"notice_below": found.notice_below}, currency=found.currency, auto_id="notice_%s"
        ),
        "pays_by_card": payments_on(),
        "top_up_form": TopUpForm(currency=found.currency, auto_id="top_up_%s"),
        "auto_form": AutoTopUpForm(
            initial={
                "auto_below": found.auto_below,
                "auto_amount": found.auto_amount,
                "auto_per_day": found.auto_per_day,
            },
            currency=found.currency,
            auto_id="auto_%s",
        ),
        "transfer_form": TransferForm(currency=found.currency, auto_id="transfer_%s"),
        **bound,
    }
    return may_lead_to_stripe(render(request, "billing/wallet.html", context, status=status))


def _currency() -> str:
    return wallet.wallet_of(current_portal().id).currency


@screen(permission=VIEW)
def wallet_page(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request)


@screen(permission=MANAGE, methods=("POST",))
def notice(request: HttpRequest) -> HttpResponse:
    """Keep when the owners are told."""
    form = NoticeForm(request.POST, currency=_currency(), auto_id="notice_%s")
    if form.is_valid():
        try:
            wallet_settings.set_notice(actor=cast(User, request.user), below=form.cleaned_data["notice_below"])
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("billing:wallet")
    return _page(request, 422, notice_form=form)


@screen(permission=MANAGE, methods=("POST",))
def ask_for_transfer(request: HttpRequest) -> HttpResponse:
    """An invoice to pay by bank."""
    form = TransferForm(request.POST, currency=_currency(), auto_id="transfer_%s")
    if form.is_valid():
        try:
            invoice = transfer.ask_for_transfer(actor=cast(User, request.user), amount=form.cleaned_data["amount"])
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(
                request,
                _("Invoice %(number)s is ready. The wallet is filled when the transfer has come.")
                % {"number": invoice.number},
            )
            return redirect("billing:invoices")
    return _page(request, 422, transfer_form=form)


@screen(permission=MANAGE, methods=("POST",))
def top_up(request: HttpRequest) -> HttpResponse:
    """Lead to the payment service; the wallet is filled when it says that the money has come."""
    form = TopUpForm(request.POST, currency=_currency(), auto_id="top_up_%s")
    if form.is_valid():
        portal = current_portal()
        try:
            address = checkout.start_top_up(
                actor=cast(User, request.user),
                portal_id=portal.id,
                amount=form.cleaned_data["amount"],
                return_url=f"{portal.url}{reverse('billing:wallet')}?paid=1",
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            return HttpResponseRedirect(address)
    return _page(request, 422, top_up_form=form)


@screen(permission=MANAGE, methods=("POST",))
def auto(request: HttpRequest) -> HttpResponse:
    """Keep when the saved card is charged, or leave it alone."""
    actor, form = cast(User, request.user), AutoTopUpForm(request.POST, currency=_currency(), auto_id="auto_%s")
    if request.POST.get("do") == "stop":
        wallet_settings.stop_auto_top_up(actor=actor)
        toast(request, _("The saved card is left alone from now on."))
        return redirect("billing:wallet")
    if form.is_valid():
        data = form.cleaned_data
        try:
            wallet_settings.set_auto_top_up(
                actor=actor, below=data["auto_below"], amount=data["auto_amount"], per_day=data["auto_per_day"]
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("billing:wallet")
    return _page(request, 422, auto_form=form)
