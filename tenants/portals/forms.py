"""Forms of this room."""

from __future__ import annotations

from typing import Any

from babel import Locale
from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.urls import reverse_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from infra.kit.zones import TIME_ZONES
from tenants.portals.models import Portal

_OLD_ZONES = ("Etc/", "SystemV/", "US/", "posix/", "right/")


def _locale() -> Locale:
    return Locale.parse((get_language() or "en").replace("-", "_"))


def countries() -> list[tuple[str, str]]:
    """ISO 3166-1 codes with their names in the active language."""
    names = [(code, name) for code, name in _locale().territories.items() if len(code) == 2 and code.isalpha()]
    return [("", "—"), *sorted((pair for pair in names if pair[0] not in {"ZZ", "EU", "UN", "QO"}), key=lambda p: p[1])]


def currencies() -> list[tuple[str, str]]:
    """Currencies in use (ISO 4217) with their names in the active language."""
    names = _locale().currencies
    used = [code for code in sorted(list_currencies()) if code in names and not code.startswith("X")]
    return [(code, f"{code} · {names[code]}") for code in used]


def time_zones() -> list[tuple[str, str]]:
    """IANA zones named by a place, and UTC."""
    names = [name for name in sorted(TIME_ZONES) if "/" in name and not name.startswith(_OLD_ZONES)]
    return [(name, name.replace("_", " ")) for name in ["UTC", *names]]


def languages() -> list[tuple[str, Any]]:
    """The languages offered."""
    return [(code, name) for code, name in settings.LANGUAGES if code in settings.LANGUAGES_OFFERED]


class CompanyForm(forms.Form):
    """What the company's settings page takes."""

    name = forms.CharField(label=_("Company"), max_length=150)
    locale = forms.ChoiceField(label=_("Language"), choices=languages)
    region = forms.ChoiceField(label=_("Country"), choices=countries, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies)
    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def of(portal: Portal) -> dict[str, Any]:
        """The form's first values."""
        return {name: getattr(portal, name) for name in CompanyForm.base_fields}


class LogoForm(forms.Form):
    """A picture."""

    logo = forms.FileField(
        label=_("Logo"),
        help_text=_("PNG, JPEG, WebP or GIF, at most 5 MB."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )


class AddressForm(forms.Form):
    """A new address."""

    address = forms.CharField(
        label=_("Address"),
        max_length=63,
        widget=forms.TextInput(
            attrs={
                "autocapitalize": "none",
                "autocomplete": "off",
                "spellcheck": "false",
                "hx-get": reverse_lazy("portals:address_check"),
                "hx-trigger": "input changed delay:300ms",
                "hx-target": "#address-state",
                "hx-swap": "innerHTML",
            }
        ),
    )


class DomainForm(forms.Form):
    """A domain of the company's own."""

    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        help_text=_("For example portal.example.com"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )


class ClosingForm(forms.Form):
    """The portal's address, typed by hand."""

    confirmation = forms.CharField(
        label=_("Address of the portal"), max_length=63, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
