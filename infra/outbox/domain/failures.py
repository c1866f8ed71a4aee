"""Deliveries that failed: seen, repeated or discarded by an administrator of the portal, or by the operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from infra import audit
from infra.db.current import enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import NotFound
from infra.outbox.domain.waking import MARKS
from infra.outbox.models import Delivery
from infra.outbox.models.delivery import Status

MANAGE = "outbox.delivery.manage"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failed delivery as it may leave its portal: no contents of the event."""

    id: int
    event_id: UUID
    event_name: str
    handler: str
    status: str
    attempts: int
    last_error: str
    published_at: datetime
    next_attempt_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> Failure:
        """What may be seen of `delivery` (its event loaded)."""
        return cls(
            id=delivery.pk,
            event_id=delivery.event_id,
            event_name=delivery.event.name,
            handler=delivery.handler,
            status=delivery.status,
            attempts=delivery.attempts,
            last_error=delivery.last_error,
            published_at=delivery.event.created_at,
            next_attempt_at=delivery.next_attempt_at if delivery.status == Status.PENDING else None,
        )


class _Operator:
    """Whoever runs the service, in the log of a portal they do not belong to: a name, no id of that portal."""

    id: int | None = None
    is_active = True

    def __init__(self, actor: Actor) -> None:
        self.display_name = f"{actor.display_name} (operator)"

    def scope(self, permission: str) -> Any:
        raise NotImplementedError("the operator's rights lie in the operator's own portal")

    def department_ids(self) -> frozenset[int]:
        return frozenset()

    def branch_ids(self) -> frozenset[int]:
        return frozenset()


def _failed() -> QuerySet[Delivery]:
    return (
        Delivery.objects.filter(status__in=[Status.PENDING, Status.DEAD])
        .exclude(last_error="")
        .select_related("event")
        .order_by("-id")
    )


def failed_deliveries(*, actor: Actor, after: int | None = None, limit: int = 50) -> Sequence[Failure]:
    """The portal's deliveries that failed and are not done, newest first, `after` an id. Raises Denied."""
    require_permission(actor, MANAGE)
    rows = _failed() if after is None else _failed().filter(pk__lt=after)
    return [Failure.of(delivery) for delivery in rows[:limit]]


def retry_delivery(*, actor: Actor, delivery_id: int) -> None:
    """Start a failed delivery over: all its attempts again, the first one now. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    _retry(actor, delivery_id)


def discard_delivery(*, actor: Actor, delivery_id: int) -> None:
    """Give up a failed delivery; the event itself stays for its time. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    _discard(actor, delivery_id)


def dead_letters(portal: Any, *, after: int | None = None, limit: int = 50) -> Sequence[Failure]:
    """The operator's view: deliveries of `portal` that were given up, newest first, `after` an id.

    The caller has checked `operator.console.use`.
    """
    with enter(portal):
        rows = _failed().filter(status=Status.DEAD)
        rows = rows if after is None else rows.filter(pk__lt=after)
        return [Failure.of(delivery) for delivery in rows[:limit]]


def retry_dead_letter(*, actor: Actor, portal: Any, delivery_id: int) -> None:
    """The operator repeats a delivery of `portal`; written into that portal's log. Raises NotFound."""
    with enter(portal):
        _retry(_Operator(actor), delivery_id)


def discard_dead_letter(*, actor: Actor, portal: Any, delivery_id: int) -> None:
    """The operator gives up a delivery of `portal`; written into that portal's log. Raises NotFound."""
    with enter(portal):
        _discard(_Operator(actor), delivery_id)


def _lock(delivery_id: int) -> Delivery:
    delivery = _failed().select_for_update(of=("self",)).filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound
    return delivery


def _retry(actor: Actor, delivery_id: int) -> None:
    with transaction.atomic():
        delivery = _lock(delivery_id)
        delivery.status, delivery.attempts, delivery.next_attempt_at = Status.PENDING, 0, timezone.now()
        delivery.save(update_fields=["status", "attempts", "next_attempt_at"])
        audit.record(actor, "delivery.retry", note=f"{delivery.event.name} {delivery.event_id} → {delivery.handler}")
        MARKS.call()


def _discard(actor: Actor, delivery_id: int) -> None:
    with transaction.atomic():
        delivery = _lock(delivery_id)
        audit.record(
            actor,
            "delivery.discard",
            note=f"{delivery.event.name} {delivery.event_id} → {delivery.handler}: {delivery.last_error}",
        )
        delivery.delete()
