"""Which leads a person may see and change: the only ways to fetch one."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet

from infra.kit.access import Actor, may, scoped
from infra.kit.errors import Denied, NotFound
from infra.kit.registry import registry
from infra.kit.spec import Scope
from modules.crm.models import Lead, Pipeline, Stage
from modules.crm.models.lead import LeadQuerySet

VIEW, CREATE, EDIT, DELETE, EXPORT = (f"crm.lead.{verb}" for verb in ("view", "create", "edit", "delete", "export"))


def visible_leads(actor: Actor) -> LeadQuerySet:
    """Leads outside the trash that `actor` may see."""
    return cast(LeadQuerySet, scoped(Lead.objects.alive(), actor, VIEW))


def visible_trash(actor: Actor) -> LeadQuerySet:
    """Leads in the trash that `actor` may see and restore."""
    return cast(LeadQuerySet, scoped(Lead.objects.trashed(), actor, DELETE))


def access_lead(actor: Actor, lead_id: int) -> Lead:
    """The lead if `actor` may see it. Raises NotFound, whether it is missing, foreign or in the trash."""
    lead = visible_leads(actor).filter(pk=lead_id).select_related("stage", "responsible").first()
    if lead is None:
        raise NotFound
    return lead


def access_trashed_lead(actor: Actor, lead_id: int) -> Lead:
    """The lead in the trash if `actor` may restore it. Raises NotFound."""
    lead = visible_trash(actor).filter(pk=lead_id).first()
    if lead is None:
        raise NotFound
    return lead


def may_do(actor: Actor, permission: str, lead: Lead) -> bool:
    """Whether `permission` of `actor` reaches this very lead."""
    if not actor.is_active:
        return False
    scope = actor.scope(permission)
    if scope in (Scope.NONE, Scope.ALL):
        return scope is Scope.ALL
    if lead.responsible_id is not None and lead.responsible_id == actor.id:
        return True
    return (
        scope is Scope.DEPARTMENT
        and lead.responsible is not None
        and lead.responsible.department_id in actor.department_ids()
    )


def require_on(actor: Actor, permission: str, lead: Lead) -> None:
    """Raises Denied, naming the permission, unless it reaches this lead."""
    if not may_do(actor, permission, lead):
        raise Denied(permission=permission, title=str(registry.permission(permission).title))


def pipeline_rows() -> QuerySet[Pipeline]:
    """All pipelines with their stages. What stages there are is no secret to anyone in CRM."""
    return Pipeline.objects.prefetch_related("stages")


def pipelines() -> list[Pipeline]:
    """All pipelines with their stages, in order."""
    return list(pipeline_rows())


def usual_pipeline() -> Pipeline:
    """Where leads from outside enter. Raises NotFound in a portal without pipelines."""
    pipeline = Pipeline.objects.order_by("-is_usual", "position", "id").first()
    if pipeline is None:
        raise NotFound
    return pipeline


def access_pipeline(pipeline_id: int) -> Pipeline:
    """A pipeline by id. Raises NotFound."""
    pipeline = Pipeline.objects.prefetch_related("stages").filter(pk=pipeline_id).first()
    if pipeline is None:
        raise NotFound
    return pipeline


def access_stage(stage_id: int) -> Stage:
    """A stage by id. Raises NotFound."""
    stage = Stage.objects.select_related("pipeline").filter(pk=stage_id).first()
    if stage is None:
        raise NotFound
    return stage


def may_follow_list(actor: Actor, rest: str) -> bool:
    """Live group `list:crm.lead`: frames carry ids only, and what is fetched by them is checked again."""
    return may(actor, VIEW)


def may_follow_lead(actor: Actor, rest: str) -> bool:
    """Live group `record:crm.lead:<id>`."""
    lead_id = rest.rsplit(":", 1)[-1]
    return lead_id.isdigit() and may(actor, VIEW) and visible_leads(actor).filter(pk=int(lead_id)).exists()
