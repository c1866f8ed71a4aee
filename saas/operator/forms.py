"""What the operator fills in."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.domain.catalogue import LARGEST, plans_on_sale
from billing.models import PlanVersion, Subscription
from infra.kit.registry import registry
from infra.ui.forms import offer


class ReasonForm(forms.Form):
    """A sentence that the portal's own audit log will show."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("The company reads this in its audit log."))


class SizeField(forms.CharField):
    """Bytes as a person writes them: "5 GB", "1.5 TB", or a plain number; None for an empty field."""

    _PLACES: ClassVar[dict[str, int]] = {"": 1, "B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
    _WRITTEN = re.compile(r"(\d{1,19}(?:\.\d{1,6})?)\s*([KMGT]?B)?")

    _LOOK_ALIKE = str.maketrans("\u041a\u041c\u0413\u0422\u0411,\xa0", "KMGTB. ")  # Cyrillic units

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)

    def written(self, size: int | None) -> str:
        """`size` in the largest unit that divides it."""
        if size is None:
            return ""
        units = [(unit, one) for unit, one in self._PLACES.items() if one > 1 and size and size % one == 0]
        return f"{size // units[-1][1]} {units[-1][0]}" if units else str(size)

    def clean(self, value: Any) -> int | None:
        """The bytes. Raises ValidationError."""
        text = super().clean(value).upper().translate(self._LOOK_ALIKE).strip()
        if not text:
            return None
        found = self._WRITTEN.fullmatch(text)
        size = int(Decimal(found[1]) * self._PLACES[found[2] or ""]) if found else LARGEST + 1
        if size > LARGEST:
            raise forms.ValidationError(_("Give a size such as 5 GB, 500 MB or 1.5 TB."))
        return size


class PlanForm(ReasonForm):
    """Which plan, paid how often. `expected` is the version the operator saw."""

    version = forms.ModelChoiceField(label=_("Plan"), queryset=PlanVersion.objects.none(), empty_label=None)
    period = forms.ChoiceField(label=_("Paid"), choices=Subscription.PERIODS)
    expected = forms.ModelChoiceField(queryset=PlanVersion.objects.none(), widget=forms.HiddenInput)

    field_order = ("version", "period", "reason")

    def __init__(self, *args: Any, current: PlanVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {version.pk for version in plans_on_sale()} | {current.pk}
        choice = cast(forms.ModelChoiceField, self.fields["version"])
        choice.queryset = PlanVersion.objects.filter(pk__in=offered).select_related("plan").order_by("plan__order")
        choice.label_from_instance = lambda obj: f"{obj.title} ({obj.number})"  # type: ignore[method-assign]  # as Django documents it
        cast(forms.ModelChoiceField, self.fields["expected"]).queryset = PlanVersion.objects.all()
        self.initial.update(version=current.pk, expected=current.pk)


class TrialForm(ReasonForm):
    """Until when the portal may try the top plan."""

    until = forms.DateField(label=_("Trial until"), widget=forms.DateInput(attrs={"type": "date"}))

    field_order = ("until", "reason")


class OverrideForm(ReasonForm):
    """One feature or limit that differs from the plan."""

    key = forms.ChoiceField(label=_("What"))
    value = forms.CharField(
        label=_("Value"),
        required=False,
        max_length=20,
        help_text=_("A limit: a whole number in its unit, empty for unlimited. A feature: yes or no."),
    )
    expires = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: for good."),
    )

    field_order = ("key", "value", "expires", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = [(limit.key, limit.title) for limit in registry.limits]
        items += [(feature.key, feature.title) for feature in registry.features]
        offer(self, "key", items)

    def clean(self) -> dict[str, Any]:
        """`value` as what the key wants: int or None for a limit, bool for a feature."""
        data = super().clean() or {}
        key, typed = data.get("key", ""), data.get("value", "").strip().lower()
        if any(item.key == key for item in registry.limits):
            if typed and not typed.replace(" ", "").isdecimal():
                self.add_error("value", _("Give a whole number, or leave it empty for unlimited."))
            else:
                data["value"] = int(typed.replace(" ", "")) if typed else None
        elif key:
            if typed not in {"yes", "no"}:
                self.add_error("value", _("Write yes or no."))
            data["value"] = typed == "yes"
        return data
