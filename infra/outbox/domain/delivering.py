"""Running a handler: its effects and the mark that it ran are one transaction."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone
from django.utils.module_loading import import_string

from infra.kit.errors import PortalError
from infra.kit.events import Event
from infra.outbox.backoff import ATTEMPTS, pause
from infra.outbox.models import Delivery
from infra.outbox.models.delivery import Status

_log = structlog.get_logger(__name__)
_ERROR_LENGTH = 2000


def attempt(delivery: Delivery, event: Event) -> bool:
    """`run`, and keep what came of it."""
    done = run(delivery, event)
    _keep(delivery)
    return done


def _keep(delivery: Delivery) -> None:
    delivery.save(update_fields=["status", "done_at", "attempts", "last_error", "next_attempt_at"])


def run(delivery: Delivery, event: Event) -> bool:
    """Run the handler in a savepoint of the open transaction; answers whether it is done, and notes it on `delivery`.

    A failure rolls the handler back alone and says why and when to try again; `delivery.attempts` already counts this
    attempt. The caller saves the delivery.
    """
    try:
        with transaction.atomic():
            import_string(delivery.handler)(event, delivery=delivery)
    except Exception as error:
        _refused(delivery, error)
        return False
    delivery.status, delivery.done_at, delivery.last_error = Status.DONE, timezone.now(), ""
    return True


def _refused(delivery: Delivery, error: Exception) -> None:
    known = isinstance(error, PortalError)
    text = str(error) if known else f"{type(error).__name__}: {error}"
    delivery.last_error = text[:_ERROR_LENGTH]
    delivery.status = Status.DEAD if delivery.attempts >= ATTEMPTS else Status.PENDING
    delivery.next_attempt_at = timezone.now() + pause(delivery.attempts)
    _log.log(
        30 if known else 40,
        "outbox.attempt_failed",
        event_id=str(delivery.event_id),
        handler=delivery.handler,
        attempts=delivery.attempts,
        status=delivery.status,
        exc_info=None if known else error,
    )


def _claim() -> Delivery | None:
    """Count an attempt of the delivery that is due longest, in its own transaction.

    A handler that kills the process so loses an attempt and waits its turn, instead of being tried for ever.
    """
    with transaction.atomic():
        due = (
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(status=Status.PENDING, next_attempt_at__lte=timezone.now())
            .order_by("next_attempt_at")
            .first()
        )
        if due is None:
            return None
        due.attempts += 1
        exhausted = due.attempts > ATTEMPTS
        due.status = Status.DEAD if exhausted else Status.PENDING
        due.next_attempt_at = timezone.now() + pause(due.attempts)
        due.save(update_fields=["status", "attempts", "next_attempt_at"])
        return due


def deliver_one() -> bool:
    """Attempt the portal's next due delivery; answers False when none is due. Two workers never run the same one."""
    claimed = _claim()
    if claimed is None:
        return False
    if claimed.status == Status.DEAD:
        return True
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(pk=claimed.pk, status=Status.PENDING, attempts=claimed.attempts)
            .first()
        )
        if delivery is None:  # somebody else is at it, or a person discarded it
            return True
        with structlog.contextvars.bound_contextvars(request_id=delivery.event.request_id):
            try:
                event = delivery.event.event()
            except Exception as error:  # written by a release whose event class is gone or changed
                _refused(delivery, error)
                _keep(delivery)
                return True
            attempt(delivery, event)
    return True


def next_due() -> datetime | None:
    """When the portal's next delivery is due, None if nothing waits."""
    return Delivery.objects.filter(status=Status.PENDING).aggregate(due=Min(F("next_attempt_at")))["due"]  # type: ignore[no-any-return]  # a moment or None
