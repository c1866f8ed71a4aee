"""Calls of all portals as the operator sees them: who looks suspicious, terms, corrections, records by file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.domain import wallet
from billing.rating.domain import account as accounts
from billing.rating.domain import decks, dids, guard, imports, numbers, packs, queries, records, rerate, terms
from billing.rating.jobs import CDR_IMPORT, import_calls
from infra import jobs
from infra.kit.errors import Invalid, PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.forms import form_errors, offer
from infra.ui.toasts import toast
from saas.operator.domain.overview import portal_by_id
from saas.operator.domain.support import CONSOLE
from tenants.people.models import User
from tenants.portals.models import Portal


class MarkupForm(forms.Form):
    """Percent on the deck; empty: none of its own."""

    percent = forms.DecimalField(
        label=gettext_lazy("Mark-up, %"), required=False, max_digits=7, decimal_places=2,
        help_text=gettext_lazy("On every price of the deck. Empty: no mark-up of its own."),
    )  # fmt: skip


class PlanMarkupForm(MarkupForm):
    """For one plan, or for all."""

    plan = forms.ChoiceField(label=pgettext_lazy("whom it covers", "For"), required=False)
    field_order = ("plan", "percent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("all portals")), *terms.plans()]
        offer(self, "plan", choices)


class OwnRateForm(forms.Form):
    """A price for one prefix, for this portal alone."""

    prefix = forms.CharField(label=gettext_lazy("Prefix"), max_length=20)  # type: ignore[assignment]  # a field of this name
    destination = forms.CharField(label=gettext_lazy("Destination"), max_length=120)
    rate_per_minute = forms.CharField(label=gettext_lazy("A minute"), max_length=20)
    connect_fee = forms.CharField(label=gettext_lazy("Connection"), max_length=20, required=False)
    increment_seconds = forms.IntegerField(label=gettext_lazy("Steps of, seconds"), initial=60, min_value=1)
    minimum_seconds = forms.IntegerField(label=gettext_lazy("First block, seconds"), initial=60, min_value=0)

    def row(self) -> dict[str, str]:
        """As a line of a deck."""
        return {name: "" if value is None else str(value) for name, value in self.cleaned_data.items()}


class PackForm(forms.Form):
    """Included minutes given by hand."""

    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=1, max_value=1_000_000)
    title = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    destinations = forms.CharField(
        label=gettext_lazy("Where to"), required=False, max_length=300,
        help_text=gettext_lazy("Prefixes or groups with commas, “home” for the own country; empty: everywhere."),
    )  # fmt: skip
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class NumberForm(forms.Form):
    """A caller ID that is the company's own."""

    number = forms.CharField(label=gettext_lazy("Number"), max_length=40)


class DidForm(forms.Form):
    """A telephone number of the company, and what its incoming calls cost."""

    number = forms.CharField(label=gettext_lazy("Number"), max_length=40)
    rate = forms.DecimalField(
        label=gettext_lazy("An incoming minute"), required=False, min_value=0, max_digits=12, decimal_places=6,
        help_text=gettext_lazy("Empty: incoming calls are free."),
    )  # fmt: skip
    fee = forms.DecimalField(
        label=gettext_lazy("Connection"), required=False, min_value=0, max_digits=12, decimal_places=6
    )
    step = forms.IntegerField(label=gettext_lazy("Steps of, seconds"), initial=60, min_value=1, max_value=3600)


class RerateForm(forms.Form):
    """Which days, by which deck, why."""

    deck = forms.TypedChoiceField(label=gettext_lazy("Deck"), coerce=int)
    since = forms.DateField(label=pgettext_lazy("a date", "From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label=gettext_lazy("Until (this day is the first left out)"), widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(deck.pk, str(deck)) for deck in decks.active_decks(currency)]
        offer(self, "deck", choices)


class ImportForm(forms.Form):
    """Records of calls that no switch reported."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV, also packed (.gz): id, account (the telephone's user), number, answered_at, duration_seconds"
        ),
    )


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


@screen(permission=CONSOLE, methods=("GET", "POST"))
def overview(request: HttpRequest) -> HttpResponse:
    """Suspicious portals first; the mark-ups; the import of records."""
    form = PlanMarkupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            terms.set_markup(actor=cast(User, request.user), percent=data["percent"], plan=data["plan"])
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("The mark-up counts from the next call on."))
            return redirect("operator:calls")
    context = {
        "portals": queries.suspicious_portals()[:100],
        "form": form,
        "markups": terms.markups(),
        "import_form": ImportForm(),
        "comparisons": records.comparisons(),
        "imports": imports.recent(cast(User, request.user)),
    }
    return render(request, "operator/calls/overview.html", context, status=422 if form.errors else 200)


@screen(permission=CONSOLE, methods=("POST",))
def import_records(request: HttpRequest) -> HttpResponse:
    """Take a file of call records and rate it in the background: all of it or, where a line is wrong, nothing."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Invalid(fields={name: [str(text) for text in texts] for name, texts in form.errors.items()})
    actor, upload = cast(User, request.user), form.cleaned_data["file"]
    key = imports.keep_file(actor=actor, file=upload, size=upload.size or 0)
    jobs.start(actor, f"{CDR_IMPORT}: {upload.name}"[:200], import_calls, [key])
    toast(request, _("The records are being read. The job tells how it went."))
    return redirect("operator:calls")


def _page(request: HttpRequest, portal: Portal, status: int = 200, **bound: Any) -> HttpResponse:
    purse = wallet.wallet_of(portal.pk)
    account = accounts.account_of(portal.pk)
    context = {
        "portal": portal,
        "account": account,
        "purse": purse,
        "caps": accounts.caps_of(account, portal.schema_name, purse.currency),
        "spent": accounts.spent_today(account, portal, accounts.now()),
        "alerts": queries.recent_alerts(portal.pk),
        "refusals": queries.recent_refusals(portal.pk),
        "calls": queries.calls_of(portal.pk, 20),
        "own_rates": terms.own_rates(portal),
        "bundles": packs.bundles_of(portal),
        "numbers": numbers.numbers_of(portal),
        "dids": dids.numbers_of(portal.pk),
        "did_form": DidForm(auto_id="did_%s"),
        "reratings": rerate.reratings_of(portal),
        "markup_form": MarkupForm(initial={"percent": terms.markup_of(portal)}, auto_id="markup_%s"),
        "rate_form": OwnRateForm(auto_id="rate_%s"),
        "pack_form": PackForm(auto_id="pack_%s"),
        "number_form": NumberForm(auto_id="number_%s"),
        "rerate_form": RerateForm(purse.currency, auto_id="rerate_%s"),
        **bound,
    }
    return render(request, "operator/calls/portal.html", context, status=status)


@screen(permission=CONSOLE)
def portal(request: HttpRequest, portal_id: int) -> HttpResponse:
    """One portal's calling: caps, alarms, last calls, terms."""
    return _page(request, portal_by_id(portal_id))


@screen(permission=CONSOLE, methods=("POST",))
def act(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Stop and resume, take note of an alarm, end an own rate, take back a caller ID."""
    found, actor = portal_by_id(portal_id), cast(User, request.user)
    number = whole_number(request.POST.get("id")) or 0
    match request.POST.get("do"):
        case "stop":
            guard.stop_by_operator(actor=actor, portal=found)
            toast(request, _("Calls are stopped; running ones are cut."))
        case "resume":
            guard.resume(actor=actor, portal=found)
            toast(request, _("Calls may start again."))
        case "seen":
            guard.acknowledge(actor=actor, alert_id=number)
        case "end_rate":
            terms.end_own_rate(actor=actor, portal=found, rate_id=number)
            toast(request, _("The deck answers from the next call on."))
        case "end_number":
            numbers.withdraw_number(actor=actor, portal=found, number_id=number)
            toast(request, _("The number is no longer shown."))
        case "end_did":
            dids.withdraw_number(actor=actor, portal=found, did_id=number)
            toast(request, _("The number is no longer the company's."))
        case _other:
            raise Invalid
    return redirect("operator:calls_portal", portal_id=portal_id)


@screen(permission=CONSOLE, methods=("POST",))
def change(request: HttpRequest, portal_id: int, what: str) -> HttpResponse:
    """Mark-up, own rate, minutes, caller ID, re-rating: one form each."""
    found, actor = portal_by_id(portal_id), cast(User, request.user)
    currency = wallet.wallet_of(found.pk).currency
    made: dict[str, forms.Form] = {
        "markup": MarkupForm(request.POST, auto_id="markup_%s"),
        "rate": OwnRateForm(request.POST, auto_id="rate_%s"),
        "pack": PackForm(request.POST, auto_id="pack_%s"),
        "number": NumberForm(request.POST, auto_id="number_%s"),
        "did": DidForm(request.POST, auto_id="did_%s"),
        "rerate": RerateForm(currency, request.POST, auto_id="rerate_%s"),
    }
    form = made.get(what)
    if form is None:
        raise Invalid
    if form.is_valid():
        try:
            text = _do(what, form, found, actor, currency)
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, text)
            return redirect("operator:calls_portal", portal_id=portal_id)
    return _page(request, found, 422, **{f"{what}_form": form})


def _do(what: str, form: forms.Form, portal: Portal, actor: User, currency: str) -> str:
    data = form.cleaned_data
    if what == "markup":
        terms.set_markup(actor=actor, portal=portal, percent=data["percent"])
        return _("The mark-up counts from the next call on.")
    if what == "rate":
        row = cast(OwnRateForm, form).row()
        terms.set_own_rate(actor=actor, portal=portal, currency=currency, row=row, zone=portal.time_zone)
        return _("The price counts from the next call on.")
    if what == "pack":
        packs.give_pack(
            actor=actor,
            portal=portal,
            minutes=data["minutes"],
            title=data["title"],
            destinations=[place.strip() for place in data["destinations"].split(",") if place.strip()],
            expires_at=_moment(data["until"]) if data["until"] else None,
        )
        return _("The minutes are there.")
    if what == "did":
        dids.give_number(
            actor=actor,
            portal=portal,
            number=data["number"],
            rate=data["rate"],
            fee=data["fee"] or Decimal(0),
            step=data["step"],
        )
        return _("The number is the company's.")
    if what == "number":
        numbers.prove_number(actor=actor, portal=portal, number=data["number"])
        return _("The number may be shown.")
    run = rerate.rerate(
        actor=actor,
        portal=portal,
        deck=decks.deck_by_id(data["deck"]),
        since=_moment(data["since"]),
        until=_moment(data["until"]),
        reason=data["reason"],
    )
    return _("%(changed)d of %(calls)d calls corrected, %(difference)s in all.") % {
        "changed": run.changed,
        "calls": run.calls,
        "difference": f"{Decimal(run.difference).normalize():f} {currency}",
    }
