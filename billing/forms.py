"""What people fill in about their money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.domain.requisites import FIELDS, SELLERS_FIELDS
from billing.domain.rounding import to_coins
from billing.domain.wallet_settings import MOST
from billing.models import Requisites
from infra.ui.forms import offer
from tenants.portals.forms import countries


class AmountField(forms.DecimalField):
    """Money as people type it: at most three digits after the point or comma, digits grouped or not."""

    places = 2
    """Digits after the point that the form's currency has."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal("0.001"))
        super().__init__(max_value=MOST, decimal_places=3, max_digits=13, **kwargs)
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """What is kept with six places is shown in coins."""
        return f"{value:.{self.places}f}" if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        typed = str(value or "").replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
        return super().to_python(typed)


class MoneyForm(forms.Form):
    """Amounts in one currency, which each label names."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.label, field.places = f"{field.label}, {currency}", get_currency_precision(currency)
        self.currency = currency

    def clean(self) -> dict[str, Any]:
        """Amounts in coins that there are."""
        data = super().clean() or {}
        for name, field in self.fields.items():
            amount = data.get(name)
            if isinstance(field, AmountField) and amount is not None and to_coins(amount, self.currency) != amount:
                text = _("At most %(places)d digits after the point.") % {"places": field.places}
                self.add_error(name, text if field.places else _("Give a whole number."))
        return data


class TopUpForm(MoneyForm):
    """How much to put into the wallet."""

    amount = AmountField(label=_("Amount"))


class NoticeForm(MoneyForm):
    """When the owners are told."""

    notice_below = AmountField(label=_("Balance below"), required=False)


class AutoTopUpForm(MoneyForm):
    """When the saved card is charged, how much, and how much a day at most."""

    auto_below = AmountField(label=_("When the balance falls below"), min_value=Decimal(0))
    auto_amount = AmountField(label=_("Charge the saved card"))
    auto_per_day = AmountField(label=_("A day at most"))


class TransferForm(MoneyForm):
    """How much will be sent by bank."""

    amount = AmountField(label=_("Amount"))


class RequisitesForm(forms.ModelForm):
    """The company as papers name it."""

    country = forms.ChoiceField(label=_("Country"), choices=countries)

    class Meta:
        model = Requisites
        fields: Sequence[str] = FIELDS
        help_texts = {"registration": _("In Russia the KPP, elsewhere the company's number in its register.")}


class SellerForm(RequisitesForm):
    """The requisites of whoever runs the service, with where to pay and the VAT that prices contain."""

    class Meta(RequisitesForm.Meta):
        fields = SELLERS_FIELDS
        help_texts = {**RequisitesForm.Meta.help_texts, "vat_rate": _("Prices contain it. 0: no VAT is charged.")}


class CapForm(forms.Form):
    """How much a department, or the company, may use in a month."""

    meter = forms.CharField(widget=forms.HiddenInput, max_length=16)
    department = forms.ChoiceField(label=pgettext_lazy("whom it covers", "For"))
    maximum = forms.DecimalField(
        label=_("A month at most"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=0,
        help_text=_("Empty: no cap."),
    )

    def __init__(self, *args: Any, departments: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("0", _("The whole company")), *((str(number), name) for number, name in departments.items())]
        offer(self, "department", choices)
