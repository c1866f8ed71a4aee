"""Read and keep what a person chose."""

from __future__ import annotations

from typing import Any

from infra.db.prepared import Prepared
from infra.kit.access import Actor
from infra.ui.models import Preference

_KEPT = "_preferences"
_CHOSEN = Prepared(lambda person: Preference.objects.filter(person_id=person).values_list("key", "value"))


def preference(actor: Actor, key: str, default: Any = None) -> Any:
    """What `actor` keeps under `key`, else `default`.

    A page asks for several: all are read at the first question and remembered on this instance of the person, which
    lives for one request.
    """
    kept: dict[str, Any] | None = vars(actor).get(_KEPT)
    if kept is None:
        kept = vars(actor)[_KEPT] = dict(_CHOSEN.rows(actor.id or 0))
    return kept.get(key, default)


def set_preference(*, actor: Actor, key: str, value: Any) -> None:
    """Keep `value` (JSON) for `actor`; None returns to the default."""
    vars(actor).pop(_KEPT, None)
    if value is None:
        Preference.objects.filter(person_id=actor.id, key=key).delete()
    else:
        Preference.objects.update_or_create(person_id=actor.id, key=key, defaults={"value": value})
