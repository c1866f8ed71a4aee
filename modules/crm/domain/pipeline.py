"""Verbs on pipelines and stages."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from infra.kit.refs import RecordRef
from modules.crm.models import Lead, Pipeline, Stage

MANAGE = "crm.pipeline.manage"
MOST_STAGES = 20
PRESET_STAGES: tuple[tuple[str, str, str], ...] = (
    ("new", Stage.Colour.INFO, Stage.Kind.OPEN),
    ("in_work", Stage.Colour.ACCENT, Stage.Kind.OPEN),
    ("waiting", Stage.Colour.WARNING, Stage.Kind.OPEN),
    ("qualified", Stage.Colour.ACCENT, Stage.Kind.OPEN),
    ("won", Stage.Colour.SUCCESS, Stage.Kind.WON),
    ("lost", Stage.Colour.DANGER, Stage.Kind.LOST),
)


def count_pipelines() -> int:
    """How many pipelines the portal has, for the limit `crm.pipelines`."""
    return Pipeline.objects.count()


def add_preset_pipeline(*, preset: str = "", name: str = "", usual: bool = False) -> Pipeline:
    """Write a pipeline with the usual stages; no guards, for seeds and `create_pipeline`."""
    last = Pipeline.objects.aggregate(last=Max("position"))["last"]
    pipeline = Pipeline.objects.create(
        preset=preset, name=name, is_usual=usual, position=0 if last is None else last + 1
    )
    Stage.objects.bulk_create(
        Stage(pipeline=pipeline, preset=key, colour=colour, kind=kind, position=place, version=1)
        for place, (key, colour, kind) in enumerate(PRESET_STAGES)
    )
    return pipeline


def create_pipeline(*, actor: Actor, name: str) -> Pipeline:
    """A further pipeline with the usual stages. Raises Denied, Invalid, LimitReached, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = _name(name)
    with transaction.atomic():
        gates.reserve("crm.pipelines")
        pipeline = add_preset_pipeline(name=name)
        audit.record(actor, "pipeline.create", RecordRef("crm", "pipeline", pipeline.pk), note=name)
    return pipeline


def rename_pipeline(*, actor: Actor, pipeline: Pipeline, name: str) -> None:
    """Give the pipeline another name. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        before, pipeline.name = pipeline.title, _name(name)
        pipeline.save(update_fields=["name"])
        audit.record(
            actor, "pipeline.rename", RecordRef("crm", "pipeline", pipeline.pk), {"name": (before, pipeline.name)}
        )


def delete_pipeline(*, actor: Actor, pipeline: Pipeline) -> None:
    """Remove an empty pipeline that is not the usual one. Raises Conflict, Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    if pipeline.is_usual:
        raise Conflict(_("New leads enter this pipeline; it cannot be removed."), code="pipeline_in_use")
    with transaction.atomic():
        stages = list(Stage.objects.select_for_update().filter(pipeline=pipeline).order_by("pk"))
        if Lead.objects.filter(stage__in=stages).exists():
            raise Conflict(_("There are leads in this pipeline. Move them first."), code="pipeline_in_use")
        audit.record(actor, "pipeline.delete", RecordRef("crm", "pipeline", pipeline.pk), note=pipeline.title)
        pipeline.delete()
        gates.release("crm.pipelines")


def add_stage(*, actor: Actor, pipeline: Pipeline, name: str, colour: str, kind: str) -> Stage:
    """A further stage: open ones before the first closing one, others at the end. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = _name(name)
    _check(colour, kind)
    with transaction.atomic():
        stages = _locked(pipeline)
        if len(stages) >= MOST_STAGES:
            raise Invalid(_("A pipeline has at most %(most)s stages.") % {"most": MOST_STAGES})
        stage = Stage.objects.create(pipeline=pipeline, name=name, colour=colour, kind=kind, position=len(stages))
        place = next((i for i, other in enumerate(stages) if other.kind != Stage.Kind.OPEN), len(stages))
        stages.insert(place if kind == Stage.Kind.OPEN else len(stages), stage)
        _number(stages)
        audit.record(actor, "stage.create", RecordRef("crm", "stage", stage.pk), note=name)
    return stage


def edit_stage(*, actor: Actor, stage: Stage, name: str, colour: str, kind: str) -> None:
    """Change a stage. One open stage must remain. Raises Conflict, Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = _name(name)
    _check(colour, kind)
    with transaction.atomic():
        stages = _locked(stage.pipeline)
        if kind != Stage.Kind.OPEN and not any(s.kind == Stage.Kind.OPEN and s.pk != stage.pk for s in stages):
            raise Conflict(_("One stage must stay in progress: new leads enter there."), code="last_open_stage")
        before = (stage.title, stage.colour, stage.kind)
        stage.name, stage.colour, stage.kind = ("" if name == stage.title and not stage.name else name), colour, kind
        stage.save(update_fields=["name", "colour", "kind"])
        after = (stage.title, stage.colour, stage.kind)
        changed = {
            field: (old, new)
            for field, old, new in zip(("name", "colour", "kind"), before, after, strict=True)
            if old != new
        }
        if changed:
            audit.record(actor, "stage.edit", RecordRef("crm", "stage", stage.pk), changed)


def order_stages(*, actor: Actor, pipeline: Pipeline, stage_ids: Sequence[int]) -> None:
    """Put the pipeline's stages in this order; all of them must be named. Raises Conflict, Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        stages = {stage.pk: stage for stage in _locked(pipeline)}
        if sorted(stages) != sorted(stage_ids):
            raise Conflict
        _number([stages[pk] for pk in stage_ids])
        audit.record(actor, "pipeline.order", RecordRef("crm", "pipeline", pipeline.pk))


def delete_stage(*, actor: Actor, stage: Stage, move_to: Stage | None = None) -> int:
    """Remove a stage, after taking its leads (the trash too) to `move_to`. Returns how many were taken.

    Raises Conflict where leads would lose their stage or no open stage would remain; Denied, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        stages = _locked(stage.pipeline)
        if stage.kind == Stage.Kind.OPEN and sum(s.kind == Stage.Kind.OPEN for s in stages) == 1:
            raise Conflict(_("One stage must stay in progress: new leads enter there."), code="last_open_stage")
        leads = Lead.objects.filter(stage=stage)
        moved = 0
        if leads.exists():
            if move_to is None or move_to.pk == stage.pk:
                raise Conflict(_("There are leads in this stage. Say where they go."), code="stage_in_use")
            moved = leads.update(stage=move_to)
        audit.record(actor, "stage.delete", RecordRef("crm", "stage", stage.pk), note=stage.title)
        stage.delete()
    return moved


def _locked(pipeline: Pipeline) -> list[Stage]:
    Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    return list(Stage.objects.filter(pipeline=pipeline).order_by("position", "id"))


def _number(stages: Sequence[Stage]) -> None:
    for place, stage in enumerate(stages):
        stage.position = place
    Stage.objects.bulk_update(stages, ["position"])


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 100 or "\0" in name:
        raise Invalid(fields={"name": [_("A name has 1 to 100 characters.")]})
    return name


def _check(colour: str, kind: str) -> None:
    if colour not in Stage.Colour.values:
        raise Invalid(fields={"colour": [_("There is no such colour.")]})
    if kind not in Stage.Kind.values:
        raise Invalid(fields={"kind": [_("A stage is in progress, won or lost.")]})
