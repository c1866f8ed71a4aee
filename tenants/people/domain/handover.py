"""What a person is responsible for, and passing it on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from infra.audit import record
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Conflict, Text
from infra.kit.registry import registry
from tenants.people.domain.access import require_can_manage
from tenants.people.domain.person import ref_of
from tenants.people.models import User


@dataclass(frozen=True, kw_only=True)
class Owned:
    """How many records of one kind a person is responsible for; `key` is `module.kind`."""

    key: str
    title: Text
    icon: str
    count: int


def owned_by(person: User) -> list[Owned]:
    """What the person holds, kind by kind, kinds with nothing left out."""
    held = []
    for (module, kind), declared in registry.records.items():
        if declared.owned and declared.transfer:
            count = import_string(declared.owned)(person.id)
            if count:
                held.append(Owned(key=f"{module}.{kind}", title=declared.title_plural, icon=declared.icon, count=count))
    return held


def hand_over(*, actor: Actor, person: User, to: User, kinds: Iterable[str]) -> dict[str, int]:
    """Give everything of these kinds (`module.kind`) that `person` is responsible for to `to`, all or nothing.

    Returns how many records of each kind passed.

    Raises:
        Denied: no right over this person.
        Conflict: `to` is deactivated, a guest, or the same person.
        UnknownName: no such kind. ReadOnly
    """
    require_can_manage(actor, person)
    gates.require_writable()
    if to.id == person.id or not to.is_active or to.role.is_guest:
        raise Conflict(_("Choose an active colleague who is not a guest."))
    moved: dict[str, int] = {}
    with transaction.atomic():
        for key in dict.fromkeys(kinds):
            module, _dot, kind = key.partition(".")
            declared = registry.record_kind(module, kind)
            if declared.transfer:
                moved[key] = import_string(declared.transfer)(actor=actor, from_user=person, to_user=to)
        changes = {key: (person.display_name, f"{to.display_name}: {count}") for key, count in moved.items()}
        record(actor, action="people.person.hand_over", ref=ref_of(person), changes=changes)
    return moved
