"""One's own pages: profile, preferences, sign-in and security."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.domain.person import set_preferences
from tenants.people.forms import PhotoForm, PreferencesForm
from tenants.people.views.who import me as who


@screen(None, methods=("GET", "POST"))
def me(request: HttpRequest) -> HttpResponse:
    """One's own profile, with language, time zone and theme."""
    person = who(request)
    initial = {"locale": person.locale, "time_zone": person.time_zone, "theme": person.theme}
    form = PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changed = set_preferences(actor=person, **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            with translation.override(changed.locale or request.LANGUAGE_CODE):
                toast(request, _("Saved."))
            return HttpResponseRedirect(request.path)
    context = {"person": person, "form": form, "photo_form": PhotoForm(), "tab": "me"}
    return render(request, "people/me.html", context, status=400 if form.errors else 200)


@screen(None)
def security(request: HttpRequest) -> HttpResponse:
    """Where letters about the account's safety lead: the page of second steps and passkeys."""
    return HttpResponseRedirect("/account/two-step/")
