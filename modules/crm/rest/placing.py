"""A PATCH may name fields, the stage and the responsible person at once: all of it happens, or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from infra.kit.access import Actor
from infra.kit.errors import Conflict, PreconditionFailed
from modules.crm.domain.access import access_stage
from modules.crm.domain.lead import assign_lead, edit_lead, move_lead
from modules.crm.models import Lead


def edit_and_place(actor: Actor, lead: Lead, values: dict[str, Any], version: int | None) -> Lead:
    """Change what `values` names, in one transaction. Raises what the verbs raise; then nothing is changed."""
    fields = dict(values)
    stage_id, responsible = fields.pop("stage_id", None), fields.pop("responsible_id", ...)
    with transaction.atomic():
        lead = edit_lead(actor=actor, lead=lead, changes=fields, version=version)
        if stage_id is not None:
            lead = move_lead(actor=actor, lead=lead, stage=access_stage(stage_id))
        if responsible is not ...:
            lead = assign_lead(actor=actor, lead=lead, responsible_id=responsible)
    return lead


@contextmanager
def as_precondition() -> Iterator[None]:
    """Between the check of If-Match and the lock somebody may be faster: that, too, is 412."""
    try:
        yield
    except Conflict as conflict:
        if "current_version" in conflict.extra:
            raise PreconditionFailed(current=f'"{conflict.extra["current_version"]}"') from conflict
        raise
