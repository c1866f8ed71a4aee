"""Where one is signed in."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext

from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.toasts import toast
from tenants.people.domain.device import device_of
from tenants.people.domain.sessions import end_sessions, sessions_of
from tenants.people.models import User


@screen(None, methods=("GET", "POST"))
def sessions(request: HttpRequest) -> HttpResponse:
    """List one's sessions; end one, or all others."""
    person = cast(User, request.user)
    if request.method == "POST":
        chosen = request.POST.get("session")
        ended = end_sessions(
            actor=person,
            person=person,
            keep=request.session.session_key,
            only=(whole_number(chosen) or 0) if chosen else None,
        )
        toast(request, ngettext("%(count)d session ended.", "%(count)d sessions ended.", ended) % {"count": ended})
        return HttpResponseRedirect(request.path)
    here = request.session.session_key
    listed = [
        {"session": session, "device": device_of(session.user_agent), "here": session.session_key == here}
        for session in sessions_of(person)
    ]
    context = {"listed": sorted(listed, key=lambda one: not one["here"]), "tab": "sessions"}
    return render(request, "people/account/sessions.html", context)
