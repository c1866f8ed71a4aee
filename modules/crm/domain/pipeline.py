"""Verbs on pipelines and stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Denied, Invalid, Text
from infra.kit.refs import RecordRef
from infra.kit.spec import Scope
from modules.crm.domain import restaging
from modules.crm.domain.access import pipeline_rules
from modules.crm.domain.field_rights import unbound
from modules.crm.domain.kinds import LEAD, Kind, field_map, kind_named, model_named
from modules.crm.models import Pipeline, PipelineRight, Stage
from tenants.people.models import Role

MANAGE = "crm.pipeline.manage"
MOST_STAGES = 20
# key, colour, meaning, probability in percent
PRESET_STAGES: Mapping[str, Sequence[tuple[str, str, str, int | None]]] = {
    "lead": (
        ("new", Stage.Colour.INFO, Stage.Kind.OPEN, None),
        ("in_work", Stage.Colour.ACCENT, Stage.Kind.OPEN, None),
        ("waiting", Stage.Colour.WARNING, Stage.Kind.OPEN, None),
        ("qualified", Stage.Colour.ACCENT, Stage.Kind.OPEN, None),
        ("won", Stage.Colour.SUCCESS, Stage.Kind.WON, None),
        ("lost", Stage.Colour.DANGER, Stage.Kind.LOST, None),
    ),
    "deal": (
        ("new", Stage.Colour.INFO, Stage.Kind.OPEN, 10),
        ("need", Stage.Colour.INFO, Stage.Kind.OPEN, 25),
        ("offer", Stage.Colour.ACCENT, Stage.Kind.OPEN, 50),
        ("agreed", Stage.Colour.ACCENT, Stage.Kind.OPEN, 75),
        ("paying", Stage.Colour.WARNING, Stage.Kind.OPEN, 90),
        ("deal_won", Stage.Colour.SUCCESS, Stage.Kind.WON, 100),
        ("deal_lost", Stage.Colour.DANGER, Stage.Kind.LOST, 0),
    ),
    "item": (
        ("new", Stage.Colour.INFO, Stage.Kind.OPEN, None),
        ("in_work", Stage.Colour.ACCENT, Stage.Kind.OPEN, None),
        ("done", Stage.Colour.SUCCESS, Stage.Kind.WON, None),
        ("rejected", Stage.Colour.DANGER, Stage.Kind.LOST, None),
    ),
}
PRESET_REASONS = ("price", "competitor", "no_need", "silent", "other")
RIGHT_VERBS = ("view", "create", "edit", "delete", "export")


def count_pipelines() -> int:
    """How many pipelines the portal has, for `crm.pipelines`; the one of leads that all have is not counted, nor are
    those that came with kinds of the company's own."""
    return Pipeline.objects.exclude(~Q(kind="deal"), is_usual=True).count()


def add_preset_pipeline(
    *,
    kind: Kind,
    preset: str = "",
    name: str = "",
    usual: bool = False,
    stages: Sequence[tuple[Text, str, str]] = (),
) -> Pipeline:
    """Write a pipeline with `stages` (name, colour, meaning) or the usual ones; no guards, for seeds and verbs."""
    last = Pipeline.objects.aggregate(last=Max("position"))["last"]
    pipeline = Pipeline.objects.create(
        kind=kind.key, preset=preset, name=name, is_usual=usual, position=0 if last is None else last + 1
    )
    if stages:
        rows = [Stage(name=str(title), colour=colour, kind=meaning) for title, colour, meaning in stages]
    else:
        rows = [
            Stage(preset=key, colour=colour, kind=meaning, probability=percent)
            for key, colour, meaning, percent in PRESET_STAGES[kind.link]
        ]
    for place, row in enumerate(rows):
        row.pipeline, row.position, row.version = pipeline, place, 1
    Stage.objects.bulk_create(rows)
    return pipeline


def create_pipeline(*, actor: Actor, name: str, kind: Kind = LEAD) -> Pipeline:
    """A further pipeline with the usual stages. Raises Denied, Invalid, LimitReached, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = _name(name)
    if not kind.staged:
        raise Invalid(fields={"kind": [_("Choose one of the list.")]})
    with transaction.atomic():
        gates.reserve("crm.pipelines")
        pipeline = add_preset_pipeline(kind=kind, name=name)
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
        raise Conflict(_("New records enter this pipeline; it cannot be removed."), code="pipeline_in_use")
    with transaction.atomic():
        stages = list(Stage.objects.select_for_update().filter(pipeline=pipeline).order_by("pk"))
        if _records(pipeline).filter(stage__in=stages).exists():
            raise Conflict(_("There are records in this pipeline. Move them first."), code="pipeline_in_use")
        audit.record(actor, "pipeline.delete", RecordRef("crm", "pipeline", pipeline.pk), note=pipeline.title)
        pipeline.delete()
        gates.release("crm.pipelines")


def add_stage(
    *,
    actor: Actor,
    pipeline: Pipeline,
    name: str,
    colour: str,
    kind: str,
    probability: int | None = None,
    required: Sequence[str] = (),
) -> Stage:
    """A further stage: open ones before the first closing one, others at the end; `probability` and `required` as in
    `edit_stage`. Raises Denied, Invalid, ReadOnly."""
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
        if probability is not None or required:
            edit_stage(
                actor=actor,
                stage=stage,
                name=name,
                colour=colour,
                kind=kind,
                probability=probability,
                required=required,
            )
    return stage


def edit_stage(
    *,
    actor: Actor,
    stage: Stage,
    name: str,
    colour: str,
    kind: str,
    probability: int | None = None,
    required: Sequence[str] = (),
) -> None:
    """Change a stage: `probability` in percent, `required` keys of fields without which nothing enters it.

    With another meaning its records become open, won or lost. One open stage must remain. Raises Conflict, Denied,
    Invalid, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = _name(name)
    _check(colour, kind)
    if probability is not None and not 0 <= probability <= 100:
        raise Invalid(fields={"probability": [_("A whole number from 0 to 100.")]})
    known = field_map(kind_named(stage.pipeline.kind))
    if set(required) - set(known):
        raise Invalid(fields={"required": [_("Choose one of the list.")]})
    with transaction.atomic():
        stages = _locked(stage.pipeline)
        if kind != Stage.Kind.OPEN and not any(s.kind == Stage.Kind.OPEN and s.pk != stage.pk for s in stages):
            raise Conflict(_("One stage must stay in progress: new records enter there."), code="last_open_stage")
        before = _told(stage)
        stage.name, stage.colour, stage.kind = ("" if name == stage.title and not stage.name else name), colour, kind
        stage.probability, stage.required = probability, sorted(set(required))
        stage.save(update_fields=["name", "colour", "kind", "probability", "required"])
        if before["kind"] != kind:
            restaging.follow_meaning(_records(stage.pipeline).filter(stage=stage), stage)
        after = _told(stage)
        changed = {field: (before[field], after[field]) for field in after if before[field] != after[field]}
        if changed:
            audit.record(actor, "stage.edit", RecordRef("crm", "stage", stage.pk), changed)


def _told(stage: Stage) -> dict[str, object]:
    return {
        "name": stage.title,
        "colour": stage.colour,
        "kind": stage.kind,
        "probability": stage.probability,
        "required": ", ".join(stage.required),
    }


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
    """Remove a stage, after taking its records (the trash too) to `move_to`. Returns how many were taken.

    Raises Conflict where records would lose their stage or no open stage would remain; Denied, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        stages = _locked(stage.pipeline)
        if stage.kind == Stage.Kind.OPEN and sum(s.kind == Stage.Kind.OPEN for s in stages) == 1:
            raise Conflict(_("One stage must stay in progress: new records enter there."), code="last_open_stage")
        rows = _records(stage.pipeline).filter(stage=stage)
        moved = 0
        if rows.exists():
            if move_to is None or move_to.pk == stage.pk or move_to.pipeline.kind != stage.pipeline.kind:
                raise Conflict(_("There are records in this stage. Say where they go."), code="stage_in_use")
            moved = restaging.take_along(rows, stage, move_to)
        restaging.step_back(_records(stage.pipeline), stage)
        audit.record(actor, "stage.delete", RecordRef("crm", "stage", stage.pk), note=stage.title)
        stage.delete()
    return moved


def scopes_of(verb: str) -> tuple[Scope, ...]:
    """How far a right in a pipeline can reach: records are made there, or they are not."""
    return (Scope.NONE, Scope.ALL) if verb == "create" else tuple(Scope)


def rights_in(pipeline: Pipeline, stage: Stage | None = None) -> dict[tuple[int, str], Scope]:
    """How far roles reach in the pipeline, or in one `stage` of it, where that is said: (role id, verb) → scope."""
    rows = PipelineRight.objects.filter(pipeline=pipeline, stage=stage).order_by("role_id", "verb")
    return {(role, verb): Scope(scope) for role, verb, scope in rows.values_list("role_id", "verb", "scope")}


def set_pipeline_rights(
    *, actor: Actor, pipeline: Pipeline, rights: Mapping[tuple[int, str], int], stage: Stage | None = None
) -> None:
    """Say how far roles reach in this pipeline, or in one `stage` of it: (role id, verb) → scope; what is left out is
    as in the pipeline, and there as everywhere else.

    Raises Denied, Invalid, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    if any(verb not in RIGHT_VERBS or scope not in scopes_of(verb) for (_role, verb), scope in rights.items()):
        raise Invalid(fields={"rights": [_("Choose one of the list.")]})
    with transaction.atomic():
        Pipeline.objects.select_for_update().get(pk=pipeline.pk)
        before = rights_in(pipeline, stage)
        if before == dict(rights):
            return
        _require_within(actor, pipeline, stage, before, rights)
        PipelineRight.objects.filter(pipeline=pipeline, stage=stage).delete()
        roles = {role.pk: role for role in Role.objects.exclude(base=Role.Base.OWNER)}
        PipelineRight.objects.bulk_create(
            PipelineRight(pipeline=pipeline, stage=stage, role=roles[role_id], verb=verb, scope=scope)
            for (role_id, verb), scope in sorted(rights.items())
            if role_id in roles
        )
        audit.record(
            actor,
            "pipeline.rights",
            RecordRef("crm", "pipeline", pipeline.pk),
            {"rights": (_rights_told(before), _rights_told(rights))},
            note=stage.title if stage is not None else "",
        )


def _require_within(
    actor: Actor,
    pipeline: Pipeline,
    stage: Stage | None,
    before: Mapping[tuple[int, str], int],
    rights: Mapping[tuple[int, str], int],
) -> None:
    """Nobody lets a role reach further here than they do themselves; what it had already may stay."""
    if unbound(actor):
        return
    kind = kind_named(pipeline.kind)
    for role in Role.objects.filter(pk__in={role_id for role_id, _verb in {*before, *rights}}):
        for verb in RIGHT_VERBS:
            usual = role.scope(kind.permission(verb))
            was, now = (Scope(some.get((role.pk, verb), usual)) for some in (before, rights))
            rules = pipeline_rules(actor, kind, verb)
            own = rules.get((pipeline.pk, None), actor.scope(kind.permission(verb)))
            if stage is not None:
                own = rules.get((pipeline.pk, stage.pk), own)
            if now > max(was, own):
                raise Denied(_("You cannot let others reach further than your own role does."), code="role_above")


def _rights_told(rights: Mapping[tuple[int, str], int]) -> list[str]:
    return [f"{role} {verb}: {int(scope)}" for (role, verb), scope in sorted(rights.items())]


def _records(pipeline: Pipeline) -> Any:
    return model_named(pipeline.kind).objects


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
