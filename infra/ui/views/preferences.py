"""Language, zone and look of one person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.screens import screen
from infra.kit.zones import TIME_ZONES
from infra.ui import languages
from infra.ui.actors import actor_of
from infra.ui.domain.preferences import set_look
from infra.ui.toasts import toast

THEMES = ("auto", "light", "dark")


class PreferencesForm(forms.Form):
    """What a person chooses for themselves; empty = as the portal has it."""

    locale = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), required=False, help_text=gettext_lazy("Times are shown in this zone.")
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Look"),
        widget=forms.RadioSelect,
        choices=[
            ("auto", gettext_lazy("As on this device")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        default = ("", gettext_lazy("As the portal has it"))
        zones = sorted(name for name in TIME_ZONES if "/" in name and not name.startswith("Etc/"))
        self.fields["locale"].choices = [default, *languages.offered()]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = [default, ("UTC", "UTC"), *((z, z.replace("_", " ")) for z in zones)]  # type: ignore[attr-defined]


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Where the form wants to return to, only on this host."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return default


@screen(None, methods=("GET", "POST"))
def preferences(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and request.POST.get("theme") in THEMES and "locale" not in request.POST:
        set_look(actor=actor_of(request), theme=request.POST["theme"])
        return redirect(safe_next(request))
    names = ("locale", "time_zone", "theme")
    form = PreferencesForm(request.POST or None, initial={name: getattr(request.user, name) for name in names})
    if request.method == "POST" and form.is_valid():
        set_look(actor=actor_of(request), **form.cleaned_data)
        toast(request, _("Saved."))
        return redirect("ui:preferences")
    return render(request, "ui/pages/preferences.html", {"form": form})
