"""Our calls held against the switch's own records, day by day: what was lost is put right, the rest is reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction

from billing.contracts import RecordsDiffer
from billing.rating.domain.settle import Cdr, settle
from billing.rating.models import Call, RecordComparison
from infra.db.current import enter
from infra.kit.errors import Invalid
from infra.outbox import publish
from tenants.portals.models import Portal

_log = structlog.get_logger(__name__)
LONGEST = timedelta(days=1)
AT_ONCE = 5000
KEPT = 200
SLACK = 1
"""Seconds by which two clocks may round apart."""


def compare(
    *, since: datetime, until: datetime, records: Sequence[Cdr], now: datetime | None = None
) -> RecordComparison:
    """Hold the calls that ended from `since` to `until` against all records the switch has of that time.

    A call whose end or answer never reached us is settled by its record, and one that was closed by estimate is put
    right. Reported besides are calls that only one side knows, and durations that differ by more than a second; the
    charge of those stays. Comparing again finds what is left. Whoever runs the service is told. Raises Invalid.
    """
    moment = now or datetime.now(UTC)
    if not since < until <= min(since + LONGEST, moment + timedelta(minutes=5)) or len(records) > AT_ONCE:
        raise Invalid(fields={"until": [f"At most a day that is over, and at most {AT_ONCE} records."]})
    theirs = {record.call_id: record for record in records}
    ours = {call.call_id: call for call in Call.objects.filter(call_id__in=theirs).defer("snapshot")}
    found = [difference for record in records if (difference := _differs(ours.get(record.call_id), record, moment))]
    ended = Call.objects.filter(ended_at__gte=since, ended_at__lt=until, state=Call.State.SETTLED)
    known = dict(ended.exclude(cause="file").values_list("call_id", "seconds"))
    found += [[name, "unknown to the switch", str(known[name]), ""] for name in known.keys() - theirs.keys()]
    return _keep(since, until, known, theirs, found)


def _differs(call: Call | None, record: Cdr, now: datetime) -> list[str] | None:
    theirs = str(record.seconds)
    if call is None:
        return [record.call_id, "unknown here", "", theirs]
    if call.state != Call.State.SETTLED:
        return _healed(record, "not ended here", str(call.state), theirs, now)
    if (call.answered_at is None and record.answered_at is not None) or call.estimated:
        return _healed(record, "estimated" if call.estimated else "not answered here", str(call.seconds), theirs, now)
    if abs(call.seconds - min(record.seconds, call.granted)) > SLACK:
        return [record.call_id, "duration", str(call.seconds), theirs]
    return None


def _healed(record: Cdr, what: str, ours: str, theirs: str, now: datetime) -> list[str]:
    try:
        settle(record, now=now)
    except Exception:  # the others are not to wait for this one
        _log.exception("rating.record_not_settled", call=record.call_id)
    return [record.call_id, what, ours, theirs]


@transaction.atomic
def _keep(
    since: datetime, until: datetime, ours: Mapping[str, int], theirs: Mapping[str, Cdr], found: list[list[str]]
) -> RecordComparison:
    made = RecordComparison.objects.create(
        since=since,
        until=until,
        ours=len(ours),
        theirs=len(theirs),
        differing=len(found),
        differences=found[:KEPT],
    )
    house = Portal.objects.existing().filter(is_operator=True).first()
    if found and house is not None:
        _log.warning("rating.records_differ", differing=len(found), since=since.isoformat())
        with enter(house):
            publish(RecordsDiffer(comparison_id=made.pk, differing=len(found)))
    return made


def comparisons(limit: int = 10) -> list[RecordComparison]:
    """The last comparisons, newest first."""
    return list(RecordComparison.objects.all()[:limit])
