"""A deal or an invoice that comes round."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid
from infra.ui.forms import form_errors
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from modules.crm.domain.access import access
from modules.crm.domain.kinds import Kind
from modules.crm.domain.selling.recurrence import nth_date, recurrence_of, set_recurrence, stop_recurrence
from modules.crm.models import Repeats
from modules.crm.views.asking import actor_of

_DAY = {"type": "date"}


class RepeatForm(forms.Form):
    """How often, from when, until when."""

    repeats = forms.ChoiceField(label=gettext_lazy("Repeats"), choices=Repeats.choices)
    starts_on = forms.DateField(label=gettext_lazy("First time"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    ends_on = forms.DateField(
        label=gettext_lazy("Last time"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )


def repeat(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """How it repeats, changed or stopped."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    now = recurrence_of(record)
    initial: dict[str, Any] = {
        "repeats": now.repeats if now else Repeats.MONTH,
        "starts_on": (now.next_on or now.starts_on) if now else nth_date(timezone.localdate(), Repeats.MONTH, 1),
        "ends_on": now.ends_on if now else None,
    }
    form = RepeatForm(
        request.POST if request.method == "POST" and "stop" not in request.POST else None, initial=initial
    )
    if request.method == "POST":
        told = ""
        if "stop" in request.POST:
            stop_recurrence(actor=actor, record=record)
            told = _("It repeats no more.")
        elif form.is_valid():
            try:
                set_recurrence(actor=actor, record=record, **form.cleaned_data)
                told = _("It repeats from now on.")
            except Invalid as error:
                form_errors(form, error)
        if told:
            toast(request, told)
            target = kind.url("card", record.pk)
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": target})
            return HttpResponse(status=302, headers={"Location": target})
    context = {"record": record, "kind": kind, "form": form, "now": now}
    back = kind.url("card", record.pk)
    status = 422 if form.errors else 200
    return render_panel(request, "crm/repeat.html", context, back=back, back_text=str(record), status=status)
