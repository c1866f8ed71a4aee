"""Events of Stripe's: kept as they came, then applied once, by asking Stripe how things stand now (promises 29, 30)."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

from django.db import transaction

from billing.domain import auto_top_up, promo, refresh
from billing.models import PaymentCustomer, PaymentEvent
from infra.adapters.payments import BadWebhook, Seen, get_payments

_log = logging.getLogger(__name__)
MOST_ATTEMPTS = 12
KEPT = timedelta(days=400)


def receive(*, body: bytes, signature: str) -> int | None:
    """Keep an event; its row's id, None for one that is known already. Raises BadWebhook: then nothing is kept."""
    seen = get_payments().read_webhook(body, signature)
    return keep(seen, body.decode())


def keep(seen: Seen, body: str, *, healed: bool = False) -> int | None:
    """Write the event down once, whoever tells of it."""
    made, created = PaymentEvent.objects.get_or_create(
        event=seen.id,
        defaults={
            "kind": seen.kind[:80],
            "created": seen.created,
            "customer": seen.customer[:80],
            "object": seen.object[:60],
            "object_id": seen.object_id[:120],
            "payment": seen.payment[:80],
            "body": body,
            "healed": healed,
        },
    )
    return made.pk if created else None


def apply(event_id: int) -> bool:
    """Bring home what the event is about; True when it is applied now, False when it was before.

    The event only says where to look: the object is asked for afresh. An error is kept with the event and raised; the
    next run tries again. Raises what calls to Stripe raise.
    """
    event = PaymentEvent.objects.get(pk=event_id)
    if event.applied_at is not None:
        return False
    try:
        _bring_home(event)
    except Exception as failure:
        PaymentEvent.objects.filter(pk=event_id, applied_at__isnull=True).update(
            attempts=event.attempts + 1, error=f"{type(failure).__name__}: {failure}"[:300]
        )
        raise
    done = {"applied_at": datetime.now(UTC), "attempts": event.attempts + 1, "error": ""}
    return bool(PaymentEvent.objects.filter(pk=event_id, applied_at__isnull=True).update(**done))


def _bring_home(event: PaymentEvent) -> None:
    names_nobody = event.object in ("refund", "dispute")
    customer = _payer(event.payment) if names_nobody else _customer(event.customer)
    if customer is None:
        return  # nobody's: another installation uses the account, or the portal was erased
    noun = event.kind.split(".")[0]
    if event.object == "subscription" or noun in ("subscription_schedule",):
        refresh.refresh_subscription(customer)
    elif event.object == "invoice":
        refresh.refresh_invoice(customer, event.object_id)
        refresh.refresh_subscription(customer)
    elif event.object == "payment_intent":
        paid = refresh.refresh_payment(customer, event.object_id)
        if paid.operation and paid.status in ("requires_payment_method", "canceled"):
            auto_top_up.came_to_nothing(portal=customer.portal, operation_id=paid.operation)
    elif event.object == "dispute":
        refresh.refresh_disputes(customer, event.payment)
    elif event.payment and (event.kind == "charge.refunded" or event.object == "refund"):
        refresh.refresh_payment(customer, event.payment)  # a top-up that nobody told of yet
        refresh.refresh_refunds(customer, event.payment)
    elif event.object == "checkout.session" and event.kind == "checkout.session.completed":
        _paid_page(customer, event)


def _paid_page(customer: PaymentCustomer, event: PaymentEvent) -> None:
    page = json.loads(event.body)["data"]["object"]
    if page.get("mode") == "subscription":
        refresh.refresh_subscription(customer)
        chosen = (page.get("metadata") or {}).get("promo", "")
        if chosen.isdecimal():
            promo.count_use(portal=customer.portal, promo_id=int(chosen))
    elif payment := page.get("payment_intent"):
        refresh.refresh_payment(customer, str(payment))


def _customer(name: str) -> PaymentCustomer | None:
    return PaymentCustomer.objects.select_related("portal").filter(customer=name).first()


def _payer(payment: str) -> PaymentCustomer | None:
    """Whose payment it is: refunds and disputes name no customer."""
    return _customer(get_payments().payment(payment).customer) if payment else None


def look_at_disputes(payment: str) -> None:
    """Ask what banks question of a payment, and bring it home to whose payment it is."""
    if (customer := _payer(payment)) is not None:
        refresh.refresh_disputes(customer, payment)


def apply_waiting(most: int = 500) -> int:
    """Apply what is still waiting, oldest first; how many were applied. One that fails does not hold up the others."""
    applied = 0
    waiting = PaymentEvent.objects.filter(applied_at__isnull=True, attempts__lt=MOST_ATTEMPTS).order_by("id")
    for event_id in list(waiting.values_list("pk", flat=True)[:most]):
        try:
            applied += apply(event_id)
        except Exception:
            _log.exception("a payment event could not be applied", extra={"event": event_id})
    return applied


def stuck(most: int = 50) -> list[PaymentEvent]:
    """Events that wait after more than one attempt, newest first."""
    return list(PaymentEvent.objects.filter(applied_at__isnull=True, attempts__gt=1).order_by("-id")[:most])


@transaction.atomic
def forget_old() -> int:
    """Drop the bodies of events nobody will ask about any more."""
    return PaymentEvent.objects.filter(received_at__lt=datetime.now(UTC) - KEPT, applied_at__isnull=False).delete()[0]


__all__ = ["BadWebhook", "apply", "apply_waiting", "forget_old", "keep", "receive"]
