"""The showroom: every part in use, on rows of the kit's own tables. Only where settings.UI_GALLERY asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from infra.kit.errors import (
    Conflict,
    Denied,
    FeatureMissing,
    Invalid,
    LimitReached,
    NotFound,
    PortalError,
    PreconditionFailed,
    RateLimited,
    ReadOnly,
    Unavailable,
    WayOut,
)
from infra.kit.screens import screen
from infra.ui import panels
from infra.ui.boards import BoardColumn, BoardScreen, Card
from infra.ui.forms import form_errors
from infra.ui.lists import BulkAction, Column, Empty, ListScreen, Order
from infra.ui.models import SavedView
from infra.ui.timeline import TimelineEntry
from infra.ui.toasts import toast

COLUMNS = (("new", _("New"), "info"), ("doing", _("In work"), "warning"), ("done", _("Done"), "success"))


class ThingForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As it appears in lists."))
    about = forms.CharField(label=_("About"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    stage = forms.ChoiceField(label=_("Stage"), choices=[(key, title) for key, title, _tone in COLUMNS])
    shared = forms.BooleanField(label=_("Shared with everybody"), required=False)


class BulkForm(forms.Form):
    """What a bulk action asks."""

    stage = forms.ChoiceField(label=_("Stage"), choices=[(key, title) for key, title, _tone in COLUMNS])


class ThingFilter(django_filters.FilterSet):
    """Filter of the showroom's list."""

    screen = django_filters.ChoiceFilter(label=_("Stage"), choices=[(key, title) for key, title, _tone in COLUMNS])
    shared = django_filters.BooleanFilter(label=_("Shared"))

    class Meta:
        model = SavedView
        fields = ["screen", "shared"]


def _things(request: HttpRequest) -> QuerySet[SavedView]:
    return SavedView.objects.filter(screen__in=[key for key, _title, _tone in COLUMNS]).select_related("author")


class Things(ListScreen[SavedView]):
    """A list."""

    key = "ui.things"
    title = _("Things")
    columns = (
        Column("name", _("Name"), link=True, fixed=True, order="name"),
        Column(
            "screen",
            _("Stage"),
            kind="badge",
            value=lambda row: next(title for key, title, _tone in COLUMNS if key == row.screen),
            tone=lambda row: next(tone for key, _title, tone in COLUMNS if key == row.screen),
        ),
        Column("author", _("Author"), kind="person"),
        Column("created_at", _("Created"), kind="moment", order="created_at"),
        Column("shared", _("Shared"), kind="yesno", shown=False),
        Column("query", _("Note"), shown=False),
    )
    orders = (Order("-created_at", _("Newest first")), Order("name", _("Name")))
    filterset_class = ThingFilter
    searchable = True
    bulk = (
        BulkAction("stage", _("Change stage"), icon="arrows-exchange", form=BulkForm),
        BulkAction("remove", _("Remove"), icon="trash", tone="danger"),
    )
    export_name = "things"
    live = "portal"
    empty = Empty(
        icon="box",
        title=_("No things yet"),
        text=_("A thing is something to look at."),
        url_name="ui:thing_add",
        action=_("Add"),
    )
    views = (("list", _("List"), "ui:things"), ("board", _("Board"), "ui:things_board"))
    page_size = 20

    @property
    def may_export(self) -> bool:
        return True

    def rows(self) -> QuerySet[Any, SavedView]:
        return _things(self.request)

    def search(self, rows: QuerySet[Any, SavedView], text: str) -> QuerySet[Any, SavedView]:
        return rows.filter(name__icontains=text)

    def url_of(self, row: SavedView) -> str:
        return reverse("ui:thing", args=[row.pk])

    def bulk_stage(self, rows: QuerySet[Any, SavedView], form: BulkForm) -> int:
        if form.cleaned_data["stage"] == "done" and rows.filter(shared=True).exists():
            raise Invalid(_("Shared things are never done."))
        return rows.order_by().update(screen=form.cleaned_data["stage"])

    def bulk_remove(self, rows: QuerySet[Any, SavedView], form: None) -> int:
        return rows.order_by().delete()[0]


class ThingsBoard(BoardScreen[SavedView]):
    """A board."""

    key = "ui.things"
    title = _("Things")
    column_field = "screen"
    order = "-created_at"
    filterset_class = ThingFilter
    searchable = True
    live = "portal"
    views = Things.views
    page_size = 8

    def columns(self) -> list[BoardColumn]:
        return [BoardColumn(key=key, title=title, tone=tone) for key, title, tone in COLUMNS]

    def rows(self) -> QuerySet[Any, SavedView]:
        return _things(self.request)

    def search(self, rows: QuerySet[Any, SavedView], text: str) -> QuerySet[Any, SavedView]:
        return rows.filter(name__icontains=text)

    def card(self, row: SavedView) -> Card:
        return Card(
            title=row.name,
            url=reverse("ui:thing", args=[row.pk]),
            lines=[row.query] if row.query else [],
            person=row.author,
            amount=row.pk * 1250,
            currency="EUR",
            badges=[(_("Shared"), "accent")] if row.shared else [],
            version=len(row.columns),
        )

    def move(self, row_id: int, to: str, version: int) -> None:
        with transaction.atomic():
            row = self.rows().select_for_update(of=("self",)).get(pk=row_id)
            if len(row.columns) != version:
                raise Conflict
            row.screen, row.columns = to, [*row.columns, to]
            row.save()


@dataclass(frozen=True, kw_only=True)
class ShownJob:
    """Stands in for a long job's row."""

    id: int = 1
    title: str = "Import of contacts"
    done: int = 340
    total: int = 1000
    note: str = "Row 340 of 1,000"


@screen(None)
def kit(request: HttpRequest) -> HttpResponse:
    """Every component on one page."""
    form = ThingForm({"stage": "nowhere"}, auto_id="wrong_%s")
    form.is_valid()
    entries = [
        TimelineEntry(
            at=timezone.now(), text=_("wrote"), who=str(request.user), person=request.user, body="Hello.\nBye."
        ),
        TimelineEntry(at=timezone.now(), text=_("The stage became “In work”."), icon="arrow-right"),
    ]
    tabs = [
        {"title": _("All"), "url": "?", "active": True, "count": 12},
        {"title": _("Mine"), "url": "?mine", "active": False},
    ]
    context = {
        "form": ThingForm(),
        "wrong": form,
        "entries": entries,
        "tabs": tabs,
        "job": ShownJob(),
        "heads": [_("Name")],
        "refusals": list(_refusals()),
    }
    return render(request, "ui/showroom/kit.html", context)


def _refusals() -> dict[str, PortalError]:
    way = WayOut(text=_("Ask for a greater plan, or free a place."), url="/more/", ask="owner")
    return {
        "limit": LimitReached(_("The Free plan has 12 people."), used=12, maximum=12, way_out=way),
        "feature": FeatureMissing(_("The Free plan has no processes."), way_out=way),
        "denied": Denied(_("Your role does not include this."), way_out=WayOut(text="", ask="administrator")),
        "read-only": ReadOnly(),
        "conflict": Conflict(),
        "stale": PreconditionFailed(),
        "gone": NotFound(),
        "fast": RateLimited(retry_after=30),
        "away": Unavailable(),
    }


@screen(None)
def refuse(request: HttpRequest) -> HttpResponse:
    """Refusals on demand, by `what`."""
    what = request.GET.get("what", "")
    if what == "broken":
        raise RuntimeError("asked for")
    raise _refusals().get(what) or Conflict


@screen(None, methods=("GET", "POST"))
def thing(request: HttpRequest, pk: int) -> HttpResponse:
    """A record in a panel."""
    row = get_object_or_404(_things(request), pk=pk)
    initial = {"name": row.name, "about": row.query, "stage": row.screen, "shared": row.shared}
    form = ThingForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        row.name, row.query = form.cleaned_data["name"], form.cleaned_data["about"]
        row.screen, row.shared = form.cleaned_data["stage"], form.cleaned_data["shared"]
        row.save()
        return panels.refresh(request, toast=_("Saved."), fallback=reverse("ui:thing", args=[pk]))
    entries = [TimelineEntry(at=row.created_at, text=_("was made"), person=row.author, who=str(row.author or ""))]
    context = {"thing": row, "form": form, "entries": entries}
    status = 422 if form.errors else 200
    return panels.render_panel(request, "ui/showroom/thing.html", context, back=reverse("ui:things"), status=status)


@screen(None, methods=("GET", "POST"))
def thing_add(request: HttpRequest) -> HttpResponse:
    """A new record."""
    form = ThingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if SavedView.objects.filter(name=form.cleaned_data["name"], author_id=request.user.pk).exists():
                raise Invalid(fields={"name": [str(_("There is one of that name."))]})
            row = SavedView.objects.create(
                name=form.cleaned_data["name"],
                query=form.cleaned_data["about"],
                screen=form.cleaned_data["stage"],
                shared=form.cleaned_data["shared"],
                author_id=request.user.pk,
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("ui:thing", pk=row.pk)
    return render(request, "ui/showroom/add.html", {"form": form}, status=422 if form.errors else 200)


urlpatterns = [
    path("kit/", kit, name="kit"),
    path("kit/refuse/", refuse, name="kit_refuse"),
    path("kit/things/", screen(None, methods=("GET", "POST"))(Things.as_view()), name="things"),
    path("kit/board/", screen(None, methods=("GET", "POST"))(ThingsBoard.as_view()), name="things_board"),
    path("kit/things/add/", thing_add, name="thing_add"),
    path("kit/things/<int:pk>/", thing, name="thing"),
]
