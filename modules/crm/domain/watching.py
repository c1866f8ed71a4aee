"""Watching a record: to see it and to hear what happens to it. Whoever changes a record says who watches it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain.kinds import kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.record import edit_record
from modules.crm.domain.telling import tell
from tenants.people.models import User


def watch(*, actor: Actor, record: Any) -> Any:
    """Have `actor` watch a record that they may change. Raises Denied, Invalid, ReadOnly, NotFound."""
    if actor.id is None:
        raise Invalid(_("Only people watch records."))
    if actor.id in record.watchers:
        return record
    return edit_record(actor=actor, record=record, changes={"watchers": [*record.watchers, actor.id]})


def stop_watching(*, actor: Actor, record: Any) -> Any:
    """Have `actor` no longer watch a record, which whoever watches it may. Raises ReadOnly, NotFound."""
    gates.require_writable()
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        if actor.id not in record.watchers:
            return record
        before, record.watchers = record.watchers, [pk for pk in record.watchers if pk != actor.id]
        record.save(update_fields=["watchers"])
        names = {person.pk: person.display_name for person in User.objects.filter(pk__in=before)}
        was, now = (", ".join(names[pk] for pk in ids if pk in names) for ids in (before, record.watchers))
        audit.record(actor, f"{kind.link}.edit", record.ref, {"watchers": (was, now)})
        tell(record, "changed", actor, besides=record.watchers)
    return record
