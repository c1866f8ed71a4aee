"""What templates of CRM need beside the interface kit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from infra.ui.templatetags.ui import icon
from modules.crm.domain.activity import title_of
from modules.crm.domain.kinds import Kind, kind_of
from modules.crm.domain.money import number_typed
from modules.crm.models import Activity, Stage
from modules.crm.views.timeline import ICONS
from modules.crm.views.tones import STATUS_TONES

register = template.Library()


@register.simple_tag
def record_url(kind: Kind, verb: str, pk: int) -> str:
    """The address of a page of a record: its card without `verb`."""
    return kind.url(verb or "card", pk)


@register.filter
def status_tone(record: Any) -> str:
    """The tone of the state of a quote or an invoice; "info" of what has none."""
    return STATUS_TONES.get(getattr(record, "status", ""), "info")


@register.filter
def typed(number: Decimal) -> str:
    """A number with every digit it has, as people write it."""
    return number_typed(number)


@register.filter
def at_most(count: int) -> str:
    """A count beside a name: beyond 99 nobody reads the digits."""
    return "99+" if count > 99 else str(count)


@register.simple_tag
def make_url(kind: Kind, pk: int, what: str) -> str:
    """Where a quote or an invoice is made of a record."""
    return kind.url("make", pk, what)


@register.simple_tag
def edit_url(kind: Kind, pk: int, part: str) -> str:
    """Where a field is changed in place."""
    return kind.url("edit", pk, part)


@register.simple_tag
def requisite_url(kind: Kind, pk: int, requisite_id: int) -> str:
    """Where legal details are changed."""
    return kind.url("requisite", pk, requisite_id)


@register.simple_tag
def card_url(record: Any) -> str:
    """The address of a record's card."""
    return kind_of(record).url("card", record.pk)


@register.filter
def activity_title(activity: Activity) -> str:
    """What an activity is called."""
    return title_of(activity)


@register.simple_tag
def activity_icon(activity: Activity) -> SafeString:
    """The icon of an activity's kind."""
    own = activity.own_kind
    name = own.icon if own is not None else ICONS.get(activity.kind, "star")
    tone = own.colour if own is not None else Stage.Colour.ACCENT
    return format_html('<span class="crm-step-icon ui-tone-{}">{}</span>', tone, icon(name))


@register.simple_tag
def requisite_remove_url(kind: Kind, pk: int, requisite_id: int) -> str:
    """Where legal details are removed."""
    return kind.url("requisite_remove", pk, requisite_id)


@register.simple_tag
def say(bound: BoundField) -> SafeString:
    """A control as a part of a sentence: its label is for assistive technology, that of a tick is beside it."""
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        tick = bound.as_widget(attrs={"class": "form-check-input"})
        return format_html(
            '<label class="form-check">{}<span class="form-check-label">{}</span></label>', tick, bound.label
        )
    base = "form-select" if isinstance(widget, forms.Select) and not widget.allow_multiple_selected else "form-control"
    wrong = " is-invalid" if bound.errors else ""
    control = bound.as_widget(attrs={"class": f"{base}{wrong}", "aria-label": str(bound.label)})
    return SafeString(control)
