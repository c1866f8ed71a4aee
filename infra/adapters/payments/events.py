"""Webhooks read, and the events that never arrived."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime

from infra.adapters.payments.connection import Connection, Thing, is_signed, known
from infra.adapters.payments.values import Seen

TOLERANCE = 300
"""Seconds that a webhook's signature may be old, or ahead (the library alone would take any moment ahead)."""


class BadWebhook(Exception):
    """Not from Stripe, too old, from the future, or of the other mode: nothing is kept of it."""


class Events(Connection):
    """What Stripe tells."""

    def read_webhook(self, body: bytes, signature: str) -> Seen:
        """The event in a webhook's raw body. Raises BadWebhook."""
        if not any(is_signed(body, signature, secret, TOLERANCE) for secret in self.secrets):
            raise BadWebhook("signature")
        stamps = [part[2:] for part in signature.split(",") if part.startswith("t=")]
        if int(stamps[0]) > time.time() + TOLERANCE:
            raise BadWebhook("from the future")
        try:
            event = seen(json.loads(body))
        except (ValueError, KeyError, TypeError) as wrong:
            raise BadWebhook("no event") from wrong
        if event.live != self.live:
            raise BadWebhook("the other mode")
        return event

    def undelivered_events(self, since: datetime) -> Iterator[tuple[Seen, Thing]]:
        """Events since then whose webhook no endpoint has acknowledged, newest first, with their contents."""
        given: Thing = {"delivery_success": False, "created": {"gte": int(since.timestamp())}}
        for one in self._all(self._v1.events.list, given):
            yield seen(one), one


def seen(event: Thing) -> Seen:
    """An event's outside. Raises KeyError, TypeError for what is none."""
    thing = event["data"]["object"]
    customer = thing.get("customer") or (thing["id"] if thing["object"] == "customer" else "")
    return Seen(
        id=event["id"],
        kind=event["type"],
        created=known(event["created"]),
        live=bool(event["livemode"]),
        customer=str(customer["id"] if isinstance(customer, dict) else customer),
        object=thing["object"],
        object_id=str(thing.get("id") or ""),
        payment=str(thing.get("payment_intent") or ""),
        metadata={str(name): str(value) for name, value in (thing.get("metadata") or {}).items()},
    )
