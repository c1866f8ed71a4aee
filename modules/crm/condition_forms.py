"""Conditions in the editor of rules: each a row with the control of the list's own filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_filters.widgets import BooleanWidget

from infra.kit.errors import Text
from infra.ui.lists.filters import chips_of
from infra.ui.widgets import TicksWidget
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.domain.rules.conditions import EMPTY, FILLED, IS, NOT, choices_of, filterset
from modules.crm.widgets import PickerWidget

OPS: Mapping[str, Text] = {
    IS: pgettext_lazy("a condition", "is"),
    NOT: pgettext_lazy("a condition", "is not"),
    FILLED: gettext_lazy("is filled in"),
    EMPTY: gettext_lazy("is empty"),
}


class ConditionRow:
    """One condition: what it is about, how, and the control for the value. `place` is its number on the page."""

    def __init__(
        self,
        kind: Kind,
        place: int,
        choices: Sequence[tuple[str, Text]],
        *,
        data: QueryDict | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        self.kind, self.place, self.choices, self.prefix = kind, place, choices, f"c{place}"
        self.errors: list[str] = []
        kept = kept or {}
        given = data.get if data is not None else lambda name, usual: usual
        names = [name for name, _title in choices]
        self.field = str(given(f"{self.prefix}-field", kept.get("field") or names[0]))
        if self.field not in names:
            self.field = names[0]
        self.op = str(given(f"{self.prefix}-op", kept.get("op") or IS))
        self._data = data if data is not None else _prefixed(self.prefix, kept.get("data") or {})
        made = filterset(kind, self._data or None, prefix=self.prefix)
        self.can_compare = self.field in made.filters
        if not self.can_compare and self.op in (IS, NOT):
            self.op = FILLED
        self.control = self._control(made.form) if self.can_compare and self.op in (IS, NOT) else None

    def _control(self, form: Any) -> Any:
        field = form.fields[self.field]
        field.label = f"{dict(self.choices)[self.field]}"
        if isinstance(field.widget, forms.HiddenInput):
            linked = "contact" if self.field == "contact" else "company"
            field.widget = PickerWidget((linked,))
            field.widget.picked = _names(linked, self._data.get(f"{self.prefix}-{self.field}", ""))
        elif isinstance(field.widget, forms.SelectMultiple):
            choices = [(key, title) for key, title in field.choices if str(key)]
            field.widget = TicksWidget(choices=[(str(key), title) for key, title in choices])
        elif isinstance(field.widget, BooleanWidget | forms.NullBooleanSelect):
            field.widget.choices = [("true", _("yes")), ("false", _("no"))]
        return form[self.field]

    @property
    def ops(self) -> list[tuple[str, Text]]:
        """How it can be compared."""
        return [(key, title) for key, title in OPS.items() if self.can_compare or key in (FILLED, EMPTY)]

    def raw(self) -> dict[str, Any]:
        """What the verb reads."""
        start = f"{self.prefix}-"
        data = {
            name.removeprefix(start): values
            for name, values in self._data.lists()
            if name.startswith(f"{start}{self.field}") and not name.endswith("_given")
        }
        return {"field": self.field, "op": self.op, "data": data if self.op in (IS, NOT) else {}}


def _prefixed(prefix: str, data: Mapping[str, Any]) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, values in data.items():
        made.setlist(f"{prefix}-{name}", list(values))
    return made


def _names(linked: str, value: str) -> dict[str, str]:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        return {}
    row = kind_named(linked).rows().filter(pk=int(value)).first()
    return {value: str(row)} if row is not None else {}


class _Asked:
    """What `chips_of` looks at."""

    def __init__(self, query: QueryDict) -> None:
        self.GET = query


def condition_words(kind: Kind, conditions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Conditions as people say them: “Amount is 100 – …”."""
    titles = dict(choices_of(kind)) if conditions else {}
    words = []
    for condition in conditions:
        title, op = titles.get(condition["field"], condition["field"]), OPS[condition["op"]]
        value = ""
        if condition["op"] in (IS, NOT):
            query = _prefixed("x", condition["data"])
            plain = QueryDict(mutable=True)
            for name, values in query.lists():
                plain.setlist(name.removeprefix("x-"), values)
            chips: Any = chips_of(filterset(kind, plain), _Asked(plain))  # type: ignore[arg-type]  # asked like a request
            value = ", ".join(chip.value for chip in chips)
        words.append(f"{title} {op} {value}".strip())
    return words
