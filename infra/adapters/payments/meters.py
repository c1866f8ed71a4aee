"""Meters: what customers used, told event by event. Stripe keeps each identifier once for a day at least."""

from __future__ import annotations

from datetime import datetime

from infra.adapters.payments.connection import Connection, Misunderstood

TOLD_ALREADY = "duplicate_meter_event"


class Meters(Connection):
    """What was used, beside what was bought."""

    def ensure_meter(self, *, event: str, title: str, formula: str) -> None:
        """A meter that takes events named `event`, made if it was not there; `formula` is "sum" or "last"."""
        found = self._ask(self._v1.billing.meters.list, {"limit": 100})["data"]
        if any(one["event_name"] == event for one in found):
            return
        given = {
            "display_name": title,
            "event_name": event,
            "default_aggregation": {"formula": formula},
            "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
            "value_settings": {"event_payload_key": "value"},
        }
        self._act(f"meter:{event}", self._v1.billing.meters.create, given)

    def report_use(self, *, identifier: str, event: str, customer: str, value: int, at: datetime) -> None:
        """Tell of `value` used at `at`, within the last 35 days. What `identifier` told within a day is told once.

        Raises Misunderstood for what Stripe will never take, StripeAway for a later try with the same identifier.
        """
        given = {
            "event_name": event,
            "identifier": identifier,
            "payload": {"stripe_customer_id": customer, "value": str(value)},
            "timestamp": int(at.timestamp()),
        }
        try:
            self._act(f"use:{identifier}", self._v1.billing.meter_events.create, given)
        except Misunderstood as refused:
            if refused.reason != TOLD_ALREADY:
                raise
