"""What was forgotten stays forgotten: every erasure is noted, copied out of the database, and applied again (51)."""

from __future__ import annotations

import json

import structlog
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from infra.adapters.storage import get_storage
from infra.db.current import enter, portal_schema
from infra.kit.errors import NotFound
from infra.kit.registry import registry
from tenants.portals.models import Erasure

# Beside the portals' folders, whose names all begin with p_: a restore of the database does not take it back.
FOLDER = "erasures"
_BATCH = 500
_log = structlog.get_logger(__name__)


def forget_person(user_id: int) -> None:
    """Empty every room of the entered portal of a deactivated person, and note it; may be repeated.

    Raises NotFound, ValueError for an active person.
    """
    with transaction.atomic():
        for spec in registry.modules.values():
            if spec.erase:
                import_string(spec.erase)(user_id)
        note_erasure(portal_schema(), user_id)


def note_erasure(schema: str, person: int | None = None) -> None:
    """Remember, with the change, that a person (None: the portal itself) was forgotten."""
    Erasure.objects.get_or_create(schema_name=schema, person=person)


def copy_erasures() -> int:
    """Copy what is not yet in the object storage; answers how many. A copy is one small object, written once."""
    copied = 0
    while rows := list(Erasure.objects.filter(copied_at=None).order_by("id")[:_BATCH]):
        for row in rows:
            body = {"schema": row.schema_name, "person": row.person, "erased_at": row.erased_at.isoformat()}
            name = f"{FOLDER}/{row.schema_name}/{row.person or 'portal'}.json"
            get_storage().put(name, json.dumps(body).encode(), "application/json")
        Erasure.objects.filter(pk__in=[row.pk for row in rows]).update(copied_at=timezone.now())
        copied += len(rows)
    return copied


def apply_erasures(schema: str) -> int:
    """Forget again whom a restored portal still knows; answers how many people."""
    known = copied(schema) | set(Erasure.objects.filter(schema_name=schema).values_list("person", flat=True))
    done = 0
    for person in sorted(number for number in known if number is not None):
        with enter(schema), transaction.atomic():
            get_user_model()._default_manager.filter(pk=person).update(is_active=False)
            try:
                forget_person(person)
            except NotFound:  # the archive is older than the person
                continue
        done += 1
    return done


def copied(schema: str) -> set[int | None]:
    """Whom the copies outside of the database say to forget; None stands for the portal itself."""
    found = get_storage().iterate(f"{FOLDER}/{schema}")
    return {json.loads(get_storage().read(one.key))["person"] for one in found}
