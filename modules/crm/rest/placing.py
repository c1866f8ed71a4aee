"""A PATCH may name fields, the stage and the responsible person at once: all of it happens, or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from infra.kit.access import Actor
from infra.kit.errors import Conflict, PreconditionFailed
from modules.crm.domain.access import access_stage
from modules.crm.domain.kinds import kind_of
from modules.crm.domain.record import assign_record, edit_record, move_record


def edit_and_place(actor: Actor, record: Any, values: dict[str, Any], version: int | None) -> Any:
    """Change what `values` (by field key) names, in one transaction. Raises what the verbs raise; then nothing is
    changed."""
    fields = dict(values)
    stage_id, responsible = fields.pop("stage_id", None), fields.pop("responsible_id", ...)
    with transaction.atomic():
        record = edit_record(actor=actor, record=record, changes=fields, version=version)
        if stage_id is not None:
            stage = access_stage(stage_id, kind_of(record))
            record = move_record(actor=actor, record=record, stage=stage)
        if responsible is not ...:
            record = assign_record(actor=actor, record=record, responsible_id=responsible)
    return record


@contextmanager
def as_precondition() -> Iterator[None]:
    """Between the check of If-Match and the lock somebody may be faster: that, too, is 412."""
    try:
        yield
    except Conflict as conflict:
        if "current_version" in conflict.extra:
            raise PreconditionFailed(current=f'"{conflict.extra["current_version"]}"') from conflict
        raise
