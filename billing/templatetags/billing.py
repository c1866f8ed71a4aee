"""Prices and amounts in templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from billing.domain.amounts import amount_text, coins_text, money_text, price_text, with_phones
from billing.views.tabs import tabs_for

register = template.Library()


@register.filter
def price(amount: Decimal, currency: str) -> str:
    """`amount` with the sign of `currency`, in the active language."""
    return price_text(amount, currency)


@register.filter
def in_unit(amount: int | None, unit: str) -> str:
    """`amount` of a limit in its unit, "unlimited" for None."""
    return amount_text(amount, unit)


@register.filter
def exact(amount: Decimal, currency: str) -> str:
    """An amount of the ledger in `currency` with nothing rounded away."""
    return money_text(amount, currency)


@register.filter
def coins(amount: Decimal, currency: str) -> str:
    """An amount of the ledger in whole coins of `currency`, rounded down."""
    return coins_text(amount, currency)


@register.filter
def phones(text: str) -> str:
    """`text` with the phone numbers in it as people write them."""
    return with_phones(text)


@register.simple_tag(takes_context=True)
def billing_tabs(context: template.Context, active: str) -> SafeString:
    """The tabs over the pages about the plan and money; `active` is the key of this one."""
    request = context["request"]
    return render_to_string("billing/tabs.html", {"tabs": tabs_for(request.user, active)}, request=request)


@register.filter
def entry(found: Mapping[str, Any], key: str) -> Any:
    """The value under `key`, None where there is none."""
    return found.get(key)


@register.inclusion_tag("billing/history_line.html")
def history_line(days: Sequence[tuple[date, int]], unit: str, title: str) -> dict[str, Any]:
    """Use by day as a line, and in words for who does not see it."""
    top = max((used for _day, used in days), default=0) or 1
    width = max(len(days) - 1, 1)
    points = " ".join(
        f"{place * 300 / width:.1f},{58 - used * 54 / top:.1f}" for place, (_day, used) in enumerate(days)
    )
    return {"points": points, "first": days[0], "last": days[-1], "unit": unit, "title": title}
