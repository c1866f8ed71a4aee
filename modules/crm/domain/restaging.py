"""Records follow their stage: it goes away and they are taken to another one, or it means something else."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from modules.crm.domain.consequences import after_placing_all
from modules.crm.models import Deal, Stage

_BATCH = 500


def take_along(rows: Any, gone: Stage, to: Stage) -> int:
    """Records `rows` of the stage `gone` are in `to` from now on, open or closed as it says; returns how many.

    In the caller's transaction.
    """
    ids, now = list(rows.values_list("pk", flat=True)), timezone.now()
    taken = rows.model.objects.filter(pk__in=ids)
    taken.update(stage=to, stage_since=now, **_meaning(to, Value(now)))
    if to.pipeline_id != gone.pipeline_id:
        taken.update(reached=None)
    elif gone.kind != Stage.Kind.LOST and (to.kind == Stage.Kind.LOST or to.position < gone.position):
        taken.filter(reached__isnull=True).update(reached=gone)
    _after(rows.model, ids)
    return len(ids)


def step_back(rows: Any, gone: Stage) -> None:
    """Whoever of `rows` had come as far as the stage `gone` is said to have come to the one before it."""
    ways = Stage.objects.filter(pipeline=gone.pipeline_id, position__lt=gone.position).exclude(kind=Stage.Kind.LOST)
    before = ways.order_by("-position", "-pk").first()
    rows = rows.filter(reached=gone)
    rows.filter(stage=before).update(reached=None)
    rows.update(reached=before)


def follow_meaning(rows: Any, stage: Stage) -> None:
    """Records `rows` of `stage` are open, won or lost as it says now; closed since the day they came to it.

    In the caller's transaction.
    """
    ids = list(rows.values_list("pk", flat=True))
    rows.update(**_meaning(stage, F("stage_since")))
    _after(rows.model, ids)


def _meaning(stage: Stage, closed: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"closed_at": None if stage.kind == Stage.Kind.OPEN else Coalesce("closed_at", closed)}
    return found if stage.kind == Stage.Kind.LOST else {**found, "lost_reason": None}


def _after(model: Any, ids: list[int]) -> None:
    """What is won reserves goods, what is not releases them."""
    if model is not Deal:
        return
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        after_placing_all(list(Deal.objects.select_related("stage").filter(pk__in=part).order_by("pk")))
