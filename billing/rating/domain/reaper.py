"""Calls whose words were lost: never started, never answered, never ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value

from billing.rating.domain import account as accounts
from billing.rating.domain.calls import SETUP
from billing.rating.domain.settle import Cdr, settle
from billing.rating.domain.standing import PROVISIONAL, drop_unstarted
from billing.rating.models import Call

_log = structlog.get_logger(__name__)
OVERDUE = timedelta(seconds=90)
"""A call is looked for when it lasts this much longer than it was allowed."""


def reap(now: datetime | None = None) -> dict[str, int]:
    """Drop reservations that nobody used, close calls that rang out, and end those that should be over by now.

    A call without an end is charged until the last moment the switch proved it was there (at least a second), and
    marked as an estimate; the real record, should it come, puts it right.
    """
    moment = now or datetime.now(UTC)
    done = {"dropped": 0, "unanswered": 0, "estimated": 0}
    stale = Call.objects.filter(state=Call.State.AUTHORIZED, authorized_at__lte=moment - PROVISIONAL)
    for portal_id in sorted(set(stale.values_list("portal_id", flat=True))):
        with transaction.atomic():
            accounts.locked(portal_id)
            done["dropped"] += drop_unstarted(portal_id, moment)
    for call in Call.objects.filter(state=Call.State.RINGING, authorized_at__lte=moment - SETUP).order_by("pk"):
        done["unanswered"] += _close(call, None, moment)
    lasting = ExpressionWrapper(F("granted") * Value(timedelta(seconds=1)), output_field=DurationField())
    overdue = Call.objects.filter(state=Call.State.ANSWERED).alias(lasting=lasting)
    for call in overdue.filter(answered_at__lte=moment - OVERDUE - F("lasting")).order_by("pk"):
        done["estimated"] += _close(call, call.answered_at, moment)
    return done


def _close(call: Call, answered: datetime | None, now: datetime) -> int:
    last = call.proved_at or call.answered_at or call.authorized_at
    ended = max(last, answered) if answered is not None else now
    try:
        settle(Cdr(call_id=call.call_id, answered_at=answered, ended_at=ended, cause="lost", estimated=True), now=now)
    except Exception:  # the others are not to wait for this one
        _log.exception("rating.reap_failed", call=call.pk)
        return 0
    return 1


def running(call_ids: Sequence[str], *, now: datetime | None = None) -> list[str]:
    """The switch lists the calls that it carries: each is proved to be there now. Answers those it should know to be
    over (settled or never authorized), for it to end."""
    moment = now or datetime.now(UTC)
    rows = Call.objects.filter(call_id__in=list(call_ids)[:5000])
    rows.filter(state__in=Call.OPEN).update(proved_at=moment)
    alive = set(rows.filter(state__in=Call.OPEN).values_list("call_id", flat=True))
    return [call_id for call_id in call_ids if call_id not in alive]
