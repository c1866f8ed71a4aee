"""Keeping reports: save, share, remove, put on the start page, have them mailed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.access import may
from infra.kit.errors import Invalid, NotFound
from infra.kit.screens import screen
from infra.ui.forms import form_errors, offer
from infra.ui.toasts import toast
from modules.crm.domain.reports.catalogue import VIEW, source_named
from modules.crm.domain.reports.mailing import Every, mailing_of, readers_for, set_mailing, stop_mailing
from modules.crm.domain.reports.saved import (
    MANAGE,
    access_report,
    delete_report,
    pin_report,
    pinned_for,
    run_report,
    save_report,
)
from modules.crm.views.asking import actor_of, optional_number
from modules.crm.views.report_parts import page_of
from modules.crm.views.reports import kept_url


@screen(VIEW, methods=("POST",))
def save(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the report as it is seen, under a name; `report` names the one that changes."""
    actor, post = actor_of(request), request.POST
    pk = optional_number(post.get("report", ""))
    row = save_report(
        actor=actor,
        source=source_named(key),
        name=post.get("name", ""),
        query=post.get("query", ""),
        shared="shared" in post,
        report=access_report(actor, pk) if pk is not None else None,
    )
    if "pin" in post:
        pin_report(actor=actor, report=row, pinned=True)
    toast(request, _("Report “%(name)s” saved.") % {"name": row.name})
    return redirect(kept_url(row))


@screen(VIEW, methods=("POST",))
def remove(request: HttpRequest, report_id: int) -> HttpResponse:
    """Remove a kept report."""
    actor = actor_of(request)
    delete_report(actor=actor, report=access_report(actor, report_id))
    toast(request, _("Report removed."))
    return redirect("crm:reports")


@screen(VIEW, methods=("POST",))
def pin(request: HttpRequest, report_id: int) -> HttpResponse:
    """Put a report on the start page, or take it away."""
    actor = actor_of(request)
    row = access_report(actor, report_id)
    pinned = "pinned" in request.POST
    pin_report(actor=actor, report=row, pinned=pinned)
    toast(request, _("It is on your start page.") if pinned else _("It is no longer on your start page."))
    return redirect(kept_url(row))


class MailingForm(forms.Form):
    """When a report goes out, and to whom."""

    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=Every.choices)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Day of the week"), coerce=int, choices=[(day + 1, name) for day, name in WEEKDAYS.items()]
    )
    monthday = forms.TypedChoiceField(
        label=gettext_lazy("Day of the month"),
        coerce=int,
        choices=[(day, str(day)) for day in range(1, 29)],
        help_text=gettext_lazy("On the 1st, “Last month” is whole."),
    )
    hour = forms.TypedChoiceField(
        label=gettext_lazy("At"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("To"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Everybody gets the figures that they may see."),
    )


@screen(VIEW, methods=("GET", "POST"))
def mail(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """Have a report mailed weekly or monthly, or no longer."""
    actor: Any = actor_of(request)
    row = access_report(actor, report_id)
    mailing = mailing_of(actor, row)
    if request.method == "POST" and "stop" in request.POST:
        stop_mailing(actor=actor, report=row)
        toast(request, _("It is mailed no more."))
        return redirect(kept_url(row))
    initial: dict[str, Any] = {"every": "week", "weekday": 1, "monthday": 1, "hour": 8, "people": [str(actor.id)]}
    if mailing is not None:
        day = "weekday" if mailing.every == Every.WEEK else "monthday"
        people = [str(person.pk) for person in mailing.people.all()]
        initial |= {"every": mailing.every, day: mailing.day, "hour": mailing.hour, "people": people}
    form = MailingForm(request.POST or None, initial=initial)
    readers = readers_for(row) if may(actor, MANAGE) else [actor]
    offer(form, "people", [(str(person.pk), person.display_name) for person in readers])
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            set_mailing(
                actor=actor,
                report=row,
                every=values["every"],
                day=values["weekday"] if values["every"] == Every.WEEK else values["monthday"],
                hour=values["hour"],
                people=[int(pk) for pk in values["people"]],
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("It will be mailed."))
            return redirect(kept_url(row))
    context = {"form": form, "report": row, "mailing": mailing, "back": kept_url(row)}
    return render(request, "crm/reports/mail.html", context, status=422 if form.errors else 200)


@screen(VIEW)
def tile(request: HttpRequest, report_id: int) -> HttpResponse:
    """A report on the start page: its headline figures and its first chart. Fetched after the page."""
    actor = actor_of(request)
    row = access_report(actor, report_id)
    context = {"report": row, "url": kept_url(row), **page_of(run_report(actor, row))}
    return render(request, "crm/reports/tile.html", context)


def tiles(request: HttpRequest) -> list[tuple[str, str]]:
    """The reports on the person's start page: key and name of each tile."""
    return [(str(row.pk), row.name) for row in pinned_for(actor_of(request))]


def pinned(request: HttpRequest, key: str) -> dict[str, Any]:
    """What the tile of a report needs: where it is fetched from and where it leads."""
    pk = optional_number(key)
    if pk is None:
        raise NotFound
    return {"tile_url": reverse("crm:report_tile", args=[pk]), "url": reverse("crm:report_kept", args=[pk])}
