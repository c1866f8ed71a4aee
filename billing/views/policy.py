"""Forms that end at Stripe's pages say so in their policy; no other page may send anything there."""

from __future__ import annotations

from django.http import HttpResponse

from infra.adapters.payments import get_payments, payments_on


def may_lead_to_stripe(response: HttpResponse) -> HttpResponse:
    """The same answer, whose forms may be redirected to Stripe's pages."""
    if payments_on():
        response._csp_update = {"form-action": get_payments().origins}  # type: ignore[attr-defined]  # read by django-csp
    return response
