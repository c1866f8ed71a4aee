"""What the stand-in knows: objects by kind, its clock, and the events that its changes make."""

from __future__ import annotations

import copy
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from stripe._api_version import _ApiVersion

from infra.local.payments.parameters import Refused

Thing = dict[str, Any]

PREFIXES = {
    "customer": "cus", "product": "prod", "price": "price", "coupon": "", "promotion_code": "promo", "tax_id": "txi",
    "payment_method": "pm", "payment_intent": "pi", "charge": "ch", "refund": "re", "dispute": "du",
    "invoice": "in", "line_item": "il",
    "subscription": "sub", "subscription_item": "si", "subscription_schedule": "sub_sched",
    "checkout.session": "cs_test",
    "payment_link": "plink",
    "billing_portal.session": "bps", "billing_portal.configuration": "bpc", "billing.meter": "mtr", "event": "evt",
}  # fmt: skip


class State:
    """All objects, kept in `path` where one is given. One lock: requests follow each other, as rows would make them."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.objects: dict[str, dict[str, Thing]] = {}
        self.answers: dict[str, Thing] = {}  # by idempotency key
        self.counters: dict[str, int] = {}
        self.offset = 0
        self.frozen: int | None = None
        self.after_retries = "unpaid"  # or "canceled": what becomes of a subscription when the last attempt failed
        self.base = ""  # where the pages are
        self.on_event: Callable[[Thing], None] = lambda event: None
        if path is not None and path.exists():
            kept = json.loads(path.read_text())
            self.objects, self.answers = kept["objects"], kept["answers"]
            self.counters, self.offset = kept["counters"], kept["offset"]

    def keep(self) -> None:
        """Write everything down."""
        if self.path is None:
            return
        kept = {"objects": self.objects, "answers": self.answers, "counters": self.counters, "offset": self.offset}
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps(kept))
        unfinished.rename(self.path)

    def now(self) -> int:
        """Unix seconds by the stand-in's clock."""
        return self.frozen if self.frozen is not None else int(time.time()) + self.offset

    def add(self, kind: str, **fields: Any) -> Thing:
        """A new object of `kind`."""
        thing = {
            "id": fields.pop("id", None) or f"{PREFIXES[kind]}_{secrets.token_hex(10)}".lstrip("_"),
            "object": kind,
            "created": self.now(),
            "livemode": False,
            **fields,
        }
        self.objects.setdefault(kind, {})[thing["id"]] = thing
        return thing

    def get(self, kind: str, key: str) -> Thing:
        """The object. Raises Refused (404), as Stripe does for what it does not know."""
        found = self.objects.get(kind, {}).get(key)
        if found is None:
            raise Refused(f"No such {kind}: '{key}'", status=404, code="resource_missing")
        return found

    def all(self, kind: str, **where: Any) -> list[Thing]:
        """Newest first."""
        found = reversed(self.objects.get(kind, {}).values())
        return [one for one in found if all(one.get(name) == value for name, value in where.items())]

    def next(self, name: str) -> int:
        """Counts up from 1."""
        self.counters[name] = self.counters.get(name, 0) + 1
        return self.counters[name]

    def event(self, name: str, thing: Thing) -> Thing:
        """Tell of a change; the event holds the object as it is now."""
        event = self.add(
            "event",
            type=name,
            api_version=_ApiVersion.CURRENT,
            data={"object": copy.deepcopy(thing)},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
        )
        self.on_event(event)
        return event


def page(things: list[Thing], given: Thing, url: str) -> Thing:
    """A list answer: `limit`, `starting_after`, `created` as Stripe's lists take them."""
    created = given.get("created") or {}
    if isinstance(created, dict):
        things = [one for one in things if created.get("gte", 0) <= one["created"] <= created.get("lte", 2**40)]
    if after := given.get("starting_after"):
        keys = [one["id"] for one in things]
        things = things[keys.index(after) + 1 :] if after in keys else []
    limit = int(given.get("limit", 10))
    return {"object": "list", "url": url, "has_more": len(things) > limit, "data": things[:limit]}


def merge_metadata(thing: Thing, given: Thing) -> None:
    """Metadata is merged key by key; an empty value removes the key."""
    if "metadata" in given:
        merged = {**thing.get("metadata", {}), **(given["metadata"] or {})}
        thing["metadata"] = {name: value for name, value in merged.items() if value != ""}


def expanded(state: State, thing: Any, paths: list[str]) -> Any:
    """A copy of `thing` in which the objects named by `paths` stand in the place of their ids."""
    answer = copy.deepcopy(thing)
    for path in paths:
        _expand(state, answer, path.split("."))
    return answer


def _expand(state: State, thing: Any, steps: list[str]) -> None:
    for one in thing if isinstance(thing, list) else [thing]:
        if not isinstance(one, dict) or steps[0] not in one:
            continue
        if isinstance(one[steps[0]], str):
            one[steps[0]] = next(copy.deepcopy(found) for found in _by_id(state, one[steps[0]]))
        if steps[1:]:
            _expand(state, one[steps[0]], steps[1:])


def _by_id(state: State, key: str) -> Iterator[Thing]:
    for things in state.objects.values():
        if key in things:
            yield things[key]
