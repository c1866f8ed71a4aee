"""To do: everything that one has to do with clients, in one list, soonest first, quick by the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.errors import Denied
from infra.kit.screens import screen
from infra.ui import formats, panels
from infra.ui.lists import BulkAction, Column, Empty, ListScreen, Order
from modules.crm.domain.access import visible_ids
from modules.crm.domain.activity import (
    access_activity,
    complete_activity,
    hand_over_activity,
    kind_title,
    postpone_activity,
    title_of,
)
from modules.crm.domain.attention import attention, midnight_after
from modules.crm.domain.notifying import record_url
from modules.crm.domain.queries import colleagues, visible_activities, waiting_for
from modules.crm.forms import AssignForm, to_do_choices
from modules.crm.models import OWNERS, Activity
from modules.crm.templatetags.crm import activity_icon
from modules.crm.views.asking import actor_of
from modules.crm.views.plans import moment_of, quick_moments
from tenants.people.models import User

_WHEN = (
    ("overdue", gettext_lazy("overdue")),
    ("today", gettext_lazy("today")),
    ("week", gettext_lazy("the next seven days")),
    ("later", gettext_lazy("later")),
)


def _people(request: Any) -> QuerySet[User]:
    return colleagues()


class ToDoFilter(filters.FilterSet):
    """By time, kind, record and person."""

    when = filters.ChoiceFilter(label=gettext_lazy("When"), choices=_WHEN, method="by_when")
    kind = filters.MultipleChoiceFilter(label=gettext_lazy("Kind"), method="by_kind", choices=to_do_choices)
    about = filters.MultipleChoiceFilter(label=pgettext_lazy("an activity", "About"), method="by_about", choices=())
    important = filters.BooleanFilter(label=gettext_lazy("Important"))
    responsible = filters.ModelMultipleChoiceFilter(label=gettext_lazy("Responsible"), queryset=_people, distinct=False)

    class Meta:
        model = Activity
        fields: list[str] = []

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        titles = [(name, model._meta.verbose_name) for name, model in OWNERS.items()]
        self.filters["about"].extra["choices"] = [(name, str(title).capitalize()) for name, title in titles]

    def by_when(self, rows: Any, name: str, value: str) -> Any:
        now = timezone.now()
        tonight = midnight_after(now)
        match value:
            case "overdue":
                return rows.filter(due_at__lt=now)
            case "today":
                return rows.filter(due_at__gte=now, due_at__lt=tonight)
            case "week":
                return rows.filter(due_at__gte=tonight, due_at__lt=tonight + timedelta(days=7))
        return rows.filter(due_at__gte=tonight)

    def by_kind(self, rows: Any, name: str, value: Sequence[str]) -> Any:
        own = [int(one.removeprefix("own:")) for one in value if one.startswith("own:")]
        usual = [one for one in value if not one.startswith("own:")]
        return rows.filter(Q(kind__in=usual) | Q(own_kind__in=own)) if value else rows

    def by_about(self, rows: Any, name: str, value: Sequence[str]) -> Any:
        condition = Q()
        for one in value:
            condition |= Q(**{f"{one}__isnull": False})
        return rows.filter(condition)


class PostponeForm(forms.Form):
    """Until when."""

    due_at = forms.CharField(label=gettext_lazy("When"), widget=forms.TextInput(attrs={"type": "datetime-local"}))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial.setdefault("due_at", quick_moments()[1][0])


def _what(row: Activity) -> SafeString:
    asks = "data-asks" if row.own_kind is not None and row.own_kind.has_result else ""
    words = '<span class="crm-todo-what" data-todo="{}" {}>{}{}</span>'
    return format_html(words, reverse("crm:activity", args=[row.pk]), asks, activity_icon(row), title_of(row))


def _due(row: Activity) -> str:
    return formats.moment(row.due_at)


def _tone(row: Activity) -> str:
    if row.is_overdue:
        return "danger"
    return "accent" if row.due_at is not None and row.due_at < midnight_after(timezone.now()) else "neutral"


class ToDoList(ListScreen[Activity]):
    """What one has to do; that of others where the filter names them."""

    key = "crm.todo"
    title = gettext_lazy("To do")
    subtitle = gettext_lazy("Calls, meetings, letters and tasks with clients, soonest first.")
    template_name = "crm/activities.html"
    filterset_class = ToDoFilter
    orders: Sequence[Order] = (Order("due_at", gettext_lazy("Soonest first")),)
    bulk = (
        BulkAction("done", gettext_lazy("Done"), icon="check"),
        BulkAction("postpone", gettext_lazy("Postpone"), icon="calendar-plus", form=PostponeForm),
        BulkAction("assign", gettext_lazy("Hand over"), icon="user-check", form=AssignForm),
    )
    empty = Empty(
        icon="circle-check",
        title=gettext_lazy("Nothing to do"),
        text=gettext_lazy("Plan a call or a meeting on the card of a deal, lead, contact or company."),
        url_name="crm:deals",
        action=gettext_lazy("To the deals"),
    )

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.seen: dict[str, set[int]] = {}
        others = bool(request.GET.get("responsible"))
        self.columns = (
            Column("what", gettext_lazy("What"), link=True, fixed=True, value=_what),
            Column("due_at", gettext_lazy("When"), kind="badge", value=_due, tone=_tone, order="due_at"),
            Column("record", pgettext_lazy("an activity", "About"), value=self._record),
            Column("kind", gettext_lazy("Kind"), value=kind_title, shown=False),
            Column("place", gettext_lazy("Place"), shown=False),
            Column("responsible", gettext_lazy("Responsible"), kind="person", shown=others),
        )

    def rows(self) -> QuerySet[Any, Any]:
        if self.request.GET.get("responsible"):
            rows = visible_activities(self.actor).filter(done_at__isnull=True, due_at__isnull=False)
            return rows.select_related("own_kind", "responsible", *OWNERS)
        return waiting_for(self.actor).select_related("responsible")

    def page(self) -> Any:
        page = super().page()
        for name in OWNERS:
            ids = {pk for row in page.rows if (pk := getattr(row, f"{name}_id")) is not None}
            self.seen[name] = visible_ids(self.actor, name, ids)
        return page

    def _record(self, row: Activity) -> SafeString | str:
        for name in ("deal", "lead", *OWNERS):
            pk = getattr(row, f"{name}_id", None)
            if pk is not None and pk in self.seen.get(name, ()):
                record = getattr(row, name)
                return format_html('<a href="{}" data-panel>{}</a>', record_url(record), record)
        return ""

    def url_of(self, row: Activity) -> str:
        return reverse("crm:activity", args=[row.pk])

    def extra_context(self) -> dict[str, Any]:
        asked = self.request.GET.get("when", "")
        here = reverse("crm:activities")

        def items() -> list[dict[str, Any]]:
            found = attention(self.actor)
            shown = [
                {"title": _("Overdue"), "tone": "danger", "count": found["overdue"], "url": f"{here}?when=overdue"},
                {"title": _("Today"), "tone": "accent", "count": found["today"], "url": f"{here}?when=today"},
            ]
            for item in shown:
                item["active"] = item["url"] == f"{here}?when={asked}"
                item["url"] = here if item["active"] else item["url"]
            mine = f"kind=open&responsible={self.actor.id}"
            deals = f"{reverse('crm:deals')}?next_step=none&{mine}"
            shown.append(
                {"title": _("Deals without a next step"), "tone": "warning", "count": found["stepless"], "url": deals}
            )
            return [item for item in shown if item["count"] or item.get("active")]

        return {"attention": SimpleLazyObject(items)}

    def bulk_done(self, rows: Any, form: Any) -> int:
        return self._each(rows, lambda row: complete_activity(actor=self.actor, activity=row))

    def bulk_postpone(self, rows: Any, form: Any) -> int:
        due_at = moment_of("due_at", form.cleaned_data["due_at"])
        return self._each(rows, lambda row: postpone_activity(actor=self.actor, activity=row, due_at=due_at))

    def bulk_assign(self, rows: Any, form: Any) -> int:
        person_id = int(form.cleaned_data["responsible"])
        return self._each(rows, lambda row: hand_over_activity(actor=self.actor, activity=row, person_id=person_id))

    def _each(self, rows: Any, verb: Any) -> int:
        done = 0
        for row in rows.order_by("pk")[:1_000]:
            try:
                verb(row)
            except Denied:
                continue
            done += 1
        return done


activities = screen(None, methods=("GET", "POST"))(ToDoList.as_view())


@screen(None, methods=("POST",))
def tomorrow(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Until tomorrow, at the same time of day or at ten."""
    found = access_activity(actor_of(request), activity_id)
    day = timezone.localdate() + timedelta(days=1)
    clock = timezone.localtime(found.due_at).time() if found.due_at else time(10)
    due_at = timezone.make_aware(datetime.combine(day, clock))
    postpone_activity(actor=actor_of(request), activity=found, due_at=due_at)
    return panels.refresh(request, toast=_("Until tomorrow."), fallback=reverse("crm:activities"))
