"""Coming in by other doors than the sign-in page."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import user_logged_in
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from infra.kit.errors import NotFound
from infra.kit.screens import guest_page
from tenants.people.models import User
from tenants.people.sign_in.tokens import redeem_entry_ticket


def sign_in(request: HttpRequest, person: User, *, method: str) -> None:
    """Begin a session for a person who has proved who they are just now by `method` ("ticket", "invitation").

    Only for people who cannot have a second factor yet: nothing here asks for one.
    """
    login(request, person, backend="tenants.people.sign_in.backend.PortalBackend")
    record_authentication(request, person, method=method)
    user_logged_in.send(sender=User, request=request, user=person)


@guest_page(reason="the walk from registration into the new portal")
@never_cache
def enter_with_ticket(request: HttpRequest, ticket: str) -> HttpResponse:
    """Sign the fresh owner in by their ticket; a spent or foreign one leads to the sign-in page."""
    try:
        with transaction.atomic():
            sign_in(request, redeem_entry_ticket(ticket), method="ticket")
    except NotFound:
        return HttpResponseRedirect("/account/login/")
    return HttpResponseRedirect("/")


@guest_page(reason="says how people come in")
def how_to_join(request: HttpRequest) -> HttpResponse:
    """Sign-up is closed: says whom to ask."""
    return render(request, "people/how_to_join.html")
