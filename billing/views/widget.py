"""The tile of the plan on the start page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

from billing.domain import memory, usage
from billing.models.plan import in_language
from infra.db.current import current_schema


def plan_use(request: HttpRequest) -> dict[str, Any]:
    """The plan, days left of a trial, and how much is used of what the plan limits."""
    rights = memory.entitlements(current_schema())
    ends = rights.trial_ends_at
    return {
        "plan_title": in_language(dict(rights.plan_titles)),
        "days_left": (ends - datetime.now(UTC)).days + 1 if ends else None,
        "meters": [meter for meter in usage.meters(rights) if meter.used and meter.maximum is not None],
    }
