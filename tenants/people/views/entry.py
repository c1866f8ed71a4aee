"""Coming in by other doors than the sign-in page."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import user_logged_in
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from infra.kit.screens import guest_page
from tenants.people.models import User


def sign_in(request: HttpRequest, person: User, *, method: str) -> None:
    """Begin a session for a person who has proved who they are just now by `method` ("ticket", "invitation").

    Only for people who cannot have a second factor yet: nothing here asks for one.
    """
    login(request, person, backend="tenants.people.sign_in.backend.PortalBackend")
    record_authentication(request, person, method=method)
    user_logged_in.send(sender=User, request=request, user=person)


@guest_page(reason="says how people come in")
def how_to_join(request: HttpRequest) -> HttpResponse:
    """Sign-up is closed: says whom to ask."""
    return render(request, "people/how_to_join.html")
