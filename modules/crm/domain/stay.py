"""A record goes from stage to stage: what it leaves is kept, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from infra.db.gathering import insert
from infra.kit.access import Actor
from modules.crm.models import Lead, Stage, StageStay


def enter_stage(record: Any, stage: Stage, actor: Actor) -> list[str]:
    """Take `record` to `stage` in memory and write the stay that ends, inside the caller's transaction.

    Returns the names of the fields to be saved.
    """
    now, before = timezone.now(), record.stage
    insert(StageStay(**{record.link: record}, stage=before, entered_at=min(record.stage_since, now), left_at=now))
    been = [one for one in (record.reached, before, stage) if one is not None]
    furthest = furthest_of(one for one in been if one.pipeline_id == stage.pipeline_id)
    record.reached = None if furthest is None or furthest.pk == stage.pk else furthest
    record.stage, record.stage_since = stage, now
    record.closed_at = None if stage.kind == Stage.Kind.OPEN else now
    return ["stage", "stage_since", "closed_at", "reached", *answered(record, actor)]


def furthest_of(stages: Iterable[Stage]) -> Stage | None:
    """The one that stands last in its pipeline; to lose is not to get anywhere."""
    won = [stage for stage in stages if stage.kind != Stage.Kind.LOST]
    return max(won, key=lambda stage: (stage.position, stage.pk), default=None)


def answered(record: Any, actor: Actor) -> list[str]:
    """Note in memory that a person did something about a lead for the first time; returns the fields to be saved."""
    if not isinstance(record, Lead) or record.answered_at is not None or actor.id is None:
        return []
    record.answered_at = timezone.now()
    return ["answered_at"]
