"""Back from Stripe: wait until the payment is known, then go on."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from billing import jobs
from billing.domain import checkout, paid_state
from billing.views.policy import may_lead_to_stripe
from infra.db.current import current_portal
from infra.kit.screens import screen
from tenants.people.models import User


@screen(permission="billing.plan.manage")
@never_cache
def paid(request: HttpRequest) -> HttpResponse:
    """The page after Checkout; it looks again by itself. That somebody came here proves nothing: Stripe is asked."""
    state = paid_state.state_of(current_portal(), page=request.GET.get("session", ""))
    if not state.settled and state.customer_id and not request.headers.get("HX-Request"):
        jobs.refresh_customer.delay(state.customer_id)
    template = "billing/paid_state.html" if request.headers.get("HX-Request") else "billing/paid.html"
    return render(request, template, {"state": state, "again": request.get_full_path()})


@screen(permission="billing.plan.manage", methods=("POST",))
def manage(request: HttpRequest) -> HttpResponse:
    """To Stripe's page for cards, address and papers."""
    back = request.build_absolute_uri(reverse("billing:plan"))
    url = checkout.manage_page(actor=cast(User, request.user), portal=current_portal(), return_url=back)
    return may_lead_to_stripe(HttpResponseRedirect(url))
