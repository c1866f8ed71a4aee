"""Changes of many records from a list: set by set, with all that follows from a single one, and taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from infra.audit.models import AuditEntry
from infra.kit.errors import Invalid
from infra.outbox.models import OutboxEvent
from infra.ui.models import Notification
from modules.crm.domain import bulk, many_changes
from modules.crm.domain.access import visible
from modules.crm.domain.bulk import assign_records, delete_records, edit_records, move_records, undo_change
from modules.crm.domain.custom_field import FieldDesign, add_field, retire_field
from modules.crm.domain.kinds import COMPANY, DEAL, LEAD, PRODUCT
from modules.crm.domain.record import edit_record, move_record
from modules.crm.models import Change, Lead, RuleRun, Stage, StageStay
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.modules.crm.rules import put, rule

Do = Callable[[], Change]


def _stage(kind: str, what: str = "open") -> Stage:
    stages = Stage.objects.select_related("pipeline").filter(pipeline__kind=kind, kind=what)
    found = stages.order_by("pipeline__position", "-position").first()
    assert found is not None
    return found


@pytest.mark.parametrize("kind", [LEAD, DEAL], ids=lambda kind: kind.key)
def test_statements_grow_with_batches_not_records(portal: Portal, alice: User, bob: User, kind: Any) -> None:
    wins = _stage(kind.key, "won")
    verbs: list[Do] = [
        lambda: edit_records(actor=alice, kind=kind, rows=visible(alice, kind), changes={"currency": "EUR"}),
        lambda: assign_records(actor=alice, kind=kind, rows=visible(alice, kind), responsible_id=bob.pk),
        lambda: move_records(actor=alice, kind=kind, rows=visible(alice, kind), stage=wins),
        lambda: delete_records(actor=alice, kind=kind, rows=visible(alice, kind)),
    ]
    counts = []
    for more in (3, 20):
        kind.rows().delete()
        for place in range(more):
            record(alice, kind, title=f"No. {place}", amount="5", currency="USD", watchers=[bob.pk])
        asked = []
        for verb in verbs:
            with CaptureQueriesContext(connection) as done:
                change = verb()
            with CaptureQueriesContext(connection) as back:
                assert undo_change(actor=alice, change=change) == more
            asked.append((len(done), len(back)))
        counts.append(asked)
    few, many = ([number for pair in asked for number in pair] for asked in counts)
    # What is remembered for seconds, such as the plan, may be asked once more; seventeen records more ask no more.
    assert max(late - early for early, late in zip(few, many, strict=True)) < 4


def test_all_that_follows_from_one_follows_from_many(portal: Portal, alice: User, bob: User, carol: User) -> None:
    rows = [record(alice, LEAD, title=f"No. {place}", post="Head") for place in range(3)]
    stage = _stage("lead", "won")
    rule(alice, "stage", put("post", "x"), kind=LEAD)
    Notification.objects.all().delete()
    before = OutboxEvent.objects.count()
    chosen = Lead.objects.filter(pk__in=[row.pk for row in rows])
    assert len(move_records(actor=alice, kind=LEAD, rows=chosen, stage=stage).before) == 3
    assert len(assign_records(actor=alice, kind=LEAD, rows=chosen, responsible_id=bob.pk).before) == 3
    assert len(edit_records(actor=alice, kind=LEAD, rows=chosen, changes={"post": "Owner"}).before) == 3
    assert OutboxEvent.objects.count() - before == 9
    assert StageStay.objects.filter(lead__in=rows).count() == 3
    assert RuleRun.objects.filter(record_kind="lead", record_id__in=[row.pk for row in rows]).count() == 3
    told = AuditEntry.objects.filter(kind="lead", record_id__in=[row.pk for row in rows]).exclude(action="lead.create")
    assert sorted(told.values_list("action", flat=True)) == ["lead.assign"] * 3 + ["lead.edit"] * 3 + ["lead.move"] * 3
    assert list(Notification.objects.values_list("person_id", "text")) == [
        (bob.pk, f"{alice.display_name} gave you 3 records: Leads")
    ]
    assert {(row.post, row.responsible_id, row.stage_id, row.version) for row in chosen} == {
        ("Owner", bob.pk, stage.pk, rows[0].version + 3)
    }


def test_what_somebody_changed_since_stays(portal: Portal, alice: User, carol: User) -> None:
    mine, theirs = (record(alice, LEAD, title=title, post="Head") for title in ("A", "B"))
    chosen = Lead.objects.filter(pk__in=[mine.pk, theirs.pk])
    change = edit_records(actor=alice, kind=LEAD, rows=chosen, changes={"post": "Owner"})
    edit_record(actor=carol, record=theirs, changes={"post": "Cook"})
    assert undo_change(actor=alice, change=change) == 1
    assert dict(chosen.values_list("title", "post")) == {"A": "Head", "B": "Cook"}


def test_what_cannot_be_done_is_left_and_said(portal: Portal, alice: User, bob: User) -> None:
    stage = _stage("deal", "won")
    stage.required = ["closes_on"]
    stage.save()
    empty = record(alice, DEAL, title="Empty")
    with pytest.raises(Invalid):
        move_records(actor=alice, kind=DEAL, rows=visible(alice, DEAL), stage=stage)
    full = record(alice, DEAL, title="Full", closes_on="2030-01-01")
    assert move_records(actor=alice, kind=DEAL, rows=visible(alice, DEAL), stage=stage).before == {
        str(full.pk): full.stage_id
    }
    empty.refresh_from_db()
    assert empty.stage_id != stage.pk
    foreign = record(alice, COMPANY, name="Unseen")
    COMPANY.rows().filter(pk=foreign.pk).update(deleted_at="2020-01-01T00:00Z")
    with pytest.raises(Invalid):
        edit_records(actor=alice, kind=DEAL, rows=visible(alice, DEAL), changes={"company_id": foreign.pk})
    assert DEAL.rows().filter(company__isnull=False).count() == 0
    assert len(delete_records(actor=alice, kind=PRODUCT, rows=visible(alice, PRODUCT)).before) == 0


def test_a_later_batch_that_fails_leaves_an_undo_for_those_before(
    portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_BATCH", 2)
    for place in range(5):
        record(alice, LEAD, title=f"No. {place}", post="Head")
    written, batches = many_changes.update_many, iter((True, True, False))

    def then(*given: Any, **more: Any) -> None:
        if not next(batches):
            raise OperationalError
        written(*given, **more)

    monkeypatch.setattr(many_changes, "update_many", then)
    change = edit_records(actor=alice, kind=LEAD, rows=visible(alice, LEAD), changes={"post": "Owner"})
    assert (len(change.before), change.stayed) == (4, [("error", "Something went wrong. Try it again.", 1)])
    assert Lead.objects.filter(post="Owner").count() == 4
    monkeypatch.setattr(many_changes, "update_many", written)
    assert undo_change(actor=alice, change=Change.objects.get(pk=change.pk)) == 4
    assert Lead.objects.filter(post="Head").count() == 5


def test_how_many_stayed_and_why_is_told_in_the_list_and_over_the_api(
    portal: Portal, alice: User, as_: Callable[[User], Client], api: Callable[..., Client]
) -> None:
    stage = _stage("deal", "won")
    stage.required = ["closes_on"]
    stage.save()
    rows = [record(alice, DEAL, title=f"To {day}", closes_on=day or None) for day in ("2030-01-01", "")]
    ids = [rows[0].pk, rows[1].pk, rows[1].pk, 2**40]
    answer = api(alice).post("/api/v1/deals/many", {"do": "move", "stage": stage.pk, "ids": ids}, "application/json")
    told = answer.json()
    reason = f"“{stage.title}” wants filled in: Expected to close."
    assert (told["changed"], [(one["code"], one["number"]) for one in told["stayed"]]) == (
        1,
        [("stage_wants_fields", 1), ("not_found", 1)],
    )
    assert told["stayed"][0]["reason"] == reason
    edit_record(actor=alice, record=rows[0], changes={"title": "New"})
    move_record(actor=alice, record=rows[0], stage=_stage("deal"))
    undone = api(alice).post(f"/api/v1/deals/many/{told['change']}/undo").json()
    assert (undone["changed"], undone["stayed"][0]["number"]) == (0, 1)
    chosen = {"do": "bulk", "action": "move", "stage": stage.pk, "ids": [row.pk for row in rows]}
    page = as_(alice).post("/crm/deals/", chosen, headers={"HX-Request": "true"})
    assert f"1 stays as it was: {reason} (1)" in json.dumps(json.loads(page["HX-Trigger"]), ensure_ascii=False)


@pytest.mark.parametrize("query", ["stage=999999", "responsible=999999", "{own}=rye", "f999999=1", "amount_min=x"])
def test_a_view_that_asks_for_what_is_gone_leaves_nothing_to_do_it_to(
    portal: Portal, alice: User, as_: Callable[[User], Client], query: str
) -> None:
    own = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Grain"))
    deal = record(alice, DEAL, title="Bread", **{own.key: "rye"})
    retire_field(actor=alice, row=own)
    for what in ("", "board/"):
        page = as_(alice).get(f"/crm/deals/{what}?{query.format(own=own.key)}").content.decode()
        assert "not there any more, or not for you" in page
        assert f"/crm/deals/{deal.pk}/" not in page
    chosen = {"do": "bulk", "action": "trash", "all": "1"}
    as_(alice).post(f"/crm/deals/?{query.format(own=own.key)}", chosen, headers={"HX-Request": "true"})
    assert DEAL.rows().alive().filter(pk=deal.pk).exists()
