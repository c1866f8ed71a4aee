"""Fields of this room's screens; rules are in the verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.people.domain.queries import colleagues


def _languages() -> list[tuple[str, Any]]:
    return [(code, name) for code, name in settings.LANGUAGES if code in settings.LANGUAGES_OFFERED]


class SiteForm(forms.Form):
    """Name, language and colour of a site."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Visitors see it at the top of every page."))
    language = forms.ChoiceField(label=_("Language of the site"), choices=_languages)
    theme_color = forms.CharField(label=_("Colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color"}))


class NewSiteForm(SiteForm):
    """A new site: also its address."""

    slug = forms.CharField(
        label=_("Address"), required=False, max_length=40, widget=forms.TextInput(attrs={"spellcheck": "false"})
    )
    field_order = ["name", "slug", "language", "theme_color"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].help_text = address_hint("")
        self.fields["name"].widget.attrs |= {
            "hx-get": reverse("sites:address_hint"),
            "hx-trigger": "input changed delay:350ms",
            "hx-target": "#id_slug_hint",
            "hx-sync": "this:replace",
        }


def address_hint(slug: str) -> str:
    """What the address field says while it is empty: where the site will be."""
    if slug:
        return gettext("Left empty, the site will be at %(address)s.") % {"address": f"{slug}.{settings.SITES_DOMAIN}"}
    return gettext("The part before .%(domain)s. Left empty, it is made from the name.") % {
        "domain": settings.SITES_DOMAIN
    }


class NewPageForm(forms.Form):
    """A new page of a site."""

    title = forms.CharField(label=_("Title"), max_length=120)
    path = forms.CharField(
        label=_("Address"), max_length=60, help_text=_("What follows the site's address, for example: prices")
    )


class NewFormForm(forms.Form):
    """A new form of a site."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Shown to you, and above the form on its own page.")
    )


def people_choices() -> list[tuple[str, str]]:
    """Who can be responsible for leads, and nobody in particular first."""
    return [
        ("", str(_("Whoever is next in turn"))),
        *((str(person.pk), person.display_name) for person in colleagues()),
    ]
