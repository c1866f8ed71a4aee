"""Bound fields as HTML, and refusals of verbs put at the fields they speak of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django_filters.widgets import RangeWidget

from infra.kit.errors import PortalError
from infra.ui.widgets import TicksWidget

_CHECKS = (forms.CheckboxInput,)
_GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def _kind(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, _GROUPS):
        return "group"
    if isinstance(widget, _CHECKS):
        return "check"
    if isinstance(widget, TicksWidget | RangeWidget):
        return "several"
    return "input"


def _class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, _CHECKS):
        base = "form-check-input"
    elif isinstance(widget, forms.Select):
        base = "form-select"
    else:
        base = "form-control"
    own = widget.attrs.get("class", "")
    return " ".join(part for part in (base, own, "is-invalid" if field.errors else "") if part)


def field_html(field: BoundField, *, label: str = "", hint: str = "") -> SafeString:
    """Label, input, hint and errors of `field`, tied together for assistive technology."""
    if field.is_hidden:
        return SafeString(str(field))
    kind, hint = _kind(field), hint or str(field.help_text or "")
    described = [f"{field.auto_id}_hint"] if hint else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
    attributes: dict[str, str | bool] = {}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if field.errors:
        attributes["aria-invalid"] = "true"
    if kind == "group":
        field.field.widget.attrs["class"] = "form-check-input"
    else:
        attributes["class"] = _class(field)
    name = label or str(field.label)
    if label or str(field.field.widget.attrs.get("placeholder", "")).casefold() == name.casefold():
        attributes["placeholder"] = False  # it only repeats the label
    context = {
        "field": field,
        "kind": kind,
        "label": name,
        "hint": hint,
        "widget": "" if kind == "group" else field.as_widget(attrs=attributes),
        "described": " ".join(described),
        "optional": not field.field.required and kind == "input" and not getattr(field.form, "all_optional", False),
    }
    return render_to_string("ui/parts/field.html", context)


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """Let the choice field `name` of `form` offer `choices`: pairs of value and title, or groups of them."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


def form_errors(form: forms.BaseForm, error: PortalError) -> None:
    """Put a verb's refusal at the fields it names, the rest above the form. The form's data stay as typed."""
    placed = False
    for name, texts in error.fields.items():
        known = name if name in form.fields else None
        for text in texts:
            form.add_error(known, text)
            placed = True
    if not placed:
        form.add_error(None, str(error.message))
