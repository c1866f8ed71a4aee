"""Fields of this room's screens; rules are in the verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from infra.ui.forms import offer
from modules.sites.domain import site_templates
from modules.sites.domain.theme import FONTS, RADII, SCHEMES, SPACES, named
from modules.sites.models import Page, PageKind, Site
from tenants.people.domain.queries import colleagues


def _languages() -> list[tuple[str, Any]]:
    return [(code, name) for code, name in settings.LANGUAGES if code in settings.LANGUAGES_OFFERED]


def _pictures(site: Site) -> list[tuple[str, Any]]:
    rows = site.assets.order_by("-pk")[:100]
    return [
        (row.name, row.alt or gettext("Picture of %(day)s") % {"day": f"{row.created_at:%d.%m.%Y}"}) for row in rows
    ]


class SiteForm(forms.Form):
    """Name, language and colour of a site."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Visitors see it at the top of every page."))
    language = forms.ChoiceField(label=_("Language of the site"), choices=_languages)
    theme_color = forms.CharField(label=_("Colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color"}))


def _templates() -> list[tuple[str, Any]]:
    rows = site_templates.offered((get_language() or "en")[:2])
    return [("", _("A plain page with a form")), *((row.key, row.title) for row in rows)]


class NewSiteForm(SiteForm):
    """A new site: also its address."""

    slug = forms.CharField(
        label=_("Address"), required=False, max_length=40, widget=forms.TextInput(attrs={"spellcheck": "false"})
    )
    template = forms.ChoiceField(
        label=_("Begin with"),
        required=False,
        choices=_templates,
        widget=forms.RadioSelect(attrs={"class": "sites-pick"}),
    )
    field_order = ["name", "slug", "language", "template", "theme_color"]

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


class SiteSettingsForm(SiteForm):
    """Also where old addresses lead, what messengers show, and own lines of the head."""

    share_image = forms.ChoiceField(
        label=_("Picture for messengers"),
        required=False,
        help_text=_("One of the pictures you uploaded in the editor; it is shown beside a link to the site."),
    )
    redirects = forms.CharField(
        label=_("Old addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "/old /new"}),
        help_text=_("One a line: the old path, a space, the new address."),
    )
    head_html = forms.CharField(
        label=_("Own lines of the head"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": '<meta name="…" content="…">'}),
        help_text=_("Only meta and link lines, such as those that prove to a search engine that the site is yours."),
    )

    def __init__(self, *args: Any, site: Site, own_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "share_image", [("", _("None")), *_pictures(site)])
        if not own_code:
            del self.fields["head_html"]

    def clean_redirects(self) -> list[list[str]]:
        """Old path and new address of each line."""
        lines: str = self.cleaned_data["redirects"]
        return [line.split() for line in lines.splitlines() if line.strip()]


class PlanForm(forms.Form):
    """When the site publishes itself."""

    at = forms.DateTimeField(
        label=_("Publish by itself at"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class ParcelForm(forms.Form):
    """A site out of a ZIP."""

    file = forms.FileField(label=_("ZIP of a site"))
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    slug = forms.CharField(label=_("Address"), max_length=40, required=False)


class NewPageForm(forms.Form):
    """A new page of a site."""

    title = forms.CharField(label=pgettext_lazy("of a page", "Title"), max_length=120)
    path = forms.CharField(
        label=_("Address"), max_length=60, help_text=_("What follows the site's address, for example: prices")
    )


class PageForm(forms.Form):
    """How a page is found and where it stands."""

    title = forms.CharField(label=pgettext_lazy("of a page", "Title"), max_length=120)
    path = forms.CharField(label=_("Address"), max_length=60, required=False)
    description = forms.CharField(
        label=_("Description for search engines"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Two sentences that make people open the link."),
    )
    in_menu = forms.BooleanField(label=_("Shown in the menu"), required=False)
    menu_title = forms.CharField(label=_("Name in the menu"), max_length=40, required=False)
    share_image = forms.ChoiceField(
        label=_("Picture for messengers"),
        required=False,
        help_text=_("One of the pictures you uploaded in the editor; it is shown beside a link to the page."),
    )
    language = forms.ChoiceField(label=_("Language of this page"), required=False)
    translation_of = forms.TypedChoiceField(
        label=_("Translates the page"), required=False, coerce=int, empty_value=None
    )
    draft = forms.BooleanField(label=_("Draft: left out when the site is published"), required=False)
    hidden = forms.BooleanField(label=_("Hidden from search engines"), required=False)
    bare = forms.BooleanField(label=_("Without the header and footer of the site"), required=False)

    def __init__(self, *args: Any, page: Page, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if page.kind != PageKind.PAGE:
            for name in list(self.fields):
                if name != "title":
                    del self.fields[name]
            return
        if not page.path:
            del self.fields["path"]
            del self.fields["draft"]
        else:
            self.fields["path"].required = True
        others = page.site.pages.filter(kind=PageKind.PAGE, translation_of=None).exclude(pk=page.pk)
        choices: dict[str, list[tuple[Any, Any]]] = {
            "language": [("", _("As the site")), *_languages()],
            "translation_of": [("", _("None")), *((other.pk, other.title) for other in others)],
            "share_image": [("", _("As the site")), *_pictures(page.site)],
        }
        for name, offered in choices.items():
            offer(self, name, offered)


class LookForm(forms.Form):
    """The theme of a site; every page is drawn from it."""

    accent = forms.CharField(label=_("Colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color"}))
    scheme = forms.ChoiceField(label=_("Light or dark"), choices=list(SCHEMES.items()))
    heading = forms.ChoiceField(label=_("Font of headings"), choices=named(FONTS))
    body = forms.ChoiceField(label=_("Font of text"), choices=named(FONTS))
    radius = forms.ChoiceField(label=_("Corners"), choices=named(RADII))
    space = forms.ChoiceField(label=_("Room between things"), choices=named(SPACES))


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
