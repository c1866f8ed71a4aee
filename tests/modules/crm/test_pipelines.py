"""Pipelines and stages: the plan's limit, and no lead without a stage."""

import pytest

from infra.kit import gates
from infra.kit.errors import Conflict, Denied, Invalid, LimitReached
from modules.crm.domain.lead import first_stage
from modules.crm.domain.pipeline import (
    add_stage,
    count_pipelines,
    create_pipeline,
    delete_pipeline,
    delete_stage,
    edit_stage,
    order_stages,
)
from modules.crm.models import Lead, Pipeline, Stage
from modules.crm.seed import seed
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead


def test_a_portal_starts_with_one_pipeline(portal: Portal) -> None:
    seed(portal)
    usual = Pipeline.objects.get(kind="lead")
    assert usual.is_usual
    assert [stage.kind for stage in usual.stages.all()] == ["open", "open", "open", "open", "won", "lost"]


def test_preset_names_are_in_the_readers_language(portal: Portal) -> None:
    from django.utils import translation

    stage = first_stage()
    assert stage.title == "New"
    with translation.override("ru"):
        assert stage.title == "Новый"


def test_the_plan_bounds_pipelines(portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(limit: str, amount: int = 1) -> None:
        raise LimitReached(limit=limit, used=1, maximum=1)

    create_pipeline(actor=alice, name="Wholesale")
    assert count_pipelines() == 2
    monkeypatch.setattr(gates, "reserve", full)
    with pytest.raises(LimitReached):
        create_pipeline(actor=alice, name="Retail")
    assert count_pipelines() == 2


def test_employees_set_nothing_up(portal: Portal, bob: User) -> None:
    with pytest.raises(Denied):
        create_pipeline(actor=bob, name="Mine")
    with pytest.raises(Denied):
        add_stage(actor=bob, pipeline=Pipeline.objects.get(kind="lead"), name="x", colour="info", kind="open")
    assert (Pipeline.objects.count(), Stage.objects.count()) == (2, 13)


def test_open_stages_come_before_closing_ones(portal: Portal, alice: User) -> None:
    usual = Pipeline.objects.get(kind="lead")
    add_stage(actor=alice, pipeline=usual, name="Measured", colour="accent", kind="open")
    add_stage(actor=alice, pipeline=usual, name="Spam", colour="neutral", kind="lost")
    titles = [stage.title for stage in usual.stages.order_by("position")]
    assert titles.index("Measured") == 4
    assert titles[-1] == "Spam"


def test_the_last_open_stage_stays(portal: Portal, alice: User) -> None:
    usual = Pipeline.objects.get(kind="lead")
    first, *others = list(usual.stages.filter(kind="open").order_by("position"))
    for stage in others:
        delete_stage(actor=alice, stage=stage)
    with pytest.raises(Conflict):
        delete_stage(actor=alice, stage=first)
    with pytest.raises(Conflict):
        edit_stage(actor=alice, stage=first, name="Done", colour="info", kind="won")
    assert usual.stages.filter(kind="open").count() == 1


def test_leads_are_taken_along(portal: Portal, alice: User) -> None:
    Lead.objects.all().delete()
    row, stage = lead(alice), first_stage()
    target = Stage.objects.get(preset="in_work")
    with pytest.raises(Conflict):
        delete_stage(actor=alice, stage=stage)
    assert delete_stage(actor=alice, stage=stage, move_to=target) == 1
    assert Lead.objects.get(pk=row.pk).stage_id == target.pk
    assert not Stage.objects.filter(preset="new", pipeline__kind="lead").exists()


def test_order(portal: Portal, alice: User) -> None:
    usual = Pipeline.objects.get(kind="lead")
    ids = [stage.pk for stage in usual.stages.all()]
    order_stages(actor=alice, pipeline=usual, stage_ids=ids[::-1])
    assert [stage.pk for stage in usual.stages.order_by("position")] == ids[::-1]
    with pytest.raises(Conflict):
        order_stages(actor=alice, pipeline=usual, stage_ids=ids[1:])


def test_pipelines_in_use_stay(portal: Portal, alice: User) -> None:
    usual = Pipeline.objects.get(kind="lead")
    with pytest.raises(Conflict):
        delete_pipeline(actor=alice, pipeline=usual)
    other = create_pipeline(actor=alice, name="Wholesale")
    delete_pipeline(actor=alice, pipeline=other)
    assert Pipeline.objects.get(kind="lead") == usual


@pytest.mark.parametrize(("colour", "kind", "field"), [("pink", "open", "colour"), ("info", "gone", "kind")])
def test_odd_stages(portal: Portal, alice: User, colour: str, kind: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        add_stage(actor=alice, pipeline=Pipeline.objects.get(kind="lead"), name="x", colour=colour, kind=kind)
    assert list(refusal.value.fields) == [field]
    assert Stage.objects.count() == 13
