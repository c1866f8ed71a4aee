"""Prices and amounts in templates."""

from __future__ import annotations

from decimal import Decimal

from django import template

from billing.domain.amounts import amount_text, price_text

register = template.Library()


@register.filter
def price(amount: Decimal, currency: str) -> str:
    """`amount` with the sign of `currency`, in the active language."""
    return price_text(amount, currency)


@register.filter
def in_unit(amount: int | None, unit: str) -> str:
    """`amount` of a limit in its unit, "unlimited" for None."""
    return amount_text(amount, unit)
