"""The one short form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from infra.kit.zones import TIME_ZONES
from tenants.portals.domain.address import LONGEST

CURRENCY_OF = {"KZ": "KZT", "JP": "JPY", "KW": "KWD"}
EUROZONE = frozenset(["AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR"]) | frozenset(
    ["IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK"]
)


class SignupForm(forms.Form):
    """Company, person, password, address; what is hidden cannot set anything the visitor may not choose."""

    company = forms.CharField(
        label=_("Company"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        help_text=_("At least 10 characters; a short sentence is fine."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    address = forms.CharField(
        label=_("Portal address"),
        max_length=LONGEST + 80,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        ),
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}))
    form = forms.CharField(required=False, widget=forms.HiddenInput)
    proof = forms.CharField(required=False, widget=forms.HiddenInput)
    letter = forms.CharField(required=False, widget=forms.HiddenInput)
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_password(self) -> str:
        """The password, when it is strong enough beside the name and address."""
        password: str = self.cleaned_data["password"]
        try:
            validate_password(password)
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        return password

    def clean_time_zone(self) -> str:
        """The browser's zone, "UTC" for anything unknown."""
        zone: str = self.cleaned_data["time_zone"]
        return zone if zone in TIME_ZONES else "UTC"

    def typed(self, *names: str) -> dict[str, str]:
        """What was typed into these fields, right or wrong."""
        data: Any = self.data
        return {name: str(data.get(name, "")).strip()[:254] for name in names}


def currency_of(region: str, locale: str) -> str:
    """The currency a company of this country (ISO 3166-1, "" unknown) most likely counts in."""
    if region == "RU" or (not region and locale == "ru"):
        return "RUB"
    return "EUR" if region in EUROZONE else CURRENCY_OF.get(region, "USD")


def offered_locale(code: str) -> str:
    """`code` when the service offers that language, else English."""
    return code if code in settings.LANGUAGES_OFFERED else "en"
