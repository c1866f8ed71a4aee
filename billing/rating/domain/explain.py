"""How a call's charge came about, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.rating.domain import bundles
from billing.rating.domain.authorize import EMERGENCY
from billing.rating.engine import written
from billing.rating.engine.rating import Charge, Part, rate_call
from billing.rating.models import Call


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line: what was taken, from which second, and its exact cost."""

    part: Part
    at: datetime | None
    until: datetime | None
    title: str
    cost: Decimal


def explain(call: Call) -> tuple[Charge | None, list[Row]]:
    """The settled call rated once more by its snapshot and the included seconds it used; the parts are its lines.

    None for an emergency call, one that was not answered or has not ended.
    """
    if call.route == EMERGENCY or call.state != Call.State.SETTLED or call.answered_at is None:
        return None, []
    return rated_by(call, call.snapshot)


def rated_by(call: Call, snapshot: dict[str, Any]) -> tuple[Charge, list[Row]]:
    """The call by a price of `snapshot` (its own, or a correction's)."""
    uses = list(call.bundle_uses.filter(used__gt=0).select_related("bundle"))
    lots = [bundles.lot(use.bundle, use.used) for use in uses]
    tariff = written.tariff_from(snapshot["tariff"])
    charge = rate_call(tariff, call.answered_at, call.seconds, lots, call.granted)
    titles = {str(use.bundle_id): use.bundle.shown_title for use in uses}
    return charge, [_row(call, part, titles) for part in charge.parts]


def _row(call: Call, part: Part, titles: dict[str, str]) -> Row:
    begins = call.answered_at + timedelta(seconds=part.start) if part.seconds and call.answered_at else None
    return Row(
        part=part,
        at=begins,
        until=begins + timedelta(seconds=part.seconds) if begins else None,
        title=titles.get(part.lot, ""),
        cost=(Decimal(part.cost.numerator) / part.cost.denominator).quantize(Decimal("0.000001")),
    )
