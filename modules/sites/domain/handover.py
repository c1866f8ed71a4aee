"""What a leaving person is responsible for in this room: the leads of forms."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from infra import audit
from infra.kit.access import Actor
from modules.sites.domain.access import ref_of
from modules.sites.models import Form


def forms_of(user_id: int) -> int:
    """How many forms send their leads to this person."""
    return Form.objects.filter(responsible_id=user_id).count()


def hand_over_forms(*, actor: Actor, from_user: Any, to_user: Any) -> int:
    """Send the leads of all forms of ``from_user`` to ``to_user``, published ones included; returns how many forms."""
    with transaction.atomic():
        forms = list(
            Form.objects.select_for_update(of=("self",))
            .select_related("site__publication")
            .filter(responsible_id=from_user.pk)
            .order_by("pk")
        )
        for form in forms:
            form.responsible_id = to_user.pk
            form.save(update_fields=["responsible"])
            publication = form.site.publication
            if publication is not None and form.public_id in publication.forms:
                publication.forms[form.public_id]["responsible_id"] = to_user.pk
                publication.save(update_fields=["forms"])
            audit.record(
                actor, action="form.hand_over", ref=ref_of(form), changes={"responsible_id": (from_user.pk, to_user.pk)}
            )
    return len(forms)
