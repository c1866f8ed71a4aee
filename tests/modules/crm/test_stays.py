"""Stays in stages: what is kept when a record moves, and what an older portal's audit log still tells."""

from importlib import import_module

from django.db import connection

from infra.db.current import enter
from modules.crm.domain.access import access, pipelines, visible
from modules.crm.domain.activity import comment_on
from modules.crm.domain.kinds import DEAL, LEAD
from modules.crm.domain.record import move_record
from modules.crm.models import Lead, StageStay
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import fresh, lead
from tests.factories.record import record


def _walk(actor: User, made: object, kind: object, *presets: str) -> object:
    stages = {stage.preset: stage for stage in pipelines(kind)[0].stages.all()}
    for preset in presets:
        made = move_record(actor=actor, record=made, stage=stages[preset])
    return made


def _stays(**of: object) -> list[tuple[str, bool]]:
    rows = StageStay.objects.filter(**of).select_related("stage").order_by("left_at", "id")
    return [(row.stage.preset, row.left_at >= row.entered_at) for row in rows]


def test_a_move_keeps_the_stay_it_ends_and_how_far_it_came(portal: Portal, alice: User) -> None:
    deal = record(alice, DEAL, title="Oak table")
    with enter(portal):
        _walk(alice, deal, DEAL, "offer", "need", "deal_lost")
        assert _stays(deal=deal) == [("new", True), ("offer", True), ("need", True)]
        lost = access(alice, DEAL, deal.pk)
        assert lost.reached is not None
        assert lost.reached.preset == "offer"
        back = _walk(alice, lost, DEAL, "agreed")
        assert access(alice, DEAL, deal.pk).reached is None, back


def test_the_first_thing_a_person_does_answers_a_lead(portal: Portal, alice: User) -> None:
    one, two, three = lead(alice), lead(alice), lead(alice)
    with enter(portal):
        comment_on(actor=alice, record=one, text="Called")
        _walk(alice, two, LEAD, "in_work")
        first = fresh(alice, one.pk).answered_at
        comment_on(actor=alice, record=one, text="Called again")
        assert first is not None
        assert fresh(alice, one.pk).answered_at == first
        assert fresh(alice, two.pk).answered_at is not None
        assert fresh(alice, three.pk).answered_at is None


def test_an_older_portal_learns_its_stays_from_the_audit_log(portal: Portal, alice: User) -> None:
    sold, met = record(alice, DEAL, title="Oak table"), lead(alice)
    with enter(portal):
        _walk(alice, sold, DEAL, "offer", "deal_lost")
        comment_on(actor=alice, record=met, text="Called")
        _walk(alice, met, LEAD, "qualified", "in_work")
        stays = {"deal": _stays(deal=sold), "lead": _stays(lead=met)}
        answered = fresh(alice, met.pk).answered_at
        StageStay.objects.all().delete()
        visible(alice, DEAL).update(reached=None)
        Lead.objects.update(reached=None, answered_at=None)
        with connection.cursor() as cursor:
            for step in import_module("modules.crm.migrations.0004_reports").BACKFILL:
                cursor.execute(step)
        assert stays == {"deal": _stays(deal=sold), "lead": _stays(lead=met)}
        assert [preset for preset, _order in stays["lead"]] == ["new", "qualified"]
        assert access(alice, DEAL, sold.pk).reached.preset == "offer"
        again = fresh(alice, met.pk)
        assert again.reached is not None
        assert again.reached.preset == "qualified"
        assert answered is not None
        assert again.answered_at is not None
        assert abs((again.answered_at - answered).total_seconds()) < 1
