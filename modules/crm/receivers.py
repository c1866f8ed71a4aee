"""What CRM hears of others."""

from __future__ import annotations

from typing import Any

from modules.crm.models import FieldRight, PipelineRight
from tenants.people.contracts import RoleCreated


def role_created(event: RoleCreated, *, delivery: Any) -> None:
    """A role that a bound person made sees no field and reaches no pipeline that their own does not."""
    if event.within is None:
        return
    FieldRight.objects.bulk_create(
        (
            FieldRight(role_id=event.role_id, kind=row.kind, field=row.field, level=row.level)
            for row in FieldRight.objects.filter(role_id=event.within)
        ),
        ignore_conflicts=True,
    )
    PipelineRight.objects.bulk_create(
        (
            PipelineRight(
                pipeline_id=row.pipeline_id,
                stage_id=row.stage_id,
                role_id=event.role_id,
                verb=row.verb,
                scope=row.scope,
            )
            for row in PipelineRight.objects.filter(role_id=event.within)
        ),
        ignore_conflicts=True,
    )
