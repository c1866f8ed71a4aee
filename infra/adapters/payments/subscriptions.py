"""Subscriptions: read, shown before, changed at once, changed at the period's end, cancelled, taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from infra.adapters.payments.connection import Connection, Thing, known, moment
from infra.adapters.payments.money import paper_lines
from infra.adapters.payments.values import Item, Planned, Preview, StripeSubscription


class Subscriptions(Connection):
    """What customers pay for again and again."""

    def subscriptions_of(self, customer: str) -> list[StripeSubscription]:
        """All of the customer's, ended ones too, newest first."""
        found = self._ask(self._v1.subscriptions.list, {"customer": customer, "status": "all", "limit": 20})
        return [_subscription(one) for one in found["data"]]

    def preview_change(self, *, subscription: StripeSubscription, items: Sequence[Item], at: datetime) -> Preview:
        """What changing to `items` at `at` costs; `change_now` at the same `at` takes exactly that."""
        details = {
            "items": _difference(subscription.items, items),
            "proration_behavior": "always_invoice",
            "proration_date": int(at.timestamp()),
        }
        given = {
            "customer": subscription.customer,
            "subscription": subscription.id,
            "subscription_details": details,
        }
        found = self._ask(self._v1.invoices.create_preview, given)
        lines = paper_lines(found)
        return Preview(
            currency=found["currency"].upper(), lines=lines, total=found["total"], due=found["amount_due"], at=at
        )

    def change_now(
        self, *, key: str, subscription: StripeSubscription, items: Sequence[Item], at: datetime
    ) -> StripeSubscription:
        """Change and charge at once; while the charge is not paid the change is `pending` and grants nothing."""
        given = {
            "items": _difference(subscription.items, items),
            "proration_behavior": "always_invoice",
            "proration_date": int(at.timestamp()),
            "payment_behavior": "pending_if_incomplete",
        }
        return _subscription(self._act(key, self._v1.subscriptions.update, subscription.id, given))

    def plan_change(self, *, key: str, subscription: StripeSubscription, items: Sequence[Item], interval: str) -> str:
        """Let `items` begin when the period ends; the id of the schedule that says so."""
        schedule = subscription.schedule
        if not schedule:
            made = self._act(f"{key}:1", self._v1.subscription_schedules.create, {"from_subscription": subscription.id})
            schedule = made["id"]
        start, end = int(subscription.period_start.timestamp()), int(subscription.period_end.timestamp())
        now = {"items": _listed(subscription.items), "start_date": start, "end_date": end}
        then = {
            "items": _listed(items),
            "duration": {"interval": interval, "interval_count": 1},
            "proration_behavior": "none",
        }
        given = {"phases": [now, then], "end_behavior": "release", "proration_behavior": "none"}
        self._act(f"{key}:2", self._v1.subscription_schedules.update, schedule, given)
        return str(schedule)

    def planned_change(self, schedule: str) -> Planned | None:
        """What the schedule will do, None when it does nothing more."""
        found = self._ask(self._v1.subscription_schedules.retrieve, schedule)
        if found["status"] != "active" or len(found["phases"]) < 2:
            return None
        phase = found["phases"][1]
        items = tuple(Item(price=_id(one["price"]), quantity=one.get("quantity", 1)) for one in phase["items"])
        starts = phase.get("start_date") or found["phases"][0].get("end_date")
        return Planned(id=schedule, items=items, starts_at=moment(int(starts)) if starts else None)

    def drop_planned(self, *, key: str, schedule: str) -> None:
        """The subscription goes on as it is."""
        self._act(key, self._v1.subscription_schedules.release, schedule)

    def set_ending(self, *, key: str, subscription: str, ends: bool) -> StripeSubscription:
        """End with the period, or do not."""
        given = {"cancel_at_period_end": ends}
        return _subscription(self._act(key, self._v1.subscriptions.update, subscription, given))

    def end_now(self, *, key: str, subscription: str) -> StripeSubscription:
        """End at once; nothing is given back."""
        return _subscription(self._act(key, self._v1.subscriptions.cancel, subscription))


def _id(found: object) -> str:
    return str(found["id"]) if isinstance(found, dict) else str(found)


def _listed(items: Sequence[Item]) -> list[Thing]:
    return [{"price": one.price, "quantity": one.quantity} for one in items]


def _difference(has: Sequence[Item], wanted: Sequence[Item]) -> list[Thing]:
    """The items parameter that makes `has` into `wanted`: the first item is the plan and is exchanged in place."""
    changes: list[Thing] = []
    left = list(has)
    for one in wanted:
        kept = next((old for old in left if old.price == one.price), None)
        kept = kept or next((old for old in left if one is wanted[0] and old is has[0]), None)
        if kept is None:
            changes.append({"price": one.price, "quantity": one.quantity})
        else:
            left.remove(kept)
            if (kept.price, kept.quantity) != (one.price, one.quantity):
                changes.append({"id": kept.id, "price": one.price, "quantity": one.quantity})
    return changes + [{"id": old.id, "deleted": True} for old in left]


def _subscription(found: Thing) -> StripeSubscription:
    items = found["items"]["data"]
    return StripeSubscription(
        id=found["id"],
        customer=_id(found["customer"]),
        status=found["status"],
        currency=found["currency"].upper(),
        items=tuple(Item(id=one["id"], price=one["price"]["id"], quantity=one.get("quantity") or 1) for one in items),
        period_start=known(items[0]["current_period_start"]),
        period_end=known(items[0]["current_period_end"]),
        cancel_at_period_end=bool(found["cancel_at_period_end"]),
        schedule=_id(found["schedule"]) if found.get("schedule") else "",
        latest_invoice=_id(found["latest_invoice"]) if found.get("latest_invoice") else "",
        pending=bool(found.get("pending_update")),
        created=known(found["created"]),
        ended_at=moment(found.get("ended_at")),
    )
