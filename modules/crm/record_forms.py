"""Forms made from fields. They carry what was typed; verbs read and refuse it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.ui.widgets import TicksWidget
from modules.crm.domain.fields import (
    ADDRESSES,
    AMOUNT,
    LOST_REASON,
    OPTIONS,
    PEOPLE_OF_DEAL,
    PLACES_OF_WORK,
    POINTS,
    PRICE_TYPE,
    PRODUCT_SECTION,
    Field,
    Type,
)
from modules.crm.domain.lost_reason import reasons
from modules.crm.domain.money import number_typed
from modules.crm.domain.selling.price_type import price_types
from modules.crm.domain.selling.product_section import section_choices
from modules.crm.domain.showing import names_for
from modules.crm.forms import people_choices
from modules.crm.widgets import (
    AddressesWidget,
    AddressWidget,
    MoneyWidget,
    PickerWidget,
    PointsWidget,
    RawField,
)

_KIND_OF = {"phones": "phone", "emails": "email", "messengers": "messenger", "sites": "site"}


class RecordForm(forms.Form):
    """Fields of a record; `initial` holds their values by key as `shaping.state_of` gives them."""

    all_optional = True  # no field is marked as optional: verbs say what is missing

    def __init__(self, *args: Any, items: Sequence[Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = {item.key: item for item in items if item.settable and item.type != Type.FILE}
        for key, item in self.items.items():
            self.fields[key] = form_field(item)
            self.initial[key] = _shown(item, self.initial.get(key))
        self._name_picked()

    def given(self) -> dict[str, Any]:
        """What was typed, by field key; fields that the browser did not send are not touched."""
        return {key: self.cleaned_data.get(key) for key in self.items if not self._omitted(key)}

    def _omitted(self, key: str) -> bool:
        widget = self.fields[key].widget
        if isinstance(widget, forms.CheckboxSelectMultiple | forms.SelectMultiple):
            return False
        return bool(widget.value_omitted_from_data(self.data, self.files, self.add_prefix(key)))

    def _name_picked(self) -> None:
        pickers = {key: field.widget for key, field in self.fields.items() if isinstance(field.widget, PickerWidget)}
        pairs = []
        for key in pickers:
            bound = self[key]
            value = bound.value()
            many = value if isinstance(value, list) else [value]
            ids = [one["company"] if isinstance(one, Mapping) else one for one in many]
            pairs.append((self.items[key], [one for one in map(_readable, ids) if one is not None]))
        names = names_for(pairs)
        for (kind, pk), title in names.items():
            for widget in pickers.values():
                if kind in widget.kinds:
                    widget.picked[f"{kind}:{pk}" if widget.prefixed else str(pk)] = title


def _readable(value: Any) -> Any:
    text = str(value or "")
    kind, colon, pk = text.rpartition(":")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    return text if colon and kind else int(pk)


def _shown(item: Field, value: Any) -> Any:
    if value is None:
        return ""
    if item.type == Type.MOMENT:
        moment = value if isinstance(value, datetime) else parse_datetime(str(value))
        return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""
    if item.type == Type.DATE:
        return value if isinstance(value, str) else value.isoformat()
    if item.type == AMOUNT:
        return number_typed(value) if value else ""
    if item.type == Type.YESNO:
        return "yes" if value else "no"
    if item.type == OPTIONS:
        return value if isinstance(value, str) else "; ".join(f"{name}: {one}" for name, one in value.items())
    if item.type == Type.MONEY and value:
        return {**value, "amount": number_typed(Decimal(str(value["amount"])))}
    if isinstance(value, Decimal) or (item.type == Type.NUMBER and value != ""):
        return number_typed(Decimal(str(value)))
    return value


def form_field(item: Field) -> forms.Field:
    """The control of a field."""
    common: dict[str, Any] = {"label": item.title, "required": False, "help_text": item.help}
    built: forms.Field
    match item.type:
        case _ if item.type in POINTS:
            built = RawField(widget=PointsWidget(_KIND_OF[item.type]), **common)
        case _ if item.type == ADDRESSES:
            built = RawField(widget=AddressesWidget(), **common)
        case Type.ADDRESS:
            built = RawField(widget=AddressWidget(), **common)
        case Type.MONEY:
            built = RawField(widget=MoneyWidget(), **common)
        case Type.RECORD:
            widget = PickerWidget(item.links, multiple=item.multiple, prefixed=item.custom)
            built = RawField(widget=widget, **common)
        case _ if item.type == PLACES_OF_WORK:
            built = RawField(widget=PickerWidget(item.links, multiple=True, posts=True), **common)
        case _ if item.type == PEOPLE_OF_DEAL:
            built = RawField(widget=PickerWidget(item.links, multiple=True), **common)
        case Type.CHOICES:
            choices = [(str(value), title) for value, title in item.choices]
            built = forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
        case Type.PERSON if item.multiple:
            built = forms.MultipleChoiceField(
                choices=people_choices(), widget=TicksWidget(none=pgettext_lazy("no people chosen", "nobody")), **common
            )
        case Type.CHOICE | Type.YESNO | Type.PERSON | "lost_reason" | "price_type" | "section":
            built = forms.ChoiceField(choices=_choices(item), **common)
        case Type.LONG_TEXT:
            built = forms.CharField(widget=forms.Textarea(attrs={"rows": 4, "maxlength": item.longest}), **common)
        case _:
            built = forms.CharField(widget=forms.TextInput(attrs=_attributes(item)), **common)
    if isinstance(built, forms.CharField):
        built.strip = False
    built.required = False
    return built


def _choices(item: Field) -> list[tuple[str, Any]]:
    empty: list[tuple[str, Any]] = [] if item.required and item.type == Type.CHOICE else [("", "—")]
    match item.type:
        case Type.YESNO:
            return [*([("", "—")] if item.custom else []), ("yes", _("yes")), ("no", _("no"))]
        case Type.PERSON:
            return people_choices(empty="—")
        case _ if item.type == LOST_REASON:
            return [("", "—"), *((str(reason.pk), reason.title) for reason in reasons())]
        case _ if item.type == PRICE_TYPE:
            return [("", "—"), *((str(row.pk), row.title) for row in price_types())]
        case _ if item.type == PRODUCT_SECTION:
            return [("", "—"), *section_choices()]
    return [*empty, *((str(value), title) for value, title in item.choices)]


def _attributes(item: Field) -> dict[str, Any]:
    match item.type:
        case Type.DATE:
            return {"type": "date", "min": "1900-01-01", "max": "2200-12-31"}
        case Type.MOMENT:
            return {"type": "datetime-local"}
        case Type.NUMBER | "amount":
            return {"inputmode": "decimal", "autocomplete": "off"}
        case Type.LINK:
            return {"inputmode": "url", "maxlength": item.longest}
    return {"maxlength": item.longest, "autocomplete": "off"}


def only(items: Iterable[Field], keys: Iterable[str]) -> list[Field]:
    """The fields named by `keys`, in that order."""
    known = {item.key: item for item in items}
    return [known[key] for key in keys if key in known]
