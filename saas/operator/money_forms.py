"""What the operator fills in about money."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.domain.catalogue import plans_on_sale
from billing.forms import AmountField
from billing.models import Adjustment, PlanVersion, Subscription
from saas.operator.forms import ReasonForm


class CreditForm(ReasonForm):
    """How far below zero a wallet may go."""

    limit = AmountField(label=_("Credit limit"), min_value=0)

    field_order = ("limit", "reason")


class AdjustForm(ReasonForm):
    """A gift or a correction."""

    kind = forms.ChoiceField(label=_("What"), choices=Adjustment.KINDS)
    amount = AmountField(label=_("Amount"), min_value=None, help_text=_("A correction may be below zero."))

    field_order = ("kind", "amount", "reason")


class PaymentForm(forms.Form):
    """What a bank transfer is asked for: a plan, or an amount for the wallet."""

    version = forms.ModelChoiceField(
        label=_("Plan"), queryset=PlanVersion.objects.none(), required=False, empty_label=_("None: for the wallet")
    )
    period = forms.ChoiceField(label=_("Paid"), choices=Subscription.PERIODS, required=False)
    amount = AmountField(label=_("Amount for the wallet"), required=False, help_text=_("Empty when it is for a plan."))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [version.pk for version in plans_on_sale() if version.terms.prices.get(currency)]
        choice = cast(forms.ModelChoiceField, self.fields["version"])
        choice.queryset = PlanVersion.objects.filter(pk__in=offered).select_related("plan").order_by("plan__order")
        choice.label_from_instance = lambda obj: obj.title  # type: ignore[method-assign]  # as Django documents it

    def clean(self) -> dict[str, Any]:
        """One of both, and a period."""
        data = super().clean() or {}
        data["period"] = data.get("period") or "month"
        if not self.errors and (data.get("version") is None) == (data.get("amount") is None):
            self.add_error("amount", _("Choose a plan, or give an amount for the wallet."))
        return data
