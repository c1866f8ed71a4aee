"""Where Stripe tells us that something happened."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from billing import jobs
from billing.domain import payment_event
from infra.adapters.payments import BadWebhook, payments_on
from infra.kit.screens import public_page

LARGEST = 512 * 1024
_log = logging.getLogger(__name__)


@csrf_exempt
@public_page(reason="Stripe's webhooks; each is signed", methods=("POST",))
@never_cache
def webhook(request: HttpRequest) -> HttpResponse:
    """Keep the raw body, answer at once, apply it in a worker. 400 keeps nothing; a known event is a 200 again."""
    if not payments_on():
        return HttpResponse(status=404)
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        kept = payment_event.receive(body=request.body, signature=request.headers.get("Stripe-Signature", ""))
    except BadWebhook as bad:
        _log.warning("a webhook was refused", extra={"reason": str(bad)})
        return HttpResponse(status=400)
    if kept is not None:
        jobs.apply_event.enqueue(kept)  # where the broker is away apply_events finds it
    return HttpResponse(status=200)
