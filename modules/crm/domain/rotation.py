"""Verbs on the rotation of people who take leads from outside."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from modules.crm.domain.people import active_person
from modules.crm.domain.pipeline import MANAGE
from modules.crm.models import RotationMember


def members() -> list[RotationMember]:
    """The rotation with its people, in order of joining."""
    return list(RotationMember.objects.select_related("person").order_by("id"))


def set_rotation(*, actor: Actor, person_ids: Sequence[int]) -> None:
    """Make these people the rotation; who stays keeps the place in the queue. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    for person_id in person_ids:
        active_person(person_id)
    with transaction.atomic():
        before = set(RotationMember.objects.select_for_update().order_by("pk").values_list("person_id", flat=True))
        wanted = set(person_ids)
        if before == wanted:
            return
        RotationMember.objects.filter(person_id__in=before - wanted).delete()
        RotationMember.objects.bulk_create(RotationMember(person_id=pk) for pk in sorted(wanted - before))
        audit.record(actor, "rotation.set", None, {"people": (sorted(before), sorted(wanted))})
