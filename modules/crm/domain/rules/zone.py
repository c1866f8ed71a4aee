"""The clock that rules go by."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from infra.db.current import current_portal


def zone() -> ZoneInfo:
    """The company's time zone: rules keep its day, whoever set them up."""
    return ZoneInfo(current_portal().time_zone or "UTC")
