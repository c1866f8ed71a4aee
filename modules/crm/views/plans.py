"""Activities on a card and on a page of one's own: planned, done, taken back, pinned, removed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui import panels
from infra.ui.forms import form_errors, offer
from infra.ui.panels import render_panel
from modules.crm.domain.access import access
from modules.crm.domain.activity import (
    Plan,
    access_activity,
    complete_activity,
    delete_activity,
    edit_activity,
    owner_of,
    pin_activity,
    plan_activity,
    reopen_activity,
)
from modules.crm.domain.kinds import Kind
from modules.crm.domain.notifying import record_url
from modules.crm.domain.rules.triggers import way_of
from modules.crm.forms import people_choices, to_do_choices
from modules.crm.models import Activity
from modules.crm.views.asking import actor_of, optional_number, version_of


def quick_moments() -> list[tuple[str, Any]]:
    """When something is planned with one click: value and title, in the person's zone."""
    now = timezone.localtime()
    today = now.date()
    monday = today + timedelta(days=7 - today.weekday())
    at = [
        (now + timedelta(hours=1), gettext_lazy("In an hour")),
        (_at(today + timedelta(days=1), 10), gettext_lazy("Tomorrow at 10:00")),
        (_at(today + timedelta(days=3), 10), gettext_lazy("In three days")),
        (_at(monday, 10), gettext_lazy("Next Monday")),
    ]
    return [(moment.strftime("%Y-%m-%dT%H:%M"), title) for moment, title in at]


def _at(day: Any, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


class PlanForm(forms.Form):
    """Something to do."""

    kind = forms.ChoiceField(label=gettext_lazy("What"))
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200, required=False)
    call = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        choices=[
            ("out", gettext_lazy("we call")),
            ("in", gettext_lazy("the client called")),
            ("missed", gettext_lazy("the client called, nobody answered")),
        ],
        required=False,
    )
    due_at = forms.CharField(
        label=gettext_lazy("When"), widget=forms.TextInput(attrs={"type": "datetime-local"}), required=False
    )
    ends_at = forms.CharField(
        label=gettext_lazy("Until"), widget=forms.TextInput(attrs={"type": "datetime-local"}), required=False
    )
    responsible = forms.ChoiceField(label=gettext_lazy("Responsible"), required=False)
    place = forms.CharField(label=gettext_lazy("Place"), max_length=200, required=False)
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    important = forms.BooleanField(label=gettext_lazy("Important"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "kind", to_do_choices())
        offer(self, "responsible", people_choices(empty=_("me")))

    def plan(self) -> Plan:
        """What was typed. Raises Invalid."""
        values = self.cleaned_data
        kind, _colon, own = values["kind"].partition(":")
        way = values["call"] if kind == Activity.Kind.CALL else ""
        return Plan(
            kind=kind,
            own_kind_id=optional_number(own),
            subject=values["subject"],
            text=values["text"],
            due_at=moment_of("due_at", values["due_at"]),
            ends_at=moment_of("ends_at", values["ends_at"]),
            responsible_id=optional_number(values["responsible"]),
            place=values["place"],
            important=values["important"],
            direction="in" if way == "missed" else way,
            missed=way == "missed",
        )


def moment_of(name: str, typed: str) -> datetime | None:
    """A day and time as browsers send it, in the person's zone. Raises Invalid(name)."""
    if not typed:
        return None
    try:
        moment = parse_datetime(typed)
    except ValueError:
        moment = None
    if moment is None or not 1900 <= moment.year <= 2200:
        raise Invalid(fields={name: [_("Write a day and time, like 2026-03-31 14:00.")]})
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def plan(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Plan something with a record, by one line on its card or by the whole form."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    form = PlanForm(request.POST or None, initial={"due_at": quick_moments()[1][0]})
    if request.method == "POST" and form.is_valid():
        try:
            plan_activity(actor=actor, record=record, plan=form.plan(), done="done" in request.POST)
        except Invalid as error:
            form_errors(form, error)
        else:
            toast = _("Put down.") if "done" in request.POST else _("Planned.")
            return panels.refresh(request, toast=toast, fallback=record_url(record))
    context = {"form": form, "record": record, "kind": kind, "heading": pgettext("an activity", "Plan")}
    status = 422 if form.errors else 200
    return render_panel(
        request, "crm/plan.html", context, back=record_url(record), back_text=str(record), status=status
    )


def _back(request: HttpRequest, activity: Activity) -> str:
    return _behind(request, activity)[0]


def _behind(request: HttpRequest, activity: Activity) -> tuple[str, str]:
    """Where an activity belongs: the address and the name of its record, or the list of what is to do."""
    record = owner_of(actor_of(request), activity)
    return (record_url(record), str(record)) if record is not None else (reverse("crm:activities"), "")


@screen(None, methods=("GET", "POST"))
def activity(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Change what is planned."""
    actor = actor_of(request)
    found = access_activity(actor, activity_id)
    initial = {
        "kind": f"own:{found.own_kind_id}" if found.own_kind_id else found.kind,
        "subject": found.subject,
        "text": found.text,
        "due_at": _local(found.due_at),
        "ends_at": _local(found.ends_at),
        "responsible": str(found.responsible_id or ""),
        "place": found.place,
        "important": found.important,
        "call": way_of(found.direction, found.missed) or "out",
    }
    form = PlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            edit_activity(actor=actor, activity=found, plan=form.plan(), version=version_of(request))
        except Invalid as error:
            form_errors(form, error)
        else:
            return panels.refresh(request, toast=_("Saved."), fallback=_back(request, found))
    context = {"form": form, "activity": found, "heading": _("Change what is planned"), "version": found.version}
    status = 422 if form.errors else 200
    back, back_text = _behind(request, found)
    return render_panel(request, "crm/plan.html", context, back=back, back_text=back_text, status=status)


def _local(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""


@screen(None, methods=("POST",))
def done(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Mark as done."""
    found = access_activity(actor_of(request), activity_id)
    complete_activity(
        actor=actor_of(request), activity=found, result=request.POST.get("result", ""), version=version_of(request)
    )
    return panels.refresh(request, toast=_("Done."), fallback=_back(request, found))


@screen(None, methods=("POST",))
def reopen(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Take back that it was done."""
    found = access_activity(actor_of(request), activity_id)
    reopen_activity(actor=actor_of(request), activity=found)
    return panels.refresh(request, toast=_("Open again."), fallback=_back(request, found))


@screen(None, methods=("POST",))
def pin(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Keep at the top of the timeline, or no longer."""
    found = access_activity(actor_of(request), activity_id)
    pin_activity(actor=actor_of(request), activity=found, pinned=found.pinned_at is None)
    return panels.refresh(request, fallback=_back(request, found))


@screen(None, methods=("POST",))
def remove(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Remove a comment or something planned."""
    found = access_activity(actor_of(request), activity_id)
    back = _back(request, found)
    delete_activity(actor=actor_of(request), activity=found)
    return panels.refresh(request, toast=_("Removed."), fallback=back)
