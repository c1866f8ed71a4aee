"""What figures can be grouped by: whatever the list of a kind can be filtered by, so that each group has its list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_skeleton
from django.db.models import DateField, DateTimeField, F, Func, JSONField, TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import (
    Cast,
    Coalesce,
    NullIf,
    TruncDay,
    TruncMonth,
    TruncQuarter,
    TruncWeek,
    TruncYear,
)
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.access import may
from infra.kit.errors import Text
from infra.ui import formats
from modules.crm.domain.access import visible
from modules.crm.domain.fields import LOST_REASON, Field, Type
from modules.crm.domain.kinds import COMPANY, Kind
from modules.crm.domain.reports.asking import Ask, span_of
from modules.crm.domain.reports.period import ending
from modules.crm.models import LostReason, Pipeline, Stage
from tenants.people.models import User

UNITS: dict[str, tuple[Text, Any]] = {
    "day": (gettext_lazy("by day"), TruncDay),
    "week": (gettext_lazy("by week"), TruncWeek),
    "month": (gettext_lazy("by month"), TruncMonth),
    "quarter": (gettext_lazy("by quarter"), TruncQuarter),
    "year": (gettext_lazy("by year"), TruncYear),
}
Labels = Mapping[Any, str]


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A way to group records of a kind.

    `expression` is what is grouped by, `labels` what its values are called, `params` the list's filter for a value.
    `unit` is that of a date, "" of anything else; the groups of `ranked` ones come in the order of their labels; of
    `many` a record may be in several groups.
    """

    key: str
    title: Text
    expression: Any
    labels: Callable[[Ask, Iterable[Any]], Labels]
    params: Callable[[Any], dict[str, Any]]
    unit: str = ""
    ranked: bool = False
    many: bool = False

    def label(self, labels: Labels, value: Any) -> str:
        """What the group of `value` is called."""
        return _("not filled in") if value is None or value == "" else labels.get(value, "—")


def dimensions(ask: Ask, kind: Kind) -> dict[str, Dimension]:
    """All ways to group that the person may use, by key."""
    closed = ask.closed(kind)
    found = [_people(), *(_staged(kind) if kind.staged else [])]
    for item in kind.fields:
        if item.in_filter and item.key not in closed:
            found += _of_field(kind, item)
    found += _dates("created_at", gettext_lazy("Created"))
    if kind.staged:
        found += _dates("closed_at", gettext_lazy("Closed"))
    for item in ask.own_fields(kind):
        if item.in_filter and item.key not in closed:
            found += _of_custom(item)
    return {item.key: item for item in found}


def _people() -> Dimension:
    def labels(ask: Ask, ids: Iterable[Any]) -> Labels:
        return {person.pk: person.display_name for person in User.objects.filter(pk__in=[pk for pk in ids if pk])}

    return Dimension(
        key="responsible",
        title=gettext_lazy("Responsible"),
        expression=F("responsible_id"),
        labels=labels,
        params=_key("responsible", "responsible_id"),
    )


def _key(name: str, field: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {"empty": [field]} if value is None or value == "" else {name: value}


def _rows(model: Any) -> Callable[[Ask, Iterable[Any]], Labels]:
    return lambda ask, ids: {row.pk: row.title for row in model.objects.filter(pk__in=[pk for pk in ids if pk])}


def _given(choices: Iterable[tuple[Any, Any]]) -> Callable[[Ask, Iterable[Any]], Labels]:
    return lambda ask, values: {value: str(title) for value, title in choices}


def _staged(kind: Kind) -> list[Dimension]:
    def stages(ask: Ask, ids: Iterable[Any]) -> Labels:
        rows = Stage.objects.filter(pk__in=ids).select_related("pipeline")
        return {row.pk: row.title for row in rows.order_by("pipeline__position", "pipeline_id", "position", "pk")}

    return [
        Dimension(
            key="stage",
            title=gettext_lazy("Stage"),
            expression=F("stage_id"),
            labels=stages,
            params=_key("stage", ""),
            ranked=True,
        ),
        Dimension(
            key="pipeline",
            title=gettext_lazy("Pipeline"),
            expression=F("stage__pipeline_id"),
            labels=_rows(Pipeline),
            params=_key("pipeline", ""),
        ),
        Dimension(
            key="kind",
            title=gettext_lazy("State"),
            expression=F("stage__kind"),
            labels=_given(Stage.Kind.choices),
            params=_key("kind", ""),
            ranked=True,
        ),
        *_channel(kind),
    ]


def _channel(kind: Kind) -> list[Dimension]:
    if not hasattr(kind.model, "marks"):
        return []
    return [
        Dimension(
            key="channel",
            title=gettext_lazy("Channel"),
            expression=NullIf(KeyTextTransform("utm_source", "marks"), Value("", output_field=TextField())),
            labels=lambda ask, values: {value: str(value) for value in values},
            params=_key("channel", "channel"),
        )
    ]


def _of_field(kind: Kind, item: Field) -> list[Dimension]:
    name = item.key.removesuffix("_id")
    match item.type:
        case Type.CHOICE:
            labels, expression = _given(item.choices), F(item.key)
        case Type.YESNO:
            labels, expression = _yes_no, F(item.key)
        case Type.DATE:
            return _dates(item.key, item.title)
        case str() if item.type == LOST_REASON:
            labels, expression = _rows(LostReason), F("lost_reason_id")
        case Type.RECORD if item.key == "company_id":
            labels, expression, name = _companies, F("company_id"), "client"
        case _:
            return []
    params = _key(name, item.key)
    if item.type == Type.YESNO:
        params = _yes(name)
    return [Dimension(key=name, title=item.title, expression=expression, labels=labels, params=params)]


def _companies(ask: Ask, ids: Iterable[Any]) -> Labels:
    """Names of the companies that the person may see."""
    if not may(ask.actor, COMPANY.permission("view")):
        return {}
    rows = visible(ask.actor, COMPANY).filter(pk__in=[pk for pk in ids if pk])
    return dict(rows.values_list("pk", "name"))


def _yes_no(ask: Ask, values: Iterable[Any]) -> Labels:
    return {True: _("yes"), False: _("no"), "true": _("yes"), "false": _("no")}


def _yes(name: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {name: "true" if value else "false"}


def _dates(field: str, title: Text, expression: Any = None) -> list[Dimension]:
    return [date_dimension(field, title, unit, expression) for unit in UNITS]


def date_dimension(field: str, title: Text, unit: str, expression: Any = None) -> Dimension:
    """By the day, week, month, quarter or year of a day or moment."""

    def params(value: Any) -> dict[str, Any]:
        if value is None:
            return {"empty": [field]}
        first = _day(value)
        return span_of(field, first, ending(first, unit))

    return Dimension(
        key=f"{field}.{unit}",
        title=title,
        expression=UNITS[unit][1](expression or F(field)),
        labels=lambda ask, values: {value: date_label(_day(value), unit) for value in values if value is not None},
        params=params,
        unit=unit,
    )


def _day(value: Any) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def date_label(day: date, unit: str) -> str:
    """The week, month, quarter or year that begins at `day`, in words."""
    locale = formats.current_locale()
    match unit:
        case "day" | "week":
            return formats.day(day)
        case "month":
            return str(format_skeleton("yMMM", day, locale=locale))
        case "quarter":
            return str(format_date(day, "QQQ y", locale=locale))
    return str(day.year)


def _of_custom(item: Field) -> list[Dimension]:
    kept = KeyTextTransform(item.key, "custom")
    match item.type:
        case Type.DATE:
            return _dates(item.key, item.title, Cast(kept, DateField()))
        case Type.MOMENT:
            return _dates(item.key, item.title, Cast(kept, DateTimeField()))
        case Type.YESNO:
            return [
                Dimension(
                    key=item.key,
                    title=item.title,
                    expression=kept,
                    labels=_yes_no,
                    params=lambda value: {"empty": [item.key]} if value is None else {item.key: _word(value)},
                )
            ]
        case Type.CHOICE | Type.CHOICES:
            labels = _given([(str(pk), name) for pk, name in (*item.choices, *item.retired)])
        case Type.PERSON:
            labels = _named_people
        case _:
            return []
    many = item.multiple or item.type == Type.CHOICES
    expression: Any = _each(item.key) if many else kept
    return [
        Dimension(
            key=item.key,
            title=item.title,
            expression=expression,
            labels=labels,
            params=_key(item.key, item.key),
            many=many,
        )
    ]


def _word(value: Any) -> str:
    return "yes" if str(value).lower() == "true" else "no"


def _named_people(ask: Ask, ids: Iterable[Any]) -> Labels:
    rows = User.objects.filter(pk__in=[int(pk) for pk in ids if pk])
    return {str(person.pk): person.display_name for person in rows}


def _each(key: str) -> Any:
    """A row for each of several options; one without any counts as one without."""
    none = Value([None], output_field=JSONField())
    return _rows_of(Coalesce(NullIf(KeyTransform(key, "custom"), Value([], output_field=JSONField())), none))


def _rows_of(options: Any) -> Any:
    return Func(options, function="jsonb_array_elements_text", output_field=TextField())


def crossed(by: Dimension, then: Dimension) -> Any:
    """What to group by for `then` beside `by`. Where both have several groups for one record, each of the one stands
    beside each of the other: PostgreSQL puts two such columns side by side in step unless one is inside the other."""
    if not (by.many and then.many):
        return then.expression
    options = then.expression.get_source_expressions()[0]
    both = Func(Value("of"), options, Value("by"), by.expression, function="jsonb_build_object")
    return _rows_of(Func(both, Value("of"), function="jsonb_extract_path", output_field=JSONField()))
