"""The new owner's way from the registration page into the portal."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from infra.kit.errors import NotFound
from infra.kit.screens import guest_page
from tenants.people.sign_in.tokens import redeem_entry_ticket
from tenants.people.views.entry import sign_in


@guest_page(reason="the ticket in the address, good once and for minutes, signs the new owner in")
@never_cache
def enter_with_ticket(request: HttpRequest, ticket: str) -> HttpResponse:
    """Sign the holder of a good ticket in; anybody else is led to the sign-in page."""
    try:
        with transaction.atomic():
            person = redeem_entry_ticket(ticket)
            sign_in(request, person, method="ticket")
    except NotFound:
        return redirect("ui:start")
    return redirect("signup:first_steps")
