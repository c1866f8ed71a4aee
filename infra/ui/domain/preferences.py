"""Read and keep what a person chose."""

from __future__ import annotations

from typing import Any

from infra.kit.access import Actor
from infra.ui.models import Preference


def preference(actor: Actor, key: str, default: Any = None) -> Any:
    """What `actor` keeps under `key`, else `default`."""
    row = Preference.objects.filter(person_id=actor.id, key=key).values_list("value", flat=True).first()
    return default if row is None else row


def set_preference(*, actor: Actor, key: str, value: Any) -> None:
    """Keep `value` (JSON) for `actor`; None returns to the default."""
    if value is None:
        Preference.objects.filter(person_id=actor.id, key=key).delete()
    else:
        Preference.objects.update_or_create(person_id=actor.id, key=key, defaults={"value": value})
