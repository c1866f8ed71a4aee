"""What rating hears of others."""

from __future__ import annotations

from typing import Any

from billing.rating.domain.devices import follow_people
from billing.rating.domain.forgetting import switch_off
from tenants.people.contracts import PersonDeactivated, RightsChanged


def person_left(event: PersonDeactivated, *, delivery: Any) -> None:
    """Somebody may no longer sign in: their telephones may not either."""
    switch_off(event.user_id)


def rights_changed(event: RightsChanged, *, delivery: Any) -> None:
    """Somebody may be in another department: their telephones use its cap from the next call on."""
    follow_people(event.user_ids)
