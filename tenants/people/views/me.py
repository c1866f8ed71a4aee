"""One's own pages: profile, preferences, sign-in and security."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.returning import safe_next
from infra.ui.toasts import toast
from tenants.people.domain.person import set_preferences
from tenants.people.forms import PhotoForm, PreferencesForm
from tenants.people.models import User
from tenants.people.views.who import me as who


@screen(None)
def me(request: HttpRequest) -> HttpResponse:
    """One's own profile."""
    return render(request, "people/me.html", {"person": who(request), "photo_form": PhotoForm(), "tab": "me"})


@screen(None, methods=("GET", "POST"))
def preferences(request: HttpRequest) -> HttpResponse:
    """One's own language, time zone and look; the menu with one's picture posts the look alone."""
    person = who(request)
    kept = {"locale": person.locale, "time_zone": person.time_zone, "theme": person.theme}
    if request.method == "POST" and request.POST.get("theme") in User.Theme.values and "locale" not in request.POST:
        set_preferences(actor=person, **(kept | {"theme": request.POST["theme"]}))
        return HttpResponseRedirect(safe_next(request))
    form = PreferencesForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            changed = set_preferences(actor=person, **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            with translation.override(changed.locale or request.LANGUAGE_CODE):
                toast(request, _("Saved."))
            return HttpResponseRedirect(request.path)
    context = {"form": form, "tab": "preferences"}
    return render(request, "people/account/preferences.html", context, status=400 if form.errors else 200)


@screen(None)
def security(request: HttpRequest) -> HttpResponse:
    """Where letters about the account's safety lead: the page of second steps and passkeys."""
    return HttpResponseRedirect("/account/two-step/")
