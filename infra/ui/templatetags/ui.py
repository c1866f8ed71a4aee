"""`{% load ui %}`: icons, people, fields, and formats in the reader's language and zone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField
from django.template.base import NodeList
from django.template.context import Context
from django.template.loader import get_template
from django.template.loader_tags import BlockNode
from django.utils import timezone
from django.utils.safestring import SafeString

from infra.kit import access
from infra.ui import formats
from infra.ui.forms import field_html
from infra.ui.icons import icon_html
from infra.ui.people import avatar_html, initials_of, person_html

register = template.Library()


@register.filter
def may(person: Any, permission: str) -> bool:
    """Whether `person` holds `permission`; nobody holds ""."""
    return bool(permission) and getattr(person, "is_authenticated", False) and access.may(person, permission)


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite; with `label` it carries meaning of its own."""
    return icon_html(str(name), str(label), str(size))


@register.simple_tag
def avatar(person: Any, size: str = "md") -> SafeString:
    """A person's picture or initials."""
    return avatar_html(person, size)


@register.simple_tag
def person(who: Any) -> SafeString:
    """Picture and name."""
    return person_html(who)


@register.simple_tag
def render_field(field: BoundField, label: str = "", help: str = "") -> SafeString:  # noqa: A002
    """Label, input, hint and errors of a bound field."""
    return field_html(field, label=label, hint=help)


@register.simple_tag(takes_context=True)
def block_text(context: Context, name: str) -> SafeString:
    """What the block `name` of this page renders to, so that a shell can use one block in two places."""
    return SafeString(BlockNode(name, NodeList()).render(context).strip())


@register.simple_tag
def meter_level(used: int | None, maximum: int | None) -> str:
    """`ok`, `high` from 80 %, `full` at the limit."""
    if maximum is None:
        return "ok"
    if (used or 0) >= maximum:
        return "full"
    return "high" if (used or 0) * 5 >= maximum * 4 else "ok"


@register.filter
def quantity(value: int | None, unit: str = "") -> str:
    """A number with its unit; bytes in the greatest unit that fits."""
    if value is None:
        return ""
    if unit == "bytes":
        return formats.size(value)
    return formats.number(value)


@register.filter
def unlocalised(value: Any) -> str:
    """A number as machines read it, for attributes."""
    return str(value if value is not None else "")


@register.filter
def moment(when: datetime | None) -> str:
    return formats.moment(when)


@register.filter
def clock(when: datetime | None) -> str:
    return formats.clock(when)


@register.filter
def day(when: date | None) -> str:
    return formats.day(when)


@register.simple_tag
def today() -> str:
    """The day it is for the reader, with its weekday."""
    return formats.weekday(timezone.localdate())


@register.filter
def ago(when: datetime | None) -> str:
    return formats.ago(when)


@register.filter
def number(value: int | float | Decimal | None) -> str:
    return formats.number(value)


@register.filter
def money(amount: int | float | Decimal | None, currency: str) -> str:
    return formats.money(amount, currency)


@register.filter
def cents(amount: int | float | Decimal | None, currency: str) -> str:
    """Money in a column of figures: with its fraction, whole or not, so that digits stand under digits."""
    return formats.money(amount, currency, cents=True)


@register.filter
def size(amount: int) -> str:
    """Replaces Django's `filesizeformat`, which writes "1.0 TB"."""
    return formats.size(amount)


@register.filter
def phone(value: str | None) -> str:
    return formats.phone(value)


@register.filter
def initials(who: Any) -> str:
    return initials_of(who)


@register.inclusion_tag("ui/parts/letter_button.html")
def letter_button(url: str, text: str) -> dict[str, str]:
    """The one thing a letter asks for, with its address in letters for programs that show no buttons."""
    return {"url": url, "text": text}


@register.simple_tag(takes_context=True)
def include_with(context: Context, template_name: str, values: dict[str, Any]) -> SafeString:
    """Render a module's tile with its own values."""
    inner = context.new({**values, "request": context.get("request"), "shell": context.get("shell")})
    tile = get_template(template_name).template  # type: ignore[attr-defined]  # Django has one engine here
    with context.render_context.push_state(tile):
        return SafeString(tile.render(inner))
