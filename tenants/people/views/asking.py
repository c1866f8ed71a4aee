"""The click on "Ask them" of a refusal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from infra.kit.screens import screen
from infra.ui.toasts import toast
from tenants.people.domain.asking import ask_for_right
from tenants.people.views.who import me


@screen(permission=None, methods=("POST",))
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the right named `for`."""
    asked = ask_for_right(actor=me(request), permission=request.GET.get("for", ""))
    toast(request, _("Those who give roles have been told.") if asked else _("They know already."))
    return redirect("/")
