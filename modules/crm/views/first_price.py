"""The price that the form of a new product asks for: of the usual type, in the usual currency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain.people import default_currency
from modules.crm.domain.selling.price_type import usual_price_type
from modules.crm.domain.selling.prices import set_prices

PRICE = "price"


def ask_price(form: forms.Form) -> None:
    """Put the price before what is said of its VAT."""
    form.fields[PRICE] = forms.CharField(
        label=_("Price, %(currency)s") % {"currency": default_currency()},
        required=False,
        max_length=40,
        help_text=_("%(type)s. Other prices and currencies are set on its card.") % {"type": usual_price_type().title},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    names = [name for name in form.fields if name != PRICE]
    place = names.index("vat_rate") if "vat_rate" in names else len(names)
    form.order_fields([*names[:place], PRICE, *names[place:]])


def take_price(actor: Actor, product: Any, typed: str) -> None:
    """Give a new product the price that was typed. Raises what `set_prices` does, Invalid by the form's name."""
    try:
        set_prices(actor=actor, product=product, prices={(usual_price_type().pk, default_currency()): typed})
    except Invalid as error:
        raise Invalid(fields={PRICE: [text for texts in error.fields.values() for text in texts]}) from error
