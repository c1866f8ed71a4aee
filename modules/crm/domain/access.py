"""Which records a person may see and change: the only ways to fetch one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from infra.kit.access import Actor, departments_within
from infra.kit.errors import Denied, NotFound
from infra.kit.spec import Scope
from modules.crm.domain.kinds import KINDS, LEAD, Kind, kind_of, smart_kinds
from modules.crm.models import Item, Lead, Pipeline, PipelineRight, Record, RecordQuerySet, Stage
from modules.crm.models.lead import LeadQuerySet

VIEW, CREATE, EDIT, DELETE, EXPORT = (f"crm.lead.{verb}" for verb in ("view", "create", "edit", "delete", "export"))


def visible(actor: Actor, kind: Kind) -> RecordQuerySet[Any]:
    """Records of `kind` outside the trash that `actor` may see."""
    return reached(kind.rows().alive(), actor, kind, "view")


def visible_deleted(actor: Actor, kind: Kind) -> RecordQuerySet[Any]:
    """Records of `kind` in the trash that `actor` may see and restore."""
    return reached(kind.rows().trashed(), actor, kind, "delete")


def reached(rows: Any, actor: Actor, kind: Kind, verb: str) -> RecordQuerySet[Any]:
    """The part of `rows` that `verb` (view, edit, delete) reaches for `actor`; pipelines and stages may have rules of
    their own.

    Without the general right there is nothing; a rule for the role replaces how far that right reaches. Whoever watches
    a record sees it wherever they see records of their own.
    """
    scope = actor.scope(kind.permission(verb)) if actor.is_active else Scope.NONE
    if scope is Scope.NONE:
        return cast(RecordQuerySet[Any], rows.none())
    rules = pipeline_rules(actor, kind, verb)
    if not rules:
        if scope is Scope.ALL:
            return cast(RecordQuerySet[Any], rows)
        return cast(RecordQuerySet[Any], rows.filter(_within(actor, scope, _watched(actor, kind, verb))))
    watched = _watched(actor, kind, verb)
    own_stages = [stage_id for _pipeline_id, stage_id in rules if stage_id is not None]
    own_pipelines = [pipeline_id for pipeline_id, stage_id in rules if stage_id is None]
    condition = ~Q(stage__pipeline__in=own_pipelines) & ~Q(stage__in=own_stages) & _within(actor, scope, watched)
    for (pipeline_id, stage_id), own in rules.items():
        if own is not Scope.NONE:
            where = Q(stage=stage_id) if stage_id else Q(stage__pipeline=pipeline_id) & ~Q(stage__in=own_stages)
            condition |= where & _within(actor, own, watched)
    return cast(RecordQuerySet[Any], rows.filter(condition))


def _within(actor: Actor, scope: Scope, watched: Q) -> Q:
    match scope:
        case Scope.ALL:
            return Q()
        case Scope.DEPARTMENT | Scope.BRANCH:
            departments = departments_within(actor, scope)
            return Q(responsible=actor.id) | Q(responsible__department__in=departments) | watched
    return Q(responsible=actor.id) | watched


def _watched(actor: Actor, kind: Kind, verb: str) -> Q:
    """The condition that the actor watches a record, which lets them see it; none for whoever watches nothing, so that
    their queries stay those of one index."""
    mine = Q(watchers__contains=[actor.id])
    return mine if verb == "view" and actor.id is not None and kind.rows().filter(mine).exists() else Q()


def pipeline_rules(actor: Actor, kind: Kind, verb: str) -> dict[tuple[int, int | None], Scope]:
    """Where the actor's role reaches differently than elsewhere: by pipeline and stage, None for the whole pipeline."""
    role = getattr(actor, "role", None)
    if not kind.staged or role is None or role.base == "owner":
        return {}
    found = PipelineRight.objects.filter(role_id=role.pk, verb=verb, pipeline__kind=kind.key)
    return {(pk, stage): Scope(scope) for pk, stage, scope in found.values_list("pipeline_id", "stage_id", "scope")}


def require_create_in(actor: Actor, kind: Kind, stage: Stage | None) -> None:
    """Raises Denied where the actor's role makes no records in that stage or in its pipeline."""
    if stage is not None and is_barred(pipeline_rules(actor, kind, "create"), stage):
        raise Denied(barred_text(stage), permission=kind.permission("create"))


def require_entry(actor: Actor, kind: Kind, record: Any, stage: Stage) -> None:
    """Raises Denied where a record would come from another pipeline and the actor's role makes none in this one."""
    if record.stage is not None and record.stage.pipeline_id != stage.pipeline_id:
        require_create_in(actor, kind, stage)


def is_barred(rules: Mapping[tuple[int, int | None], Scope], stage: Stage) -> bool:
    """Whether `pipeline_rules` leave nothing of a right in that stage."""
    return rules.get((stage.pipeline_id, stage.pk), rules.get((stage.pipeline_id, None))) is Scope.NONE


def barred_text(stage: Stage) -> str:
    """What is said to whose role makes no records there."""
    words = {"stage": stage.title, "pipeline": stage.pipeline.title}
    return _("Your role makes no records in “%(stage)s” of “%(pipeline)s”.") % words


def access(actor: Actor, kind: Kind, record_id: int) -> Any:
    """The record if `actor` may see it. Raises NotFound, whether it is missing, foreign or in the trash."""
    record = visible(actor, kind).filter(pk=record_id).select_related(*_joined(kind)).first()
    if record is None:
        raise NotFound
    return record


def seen(actor: Actor, link: str, record_id: int) -> Any:
    """The record that a row points at by its key `link` (lead, deal, item, …), None where `actor` may not see it."""
    kind = KINDS.get(link) or smart_kinds().get(f"item_{_type_of(record_id)}")
    return None if kind is None else visible(actor, kind).filter(pk=record_id).first()


def visible_ids(actor: Actor, link: str, ids: Iterable[int]) -> set[int]:
    """Those of `ids`, records that rows point at by their key `link`, that `actor` may see: one statement per kind."""
    wanted = set(ids)
    if not wanted:
        return set()
    known = KINDS.get(link)
    among = [known] if known is not None else list(smart_kinds().values()) if link == "item" else []
    found: set[int] = set()
    for kind in among:
        found |= set(visible(actor, kind).filter(pk__in=wanted).values_list("pk", flat=True))
    return found


def _type_of(item_id: int) -> int | None:
    return Item.objects.filter(pk=item_id).values_list("type_id", flat=True).first()


def access_deleted(actor: Actor, kind: Kind, record_id: int) -> Any:
    """The record in the trash if `actor` may restore it. Raises NotFound."""
    record = visible_deleted(actor, kind).filter(pk=record_id).first()
    if record is None:
        raise NotFound
    return record


def _joined(kind: Kind) -> list[str]:
    return ["responsible", *(["stage__pipeline"] if kind.staged else [])]


def may_do(actor: Actor, permission: str, record: Record) -> bool:
    """Whether `permission` of `actor` reaches this very record."""
    if not actor.is_active:
        return False
    scope = actor.scope(permission)
    if scope is Scope.NONE:
        return False
    kind, verb = kind_of(record), permission.rpartition(".")[2]
    rules = pipeline_rules(actor, kind, verb)
    if rules:
        stage = cast(Any, record).stage
        in_pipeline = rules.get((stage.pipeline_id, None), scope)
        scope = rules.get((stage.pipeline_id, stage.pk), in_pipeline)
    if scope in (Scope.NONE, Scope.ALL):
        return scope is Scope.ALL
    if record.responsible_id is not None and record.responsible_id == actor.id:
        return True
    if verb == "view" and actor.id in record.watchers:
        return True
    return record.responsible is not None and record.responsible.department_id in departments_within(actor, scope)


def require_on(actor: Actor, permission: str, record: Record) -> None:
    """Raises Denied, naming the permission, unless it reaches this record."""
    if not may_do(actor, permission, record):
        raise Denied(permission=permission)


def visible_leads(actor: Actor) -> LeadQuerySet:
    """Leads outside the trash that `actor` may see."""
    return visible(actor, LEAD)


def visible_trash(actor: Actor) -> LeadQuerySet:
    """Leads in the trash that `actor` may see and restore."""
    return visible_deleted(actor, LEAD)


def access_lead(actor: Actor, lead_id: int) -> Lead:
    """The lead if `actor` may see it. Raises NotFound, whether it is missing, foreign or in the trash."""
    return cast(Lead, access(actor, LEAD, lead_id))


def access_trashed_lead(actor: Actor, lead_id: int) -> Lead:
    """The lead in the trash if `actor` may restore it. Raises NotFound."""
    return cast(Lead, access_deleted(actor, LEAD, lead_id))


def pipeline_rows() -> QuerySet[Pipeline]:
    """All pipelines with their stages. What stages there are is no secret to anyone in CRM."""
    return Pipeline.objects.prefetch_related("stages")


def pipelines(kind: Kind = LEAD) -> list[Pipeline]:
    """The pipelines of `kind` with their stages, in order."""
    return list(pipeline_rows().filter(kind=kind.key))


def usual_pipeline(kind: Kind = LEAD) -> Pipeline:
    """Where new records of `kind` enter. Raises NotFound in a portal without pipelines."""
    pipeline = Pipeline.objects.filter(kind=kind.key).order_by("-is_usual", "position", "id").first()
    if pipeline is None:
        raise NotFound
    return pipeline


def access_pipeline(pipeline_id: int) -> Pipeline:
    """A pipeline by id. Raises NotFound."""
    pipeline = Pipeline.objects.prefetch_related("stages").filter(pk=pipeline_id).first()
    if pipeline is None:
        raise NotFound
    return pipeline


def stage_rows() -> QuerySet[Stage]:
    """All stages of all pipelines."""
    return Stage.objects.select_related("pipeline")


def access_stage(stage_id: int, kind: Kind | None = None) -> Stage:
    """A stage by id, of a pipeline of `kind` where that is given. Raises NotFound."""
    stages = stage_rows().filter(pk=stage_id)
    stage = (stages if kind is None else stages.filter(pipeline__kind=kind.key)).first()
    if stage is None:
        raise NotFound
    return stage
