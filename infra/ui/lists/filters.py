"""The filter bar: a django-filter FilterSet, its form, and the chips that say what is filtered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.forms import NullBooleanSelect
from django.http import HttpRequest, QueryDict
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext as _
from django_filters.widgets import BooleanWidget

from infra.ui import formats

# Parameters of a list that are not filters.
OWN = frozenset({"q", "order", "after", "before", "view", "export", "do", "part", "card", "column", "totals"})

_DASHES = "---------"  # Django's word for "not chosen"


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One active filter: what it says, and the address without it."""

    label: str
    value: str
    url: str


def query_without(query: QueryDict, names: Iterable[str], **values: str) -> str:
    """`query` as a URL's tail without `names`, with `values` set."""
    kept = query.copy()
    for name in {*names, *values}:
        kept.pop(name, None)
    for name, value in values.items():
        if value:
            kept[name] = value
    text = kept.urlencode()
    return f"?{text}" if text else "?"


def filterset_of(filterset_class: Any, request: HttpRequest, rows: QuerySet[Any, Any]) -> Any:
    """The bound FilterSet, or None where the screen has none."""
    if filterset_class is None:
        return None
    filterset = filterset_class(request.GET, queryset=rows, request=request)
    for field in filterset.form.fields.values():
        if getattr(field, "empty_label", None) == _DASHES:
            field.empty_label = _("Any")
            if not hasattr(field, "queryset"):  # its choices remember the label of the field they were copied from
                field.widget.choices = _with_any(field.widget.choices)
        if isinstance(field.widget, BooleanWidget | NullBooleanSelect):  # says "unknown" where a filter means "either"
            field.widget.choices = [("", _("either")), ("true", _("yes")), ("false", _("no"))]
    return filterset


def _with_any(choices: Iterable[Any]) -> CallableChoiceIterator:
    """The same choices, read when they are drawn, with a word for none of them."""
    return CallableChoiceIterator(lambda: [("", _("Any")), *(pair for pair in choices if pair[0] != "")])


def chips_of(filterset: Any, request: HttpRequest) -> list[Chip]:
    """The active filters, in the form's order."""
    if filterset is None:
        return []
    filterset.form.is_valid()  # what is wrong is left out, see `lost_chips`
    return list(_chips(filterset.form, request.GET))


def lost_chips(filterset: Any, request: HttpRequest, names: Iterable[str]) -> Iterator[Chip]:
    """What is filtered by and is not there any more, or not for this person."""
    fields = filterset.form.fields
    for name in dict.fromkeys(names):
        field = fields.get(name) or fields.get(name.rpartition("_")[0])
        yield Chip(
            label=str(field.label or name) if field is not None else _("Filter"),
            value=_("not there any more, or not for you"),
            url=query_without(request.GET, [name, "after", "before"]),
        )


def _chips(form: Any, query: QueryDict) -> Iterator[Chip]:
    for name, value in form.cleaned_data.items():
        given = [key for key in query if key == name or key.startswith((f"{name}_min", f"{name}_max", f"{name}_after"))]
        given += [key for key in query if key == f"{name}_before"]
        if not given or value in (None, "", [], ()) or (hasattr(value, "exists") and not value):
            continue
        field = form.fields[name]
        yield Chip(
            label=str(field.label or name),
            value=_words(value, _titles(field)),
            url=query_without(query, [*given, "after", "before"]),
        )


def _titles(field: Any) -> dict[Any, Any]:
    """What a choice is called; groups of choices are flattened, rows of the database speak for themselves."""
    if not hasattr(field, "choices") or hasattr(field, "queryset"):
        return {}
    found: dict[Any, Any] = {}
    for key, title in (pair for pair in field.choices):  # its length may be unknown: choices can be a function
        found |= dict(title) if isinstance(title, (list, tuple)) else {key: title}
    return found


def _words(value: Any, choices: dict[Any, Any]) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case slice():
            low, high = _words(value.start, choices), _words(value.stop, choices)
            return f"{low or '…'} – {high or '…'}"
        case None:
            return ""
        case datetime() | date():
            return formats.day(value)
        case Model():
            return str(value)
        case list() | tuple() | QuerySet():
            return ", ".join(_words(item, choices) for item in value)
    return str(choices.get(value, value)).strip()
