"""What a portal uses of its limits: counted, locked, taken and given back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import cast

from django.db import transaction
from django.db.models import Max
from django.utils.module_loading import import_string

from billing.contracts import Entitlements, Meter
from billing.domain import forecast, memory
from billing.models import Subscription, UsageCounter
from infra.kit.registry import registry
from infra.kit.spec import Limit
from tenants.people.models import User


def counting_function(path: str) -> Callable[[], int]:
    """The function a module counts its own limit with, in the portal that is entered."""
    return cast("Callable[[], int]", import_string(path))


def used_of(limit: Limit, portal_id: int) -> int:
    """What the entered portal uses of `limit` now, in its unit."""
    if limit.count:
        return counting_function(limit.count)()
    return UsageCounter.objects.filter(portal_id=portal_id, limit=limit.key).values_list("used", flat=True).first() or 0


def counter_of(portal_id: int, limit: str) -> tuple[int, datetime]:
    """What the row says that counts `limit`, and since when; made if it was not there."""
    UsageCounter.objects.bulk_create([UsageCounter(portal_id=portal_id, limit=limit)], ignore_conflicts=True)
    return UsageCounter.objects.values_list("used", "counted_at").get(portal_id=portal_id, limit=limit)


def locked_counter(portal_id: int, limit: str) -> UsageCounter:
    """The row that counts `limit`, locked until commit; made if it was not there.

    Whoever locks several takes them in the order of their keys.
    """
    rows = UsageCounter.objects.select_for_update().filter(portal_id=portal_id, limit=limit)
    found = rows.first()
    if found is None:
        UsageCounter.objects.bulk_create([UsageCounter(portal_id=portal_id, limit=limit)], ignore_conflicts=True)
        found = rows.get()
    return found


def in_order(limits: Iterable[Limit]) -> list[Limit]:
    """People and the portal itself first, then the modules in the menu's order."""
    return sorted(limits, key=lambda limit: limit.key.partition(".")[0] not in ("people", "portals"))


def meters(rights: Entitlements) -> list[Meter]:
    """Every limit of the entered portal with what is used of it now, counted afresh."""
    return [
        Meter(
            key=limit.key,
            title=limit.title,
            unit=limit.unit,
            used=None if limit.rate and not limit.count else used_of(limit, rights.portal_id),
            rate=limit.rate,
            maximum=rights.limits[limit.key],
            overridden=limit.key in rights.overridden,
            overridden_until=rights.overridden.get(limit.key),
        )
        for limit in in_order(registry.limits)
    ]


def review(rights: Entitlements, schema: str) -> list[Meter]:
    """Count the entered portal's use afresh, keep the counts for the operator, and note whether it is over its plan.

    Returns the meters that are over. The moment a portal first went over is kept until it fits again; the grace
    (entitlement.GRACE) runs from there.
    """
    found = [meter for meter in meters(rights) if meter.used is not None]
    over = [meter for meter in found if meter.over]
    forecast.note_usage(rights.portal_id, found)
    last_seen = User.objects.aggregate(seen=Max("last_seen"))["seen"]
    with transaction.atomic():
        subscription = Subscription.objects.select_for_update().get(portal_id=rights.portal_id)
        for meter in found:
            if registry.limit(meter.key).count:
                UsageCounter.objects.update_or_create(
                    portal_id=rights.portal_id, limit=meter.key, defaults={"used": meter.used or 0}
                )
        was_over, subscription.active_at = subscription.over_since, last_seen
        if bool(over) != (was_over is not None):
            subscription.over_since = datetime.now(UTC) if over else None
            subscription.over_told = 0
            memory.changed(schema)
        subscription.save(update_fields=["over_since", "over_told", "active_at"])
    return over
