"""What rating hears of others."""

from __future__ import annotations

from typing import Any

from billing.rating.domain.forgetting import switch_off
from tenants.people.contracts import PersonDeactivated


def person_left(event: PersonDeactivated, *, delivery: Any) -> None:
    """Somebody may no longer sign in: their telephones may not either."""
    switch_off(event.user_id)
