"""What was used, mirrored to Stripe's meters under fixed identifiers. The ledger and the meters here are the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

import structlog
from django.db.models import QuerySet

from billing.models import MeterDay, MeterEvent, MeterName, PaymentCustomer, PaymentDifference
from infra.adapters.payments import Misunderstood, StripeAway, get_payments

_log = structlog.get_logger(__name__)
TAKEN = timedelta(days=34)
"""As far back as Stripe takes events (35 days), with a day to spare."""
SURE = timedelta(hours=23)
"""So long after it was asked the same identifier may be sent again: Stripe keeps identifiers for a day at least."""
RIPE = timedelta(days=2)
"""A day of a standing count is told when nothing can raise it any more."""
AT_ONCE = 500
LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Mirrored:
    """How a meter is called at Stripe, what its values are multiplied by to be whole, and how they add up."""

    event: str
    title: str
    times: int = 1
    formula: str = "sum"


METERS = {
    MeterName.MINUTES: Mirrored(event="portal_minutes", title="Call minutes, in thousandths", times=1000),
    MeterName.LETTERS: Mirrored(event="portal_letters", title="Letters"),
    MeterName.SMS: Mirrored(event="portal_sms", title="SMS"),
    MeterName.AI: Mirrored(event="portal_ai", title="AI requests"),
    MeterName.API_CALLS: Mirrored(event="portal_api_calls", title="API requests, by day"),
    MeterName.STORAGE: Mirrored(event="portal_storage", title="Disk in bytes, a day's peak", formula="last"),
}
BY_DAY = (MeterName.API_CALLS, MeterName.STORAGE)
"""Standing counts: a day's row is told when the day is over. Of the others each event is."""


def ensure_meters() -> None:
    """Stripe has every meter."""
    for meter in METERS.values():
        get_payments().ensure_meter(event=meter.event, title=meter.title, formula=meter.formula)


def mirror_usage(now: datetime | None = None) -> int:
    """Tell Stripe what portals that are its customers used and it was not told yet; how much was told.

    Each report is noted as asked before it is sent, and as told after. What was asked and never answered is sent again
    under the same identifier for less than a day, when Stripe is sure to take it once; later it is left, and reported
    as a difference (promise 35). Raises nothing while Stripe is away: the next run goes on.
    """
    moment = now or datetime.now(UTC)
    told = 0
    for customer in PaymentCustomer.objects.order_by("id").iterator(chunk_size=200):
        told += _tell(customer, _events(customer, moment), moment)
        told += _tell(customer, _days(customer, moment), moment)
    return told


def _events(customer: PaymentCustomer, now: datetime) -> QuerySet[MeterEvent]:
    rows = MeterEvent.objects.filter(portal_id=customer.portal_id, mirrored_at=None, at__gt=now - TAKEN)
    return rows.exclude(meter__in=BY_DAY).order_by("id")


def _days(customer: PaymentCustomer, now: datetime) -> QuerySet[MeterDay]:
    since, until = (now - TAKEN).date(), (now - RIPE).date()
    rows = MeterDay.objects.filter(portal_id=customer.portal_id, mirrored_at=None, meter__in=BY_DAY)
    return rows.filter(day__gt=since, day__lte=until).order_by("id")


def _tell(customer: PaymentCustomer, waiting: QuerySet[MeterEvent] | QuerySet[MeterDay], now: datetime) -> int:
    rows: Sequence[MeterEvent | MeterDay] = list(waiting[:AT_ONCE])
    if not rows:
        return 0
    table = type(rows[0])._default_manager
    table.filter(pk__in=[row.pk for row in rows], mirror_asked_at=None).update(mirror_asked_at=now)
    told = 0
    for row in rows:
        name = identifier_of(customer, row)
        if row.mirror_asked_at is not None and row.mirror_asked_at <= now - SURE:
            _report(customer, name, "asked, and never answered")
        else:
            try:
                _send(customer, name, row)
            except StripeAway:
                return told
            except Misunderstood as refused:
                _report(customer, name, refused.said)
            else:
                told += 1
        table.filter(pk=row.pk).update(mirrored_at=now)
    return told


def _send(customer: PaymentCustomer, name: str, row: MeterEvent | MeterDay) -> None:
    meter = METERS[MeterName(row.meter)]
    at = row.at if isinstance(row, MeterEvent) else datetime.combine(row.day, time(23, 59, 59), UTC)
    value = int((row.quantity * meter.times).quantize(Decimal(1), ROUND_HALF_UP))
    get_payments().report_use(identifier=name, event=meter.event, customer=customer.customer, value=value, at=at)


def identifier_of(customer: PaymentCustomer, row: MeterEvent | MeterDay) -> str:
    """The same for the same report, for ever; at most LONGEST signs, as Stripe takes them."""
    what = row.cause if isinstance(row, MeterEvent) else f"{row.day}:{row.department_id}"
    name = f"{customer.customer}:{row.meter}:{what}"
    return name if len(name) <= LONGEST else sha256(name.encode()).hexdigest()


def _report(customer: PaymentCustomer, name: str, said: str) -> None:
    PaymentDifference.objects.create(portal_id=customer.portal_id, what="use", ours=name, theirs=said[:300])
    _log.warning("billing.use_not_mirrored", portal=customer.portal_id, identifier=name, said=said)
