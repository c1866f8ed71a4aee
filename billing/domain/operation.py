"""Calls to Stripe that change something: saved before they are made, made once, found out about when no answer came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import PaymentOperation
from infra.adapters.payments import NoAnswer, get_payments
from infra.kit.errors import Conflict, PortalError

Result = dict[str, Any]
BUSY = 30.0
"""Seconds: longer than a call may take."""


def perform(
    *,
    portal_id: int,
    kind: str,
    cause: str,
    call: Callable[[str], Result],
    found: Callable[[PaymentOperation], Result | None] = lambda operation: None,
    params: Result | None = None,
    by: str = "",
) -> Result:
    """What `call(key)` answers; it is made once for (portal, kind, cause), however often this is asked.

    The row with the key is committed before the call, so this refuses to run inside a transaction. After an attempt
    without an answer `found(operation)` is asked first whether it took place: keys may be forgotten after a day, so the
    key alone would not keep a late retry from acting twice (promise 34). Raises what `call` raises; NoAnswer leaves the
    operation open, anything else marks it failed, and the next attempt has a key of its own.
    """
    get_payments()
    operation, unknown = _claim(portal_id=portal_id, kind=kind, cause=cause, params=params or {}, by=by)
    if operation.state == PaymentOperation.State.DONE:
        return dict(operation.result)
    if unknown and (known := found(operation)) is not None:
        return _done(operation, known)
    try:
        return _done(operation, call(operation.key))
    except NoAnswer as silence:
        operation.error = silence.code
        operation.save(update_fields=["error"])
        raise
    except PortalError as refused:
        fail(operation, refused)
        raise


def cause_of_key(portal_id: int, key: str, what: str) -> str:
    """The cause of a request that brought a key of its own and asks for `what` (a digest). Raises Conflict where the
    key was used to ask for something else."""
    cause = f"key:{key}:{what}"
    known = PaymentOperation.objects.filter(portal_id=portal_id, cause__startswith=f"key:{key}:")
    if known.exclude(Q(cause=cause) | Q(cause__startswith=f"{cause}:")).exists():
        raise Conflict(_("This key was used for another choice. Take a new one."), code="idempotency_key_reused")
    return cause


def _claim(*, portal_id: int, kind: str, cause: str, params: Result, by: str) -> tuple[PaymentOperation, bool]:
    """The row, committed as asked now, and whether an earlier attempt may have acted.

    Raises Conflict while another thread makes the same call.
    """
    now = datetime.now(UTC)
    with transaction.atomic(durable=True):
        operation, created = PaymentOperation.objects.get_or_create(
            portal_id=portal_id,
            kind=kind,
            cause=cause,
            defaults={"params": params, "by": by[:200], "asked_at": now},
        )
        if created:
            return operation, False
        operation = PaymentOperation.objects.select_for_update().get(pk=operation.pk)
        if operation.state == PaymentOperation.State.DONE:
            return operation, False
        running = operation.state == PaymentOperation.State.OPEN
        unknown = running or operation.error.startswith(NoAnswer.code)
        if running and not operation.error and operation.asked_at and (now - operation.asked_at).total_seconds() < BUSY:
            raise Conflict
        operation.round += 0 if unknown else 1
        operation.state, operation.asked_at, operation.error = PaymentOperation.State.OPEN, now, ""
        operation.save(update_fields=["state", "asked_at", "round", "error"])
        return operation, unknown


def fail(operation: PaymentOperation, refused: PortalError) -> None:
    """It did not take place."""
    operation.state, operation.finished_at = PaymentOperation.State.FAILED, datetime.now(UTC)
    operation.error = f"{refused.code}: {getattr(refused, 'said', refused)}"[:300]
    operation.save(update_fields=["state", "finished_at", "error"])


def close(operation: PaymentOperation, result: Result | None) -> bool:
    """What was found out about an attempt without an answer: what it did, or None for nothing."""
    if result is not None:
        _done(operation, result)
        return True
    fail(operation, NoAnswer())
    return False


def _done(operation: PaymentOperation, result: Result) -> Result:
    operation.state, operation.result = PaymentOperation.State.DONE, result
    operation.finished_at, operation.error = datetime.now(UTC), ""
    operation.save(update_fields=["state", "result", "finished_at", "error"])
    return result
