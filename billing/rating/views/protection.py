"""The page "Protection of calls": which countries, which caps, what was refused, and the way back after a stop."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain import wallet
from billing.rating.domain import account as accounts
from billing.rating.domain import guard, queries
from billing.rating.domain.refused import REASONS
from billing.rating.models import CallAccount
from infra.db.current import current_portal, current_schema
from infra.kit.errors import PortalError
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.domain.policy import has_second_factor
from tenants.people.models import User


class ProtectionForm(forms.Form):
    """Switches and caps; an empty cap is the service's own."""

    international = forms.BooleanField(
        label=gettext_lazy("Calls to other countries"),
        required=False,
        help_text=gettext_lazy("Off, a stolen password cannot call abroad at your cost."),
    )
    premium = forms.BooleanField(
        label=gettext_lazy("Premium and satellite numbers"),
        required=False,
        help_text=gettext_lazy("The dearest numbers there are; few companies need them."),
    )
    machines_abroad = forms.BooleanField(
        label=gettext_lazy("Callbacks, voice menus and codes also abroad"),
        required=False,
        help_text=gettext_lazy(
            "Off, they call plain numbers of your own country alone: strangers choose what they dial."
        ),
    )
    max_concurrent = forms.IntegerField(label=gettext_lazy("Calls at once"), required=False, min_value=0)
    max_per_minute = forms.IntegerField(label=gettext_lazy("New calls a minute"), required=False, min_value=0)
    max_minutes = forms.IntegerField(label=gettext_lazy("Longest call, minutes"), required=False, min_value=1)
    max_price = forms.DecimalField(
        label=gettext_lazy("Dearest minute"), required=False, min_value=0, max_digits=12, decimal_places=4
    )
    max_spend = forms.DecimalField(
        label=gettext_lazy("Spend a day"), required=False, min_value=0, max_digits=12, decimal_places=2
    )

    def __init__(self, account: CallAccount, caps: accounts.Caps, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*guard.SWITCHES, "max_concurrent", "max_per_minute", "max_price", "max_spend"):
            self.initial[name] = getattr(account, name)
        self.initial["max_minutes"] = account.max_seconds // 60 if account.max_seconds else None
        now = {
            "max_concurrent": caps.concurrent,
            "max_per_minute": caps.per_minute,
            "max_minutes": caps.seconds // 60,
            "max_price": f"{caps.price.normalize():f} {currency}",
            "max_spend": f"{caps.spend.normalize():f} {currency}",
        }
        for name, value in now.items():
            if self.initial.get(name) is None:
                self.fields[name].help_text = _("Left empty, it is %(value)s.") % {"value": value}
            elif name in ("max_price", "max_spend"):
                self.fields[name].help_text = currency

    def caps(self) -> dict[str, Any]:
        """What was filled in, in the units of the verb."""
        data = self.cleaned_data
        found = {name: data[name] for name in ("max_concurrent", "max_per_minute", "max_price", "max_spend")}
        return {**found, "max_seconds": data["max_minutes"] * 60 if data["max_minutes"] else None}


@screen(permission="rating.protection.manage", methods=("GET", "POST"))
def protection(request: HttpRequest) -> HttpResponse:
    """See and set it."""
    portal, actor = current_portal(), cast(User, request.user)
    currency = wallet.wallet_of(portal.id).currency
    account = accounts.account_of(portal.id)
    caps = accounts.caps_of(account, current_schema(), currency)
    form = ProtectionForm(account, caps, currency, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            guard.set_protection(actor=actor, **{name: data[name] for name in guard.SWITCHES}, caps=form.caps())
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved. It counts from the next call on."))
            return redirect("billing:protection")
    context = {
        "form": form,
        "account": account,
        "currency": currency,
        "spent": accounts.spent_today(account, portal, accounts.now()),
        "cap": caps.spend,
        "second_factor": has_second_factor(actor),
        "refusals": [
            {"at": item.at, "number": item.number, "reason": REASONS[item.code][1] if item.code in REASONS else ""}
            for item in queries.recent_refusals(portal.id)
        ],
        "alerts": queries.recent_alerts(portal.id),
    }
    return render(request, "rating/protection.html", context, status=422 if form.errors else 200)


@screen(permission="rating.protection.manage", methods=("POST",))
def resume(request: HttpRequest) -> HttpResponse:
    """Let calls start again after a stop."""
    guard.resume(actor=cast(User, request.user), portal=current_portal())
    toast(request, _("Calls may start again."))
    return redirect("billing:protection")
