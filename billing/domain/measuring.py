"""What is counted elsewhere goes to the meters: the disk, API requests, letters."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from billing.domain import meter, usage
from billing.models import MeterName
from infra.api.throttling import used_on
from infra.db.current import current_portal
from infra.kit.registry import registry

DISK = "portals.disk_bytes"


def measure(now: datetime | None = None) -> None:
    """Report what the entered portal stores now, and its API requests of today and of the rest of yesterday.

    Two runs within an hour count once; a day keeps its highest report.
    """
    moment = now or datetime.now(UTC)
    portal_id = current_portal().id
    hour = f"{moment:%Y-%m-%dT%H}"
    _report(portal_id, MeterName.STORAGE, usage.used_of(registry.limit(DISK), portal_id), moment, f"{hour}")
    _report(portal_id, MeterName.API_CALLS, used_on(moment.date()), moment, hour)
    yesterday = moment.date() - timedelta(days=1)
    last_second = datetime.combine(yesterday, time.max, UTC)
    _report(portal_id, MeterName.API_CALLS, used_on(yesterday), last_second, f"{yesterday}-whole-{hour}")


def letter_sent(message_id: str) -> None:
    """A letter of the entered portal was taken by the mail server; tried twice, it counts once."""
    meter.record(
        portal_id=current_portal().id,
        meter=MeterName.LETTERS,
        quantity=Decimal(1),
        at=datetime.now(UTC),
        cause=f"letter:{message_id}",
    )


def _report(portal_id: int, name: MeterName, quantity: int, at: datetime, when: str) -> None:
    if quantity:
        meter.record(portal_id=portal_id, meter=name, quantity=Decimal(quantity), at=at, cause=f"{portal_id}:{when}")
