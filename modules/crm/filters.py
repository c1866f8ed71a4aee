"""What lists, boards and the API can be narrowed by: made from the fields of a kind, custom ones included."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, F, Q, TextField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from infra.api.moments import MomentRangeFilter
from modules.crm.domain import value_index
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.fields import POINTS, Field, Type
from modules.crm.domain.finding import found_by
from modules.crm.domain.holding import tree_below
from modules.crm.domain.kinds import KINDS, Kind, custom_fields, field_map
from modules.crm.domain.search import found
from modules.crm.domain.selling.product_section import sections_below
from modules.crm.models import Affiliation, ContactPoint, DealContact, LostReason, Pipeline, ProductRow, Stage
from modules.crm.models.lead import Currency
from modules.crm.own_filters import NumberRange, everybody, own_filter

_BIGGEST_ID = 2**63
LEADING = frozenset({"stage", "responsible"})  # an index begins with what these filters ask
# How long after it was created a lead was first answered: more than the one, at most the other.
ANSWERED: dict[str, tuple[timedelta | None, timedelta | None]] = {
    "5m": (None, timedelta(minutes=5)),
    "15m": (timedelta(minutes=5), timedelta(minutes=15)),
    "1h": (timedelta(minutes=15), timedelta(hours=1)),
    "1d": (timedelta(hours=1), timedelta(days=1)),
    "later": (timedelta(days=1), None),
}
ANSWERS = (
    ("5m", _("within 5 minutes")),
    ("15m", _("within 15 minutes")),
    ("1h", _("within an hour")),
    ("1d", _("within a day")),
    ("later", _("later")),
    ("none", _("not yet")),
)
# Filters that are not called as the field that they look at.
_FILTERS_OF = {"company_id": ("company", "client"), "companies": ("company",), "contacts": ("contact",)}
_STEPS = (("none", _("nothing planned")), ("overdue", _("overdue")), ("today", _("today")), ("later", _("later")))


def names_of(key: str) -> tuple[str, ...]:
    """What the filters of a field are called."""
    return _FILTERS_OF.get(key, (key.removesuffix("_id"),))


def _reasons(request: Any) -> Any:
    return LostReason.objects.order_by("position", "id")


def step_is(value: str) -> Q:
    """The condition that the next step is as one of _STEPS says."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    match value:
        case "none":
            return Q(next_step_at__isnull=True)
        case "overdue":
            return Q(next_step_at__lt=now)
        case "today":
            return Q(next_step_at__gte=now, next_step_at__lte=midnight)
    return Q(next_step_at__gt=midnight)


def is_quiet(days: int) -> Q:
    """The condition that a record was neither changed nor worked on for so many days."""
    before = timezone.now() - timedelta(days=days)
    return (Q(last_activity_at__isnull=True) | Q(last_activity_at__lt=before)) & Q(updated_at__lt=before)


def nothing_in(kind: Kind, key: str) -> Q:
    """The condition that a built-in field, or "channel", holds nothing."""
    if key == "channel":
        return Q(marks__utm_source__isnull=True) | Q(marks__utm_source="")
    name = key.removesuffix("_id")
    try:
        column = kind.model._meta.get_field(name)
    except FieldDoesNotExist:
        return Q(pk__in=[])
    empty = Q(pk__in=[]) if not column.null else Q(**{f"{name}__isnull": True})
    return empty | Q(**{name: ""}) if isinstance(column, CharField | TextField) else empty


class RecordFilter(filters.FilterSet):
    """Base of all filters of records. None joins to many, so DISTINCT, which would sort all rows, is left out."""

    of: Kind

    def __init__(
        self, data: Any = None, queryset: Any = None, *, request: Any = None, prefix: str | None = None
    ) -> None:
        super().__init__(data, queryset, request=request, prefix=prefix)
        closed = hidden(request.user, self.of) if request is not None else set()
        own = getattr(request, "own_fields", custom_fields)(self.of)
        for item in own:
            if item.in_filter and item.key not in closed and (made := own_filter(item)) is not None:
                made.field_name = item.key
                made.parent, made.model = self, self.of.model
                self.filters[item.key] = made
        self.closed = closed
        for key in closed:
            for name in names_of(key):
                self.filters.pop(name, None)
        if {"phones", "emails"} <= closed:
            self.filters.pop("contact", None)
        if "empty" in self.filters:
            self.filters["empty"].extra["choices"] = [
                (item.key, item.title) for item in (*self.of.fields, *own) if item.key not in closed
            ] + [("responsible_id", _("Responsible")), ("closed_at", _("Closed"))]
            if hasattr(self.of.model, "marks"):
                self.filters["empty"].extra["choices"].append(("channel", _("Channel")))

    def by_empty(self, rows: Any, name: str, value: list[str]) -> Any:
        items = field_map(self.of)
        for key in value:
            if key in items and items[key].custom:
                rows = value_index.without(rows, items[key])
            else:
                rows = rows.filter(nothing_in(self.of, key))
        return rows

    def by_reached(self, rows: Any, name: str, stage: Any) -> Any:
        further = stage.pipeline.stages.exclude(kind=Stage.Kind.LOST).filter(position__gte=stage.position)
        ids = list(further.values_list("pk", flat=True))
        if stage.kind == Stage.Kind.WON:  # whoever was won and is no longer has not got there
            return rows.filter(stage__in=ids)
        return rows.filter(Q(stage__in=ids) | Q(reached__in=ids))

    def by_furthest(self, rows: Any, name: str, stage: Any) -> Any:
        return rows.filter(Q(stage=stage, reached__isnull=True) | Q(reached=stage))

    def by_channel(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(marks__utm_source=value)

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(stage__in=self._stages(kind=value))

    def by_pipeline(self, rows: Any, name: str, value: Any) -> Any:
        if isinstance(value, Decimal):
            return rows.filter(stage__in=self._stages(pipeline=int(value))) if 0 < value < _BIGGEST_ID else rows.none()
        asked = [pipeline.pk for pipeline in value]
        return rows.filter(stage__in=self._stages(pipeline__in=asked)) if asked else rows

    def _stages(self, **which: Any) -> list[int]:
        """Ids of stages. A list of them tells the planner how many rows to expect; behind a join it expects one, and
        has looked through an index once for every stage."""
        return list(Stage.objects.filter(pipeline__kind=self.of.key, **which).order_by().values_list("pk", flat=True))

    def by_quiet(self, rows: Any, name: str, days: Any) -> Any:
        return rows.filter(is_quiet(int(days)))

    def by_watcher(self, rows: Any, name: str, value: Any) -> Any:
        if isinstance(value, Decimal):
            return rows.filter(watchers__contains=[int(value)]) if 0 < value < _BIGGEST_ID else rows.none()
        asked = [person.pk for person in value]
        return rows.filter(watchers__overlap=asked) if asked else rows

    def by_answer(self, rows: Any, name: str, value: str) -> Any:
        if value == "none":
            return rows.filter(answered_at__isnull=True)
        low, high = ANSWERED[value]
        rows = rows.filter(answered_at__gt=F("created_at") + low) if low is not None else rows
        return rows.filter(answered_at__lte=F("created_at") + high) if high is not None else rows

    def by_product(self, rows: Any, name: str, value: Any) -> Any:
        if not 0 < value < _BIGGEST_ID:
            return rows.none()
        return rows.filter(pk__in=ProductRow.objects.filter(product=int(value), deal__isnull=False).values("deal"))

    def by_client(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(company_id=int(value)) if 0 < value < _BIGGEST_ID else rows.none()

    def by_step(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(step_is(value))

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        asker = self.request.user if self.request is not None else None
        return found(rows, value) if asker is None else found_by(asker, self.of, rows, value)

    def by_contact(self, rows: Any, name: str, value: str) -> Any:
        points = ContactPoint.objects.filter(value=value.strip(), **{f"{self.of.link}__isnull": False})
        points = points.exclude(kind__in=[key.removesuffix("s") for key in POINTS if key in self.closed])
        return rows.filter(pk__in=points.values(f"{self.of.link}_id"))

    def by_company(self, rows: Any, name: str, value: Any) -> Any:
        """Records of a company and of all below it, as far as whoever asks sees them."""
        if not 0 < value < _BIGGEST_ID:
            return rows.none()
        ids = tree_below(self.request.user if self.request is not None else None, [int(value)])
        if self.of.key == "contact":
            return rows.filter(pk__in=_contacts_of(ids))
        return rows.filter(Q(parent__in=ids) if self.of.key == "company" else Q(company__in=ids))

    def by_section(self, rows: Any, name: str, value: Any) -> Any:
        """Products of a section and of all below it."""
        if not 0 < value < _BIGGEST_ID:
            return rows.none()
        return rows.filter(section__in=sections_below(int(value)))

    def by_person(self, rows: Any, name: str, value: Any) -> Any:
        if not 0 < value < _BIGGEST_ID:
            return rows.none()
        return rows.filter(pk__in=DealContact.objects.filter(contact_id=int(value)).values("deal_id"))


def _contacts_of(company_ids: set[int]) -> Any:
    return Affiliation.objects.filter(company_id__in=company_ids).values("contact_id")


_FOR_PEOPLE, _FOR_PROGRAMS = "people", "programs"


def _built_in(kind: Kind, whom: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    programs = whom == _FOR_PROGRAMS
    if programs:
        made["q"] = filters.CharFilter(
            method="by_text", label=_("Words, an e-mail, or three or more digits of a phone.")
        )
    if kind.staged:
        made |= _staged(kind, programs)
    if programs:
        made["responsible"] = filters.NumberFilter(field_name="responsible_id", label=_("Id of a person."))
    else:
        made["responsible"] = filters.ModelMultipleChoiceFilter(
            label=_("Responsible"), queryset=everybody, distinct=False
        )
    if kind.reachable and programs:
        made["contact"] = filters.CharFilter(method="by_contact", label=_("A phone in E.164 or an e-mail, whole."))
    for item in kind.fields:
        if item.in_filter:
            made |= _of_field(kind, item, programs)
    made["next_step"] = filters.ChoiceFilter(label=_("Next step"), method="by_step", choices=_STEPS)
    days: Any = MomentRangeFilter if programs else filters.DateFromToRangeFilter
    if kind.calendar == "next_step_at":
        made["next_step_at"] = days(label=_("Next step on"))
    made["created_at"] = days(label=_("Created"))
    if not programs and kind.has("company_id"):
        made["client"] = filters.NumberFilter(label=_("Client"), method="by_client", widget=forms.HiddenInput)
    if not programs and kind.key == "deal":
        made["product"] = filters.NumberFilter(label=_("Product"), method="by_product", widget=forms.HiddenInput)
    made["empty"] = filters.MultipleChoiceFilter(
        label=_("Not filled in"), method="by_empty", choices=(), widget=forms.MultipleHiddenInput
    )
    if programs:
        made["external_id"] = filters.CharFilter(label=_("Id in the other system"))
        made["external_system"] = filters.CharFilter(label=_("Other system"))
        made["updated_at"] = days(label=_("Changed, from and to."))
    return made


def _staged(kind: Kind, programs: bool) -> dict[str, Any]:
    state = filters.ChoiceFilter(label=_("State"), method="by_state", choices=Stage.Kind.choices)
    if programs:
        return {
            "pipeline": filters.NumberFilter(method="by_pipeline", label=_("Id of a pipeline.")),
            "stage": filters.NumberFilter(field_name="stage_id", label=_("Id of a stage.")),
            "kind": state,
        }

    def stages(request: Any) -> Any:
        rows = Stage.objects.select_related("pipeline").filter(pipeline__kind=kind.key)
        return rows.order_by("pipeline__position", "position", "id")

    def lanes(request: Any) -> Any:
        return Pipeline.objects.filter(kind=kind.key).order_by("position", "id")

    made = {
        "pipeline": filters.ModelMultipleChoiceFilter(
            label=_("Pipeline"), method="by_pipeline", queryset=lanes, distinct=False
        ),
        "stage": filters.ModelMultipleChoiceFilter(label=_("Stage"), queryset=stages, distinct=False),
        "kind": state,
        "reached": filters.ModelChoiceFilter(
            label=_("Has reached"), queryset=stages, method="by_reached", widget=forms.HiddenInput
        ),
        "furthest": filters.ModelChoiceFilter(
            label=_("Came as far as"), queryset=stages, method="by_furthest", widget=forms.HiddenInput
        ),
        "closed_at": filters.DateFromToRangeFilter(label=_("Closed")),
        "quiet": filters.NumberFilter(
            label=_("Days without a change"), method="by_quiet", min_value=0, max_value=10_000
        ),
    }
    if hasattr(kind.model, "marks"):
        made["channel"] = filters.CharFilter(label=_("Channel"), method="by_channel", widget=forms.HiddenInput)
    if kind.key == "lead":
        made["answered"] = filters.ChoiceFilter(label=_("First answer"), method="by_answer", choices=ANSWERS)
    return made


def _of_field(kind: Kind, item: Field, programs: bool) -> dict[str, Any]:
    name = item.key.removesuffix("_id")
    match item.type:
        case Type.PERSON if programs:
            return {name: filters.NumberFilter(label=_("Id of a person who watches it."), method="by_watcher")}
        case Type.PERSON:
            chosen = filters.ModelMultipleChoiceFilter
            return {name: chosen(label=item.title, queryset=everybody, method="by_watcher", distinct=False)}
        case Type.CHOICE if programs:
            return {name: filters.ChoiceFilter(choices=item.choices, label=item.title)}
        case Type.CHOICE if item.key == "currency":
            return {name: filters.ChoiceFilter(label=item.title, choices=Currency.choices)}
        case Type.CHOICE:
            return {name: filters.MultipleChoiceFilter(label=item.title, choices=item.choices, distinct=False)}
        case "amount":
            return {name: NumberRange(label=item.title)}
        case Type.DATE:
            return {name: filters.DateFromToRangeFilter(label=item.title)}
        case Type.YESNO:
            return {name: filters.BooleanFilter(label=item.title)}
        case "lost_reason":
            return {name: filters.ModelChoiceFilter(label=item.title, queryset=_reasons)}
        case "section":
            return {name: filters.NumberFilter(label=item.title, method="by_section", widget=forms.HiddenInput)}
        case Type.RECORD | "companies":
            if item.links != ("company",):
                return {name: filters.NumberFilter(label=item.title, field_name=item.key, widget=forms.HiddenInput)}
            name = "company" if name != "parent" else name
            return {name: filters.NumberFilter(label=item.title, method="by_company", widget=forms.HiddenInput)}
        case "contacts":
            return {"contact": filters.NumberFilter(label=item.title, method="by_person", widget=forms.HiddenInput)}
    return {}


def _filter_class(kind: Kind, whom: str) -> Any:
    class Meta:
        model = kind.model
        fields: list[str] = []

    return type(f"{kind.link.title()}Filter", (RecordFilter,), {"of": kind, "Meta": Meta, **_built_in(kind, whom)})


def filters_of(kind: Kind, *, programs: bool = False) -> Any:
    """The filters of `kind` for pages, or for the API; those of a smart kind are made when they are asked for."""
    made = (API_FILTERS if programs else FILTERS).get(kind.key)
    return made or _filter_class(kind, _FOR_PROGRAMS if programs else _FOR_PEOPLE)


FILTERS = {key: _filter_class(kind, _FOR_PEOPLE) for key, kind in KINDS.items()}
API_FILTERS = {key: _filter_class(kind, _FOR_PROGRAMS) for key, kind in KINDS.items()}
