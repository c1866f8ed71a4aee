"""Rate decks: upload, what the check found, activation."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain.currency import CURRENCIES
from billing.rating.domain import decks
from billing.rating.jobs import DECK_CHECK, check_deck
from infra import jobs
from infra.jobs.domain.queries import own_jobs
from infra.kit.errors import Invalid, PortalError
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from saas.operator.domain.support import CONSOLE
from tenants.people.models import User


class DeckForm(forms.Form):
    """A price list to be checked."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=[(code, code) for code in CURRENCIES])
    valid_from = forms.DateField(
        label=gettext_lazy("Counts from"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Midnight of that day in the deck's zone; a day that has passed means at once."),
    )
    zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=64, initial="Europe/Moscow")
    holidays = forms.CharField(
        label=gettext_lazy("Holidays"), required=False, max_length=2000,
        help_text=gettext_lazy("Days with commas: 2026-01-01, 2026-01-07. For periods that name holidays."),
    )  # fmt: skip
    margin = forms.DecimalField(
        label=gettext_lazy("Least margin, %"), initial=0, min_value=0, max_digits=7, decimal_places=2,
        help_text=gettext_lazy("Calls below the carrier's cost plus this are refused."),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV: prefix, destination, rate_per_minute, connect_fee, increment_seconds, minimum_seconds …"
        ),
    )

    def new(self) -> decks.NewDeck:
        """What was filled in. Raises Invalid for a zone that is none."""
        data = self.cleaned_data
        try:
            zone = ZoneInfo(data["zone"])
        except (KeyError, ValueError, OSError):
            raise Invalid(fields={"zone": [_("There is no such time zone.")]}) from None
        try:
            begins = datetime.combine(data["valid_from"], time(0), zone).astimezone(UTC)
        except OverflowError:
            raise Invalid(fields={"valid_from": [_("Choose another day.")]}) from None
        return decks.NewDeck(
            name=data["name"],
            currency=data["currency"],
            valid_from=begins,
            zone=data["zone"],
            holidays=[day.strip() for day in data["holidays"].split(",") if day.strip()],
            margin=data["margin"],
        )


@screen(permission=CONSOLE, methods=("GET", "POST"))
def deck_list(request: HttpRequest) -> HttpResponse:
    """All decks, newest first, and the upload."""
    form = DeckForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            deck = decks.upload_deck(actor=cast(User, request.user), new=form.new(), file=upload, size=upload.size or 0)
        except PortalError as error:
            form_errors(form, error)
        else:
            jobs.start(cast(User, request.user), str(DECK_CHECK), check_deck, [deck.pk])
            return redirect("operator:deck", deck_id=deck.pk)
    context = {"form": form, "decks": decks.recent_decks()}
    return render(request, "operator/calls/decks.html", context, status=422 if form.errors else 200)


@screen(permission=CONSOLE, methods=("GET", "POST"))
def deck(request: HttpRequest, deck_id: int) -> HttpResponse:
    """One deck: its report, its rates, and what can be done with it."""
    found = decks.deck_by_id(deck_id)
    if request.method == "POST":
        verbs: dict[str, tuple[Any, str]] = {
            "activate": (decks.activate_deck, _("The deck is active.")),
            "withdraw": (decks.withdraw_deck, _("The deck is withdrawn.")),
        }
        if request.POST.get("do") not in verbs:
            raise Invalid
        verb, text = verbs[request.POST["do"]]
        verb(actor=cast(User, request.user), deck=found)
        toast(request, text)
        return redirect("operator:deck", deck_id=deck_id)
    asked = request.GET.get("q", "").strip()[:60].replace("\x00", "")
    report = found.report
    context = {
        "deck": found,
        "report": report,
        "faults": decks.faults_of(found),
        "rates": decks.rates_of(found, asked),
        "asked": asked,
        "most_rates": decks.SHOWN_RATES,
        "job": own_jobs(cast(User, request.user)).filter(task=check_deck.name, args=[found.pk]).first()
        if found.state == "checking"
        else None,
        "may_withdraw": found.state in ("ready", "faulty")
        or (found.state == "active" and found.valid_from > datetime.now(UTC)),
    }
    return render(request, "operator/calls/deck.html", context)
