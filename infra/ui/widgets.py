"""Form controls of the kit: several of a list in one line, both ends of a range side by side."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django_filters.widgets import DateRangeWidget, RangeWidget


class TicksWidget(forms.SelectMultiple):
    """Several of a list, in one line until it is opened: what is ticked is named, else `none`."""

    template_name = "ui/widgets/ticks.html"

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = (), *, none: Any = "") -> None:
        super().__init__(attrs, choices)
        self.none = none or pgettext_lazy("none of a list yet", "choose")

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = forms.Widget.get_context(self, name, value, attrs)  # without the tree of its options, which are below
        chosen = {str(one) for one in (value or [])}
        groups: list[tuple[Any, list[tuple[str, Any, bool]]]] = []
        for key, title in self.choices:
            inner = title if isinstance(title, list | tuple) else [(key, title)]
            options = [(str(one), name, str(one) in chosen) for one, name in inner if str(one)]
            if isinstance(title, list | tuple) or not groups:
                groups.append((key if isinstance(title, list | tuple) else "", options))
            else:
                groups[-1][1].extend(options)
        said = ", ".join(str(title) for _group, options in groups for _key, title, ticked in options if ticked)
        return {**context, "groups": groups, "said": said or self.none, "none": self.none}


def make_handy(form: forms.BaseForm) -> None:
    """Give the fields of a filter the kit's controls: lists to tick, days to pick, both ends of a range in one line."""
    for field in form.fields.values():
        widget: Any = field.widget
        if type(widget) is forms.SelectMultiple:
            field.widget = TicksWidget(none=_("Any"))
            field.widget.choices = widget.choices
        elif isinstance(widget, RangeWidget):
            widget.template_name = "ui/widgets/range.html"
            for end, title in zip(
                widget.widgets, (pgettext("of a range", "from"), pgettext("of a range", "to")), strict=True
            ):
                end.attrs |= {"placeholder": title, "aria-label": f"{field.label}: {title}"}
                end.input_type = "date" if isinstance(widget, DateRangeWidget) else "text"
