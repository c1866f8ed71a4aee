"""Rules: what starts them, what they do, in which order, and what is put down of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from infra.audit.models import AuditEntry
from infra.kit import gates
from infra.kit.errors import Denied, Invalid, LimitReached
from infra.outbox.models import OutboxEvent
from infra.ui.models import Notification
from infra.webhooks.domain.hooks import add_webhook, pause_webhook
from infra.webhooks.models import Message
from modules.crm.domain.activity import Plan, complete_activity, plan_activity
from modules.crm.domain.intake import accept_lead
from modules.crm.domain.kinds import COMPANY, DEAL, LEAD
from modules.crm.domain.letter import retire_template, write_template
from modules.crm.domain.record import edit_record, move_record
from modules.crm.domain.rules.rehearsal import rehearse
from modules.crm.domain.rules.rule import create_rule, delete_rule, design_of, retry_run, switch_rule
from modules.crm.domain.rules.running import run_one
from modules.crm.domain.rules.steps.assign import begins_after, least_busy, works_at
from modules.crm.models import Activity, Deal, Lead, Rule, RuleRun, Stage
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.modules.crm.rules import note, put, rule, run_all
from tests.modules.crm.test_intake import intake


def test_what_a_rule_does_it_does_in_order_and_in_its_own_name(portal: Portal, alice: User, bob: User) -> None:
    made = rule(
        alice,
        "created",
        {"do": "assign", "people": [f"person:{bob.pk}"]},
        put("comment", "For {{responsible}}"),
        {"do": "activity", "activity": "call", "subject": "Call about {{title}}", "amount": 2, "unit": "hours"},
        note(),
        name="Welcome",
    )
    deal = record(alice, DEAL, title="Oak", amount="10.50", currency="EUR")
    assert run_all() == 4
    deal = Deal.objects.get(pk=deal.pk)
    assert (deal.responsible, deal.comment) == (bob, f"For {bob.display_name}")
    call = Activity.objects.get(deal=deal, kind="call")
    assert (call.subject, call.responsible, call.author) == ("Call about Oak", bob, None)
    assert call.details == {"by": "Rule “Welcome”"}
    assert Notification.objects.filter(person=bob, text__startswith="Oak: €10.50").exists()
    run = RuleRun.objects.get(rule=made)
    assert (run.status, [line["do"] for line in run.notes]) == ("done", ["assign", "field", "activity", "notify"])
    names = AuditEntry.objects.filter(record_id=deal.pk, kind="deal", actor_id=None).values_list(
        "actor_name", flat=True
    )
    assert set(names) == {"Rule “Welcome”"}


@pytest.mark.parametrize(
    ("conditions", "amount", "holds"),
    [
        ([{"field": "amount", "op": "is", "data": {"amount_min": ["100"]}}], "150", True),
        ([{"field": "amount", "op": "is", "data": {"amount_min": ["100"]}}], "50", False),
        ([{"field": "amount", "op": "not", "data": {"amount_min": ["100"]}}], "50", True),
        ([{"field": "company", "op": "empty"}], "50", True),
        ([{"field": "amount", "op": "filled"}], "0", False),
        ([{"field": "title", "op": "is", "data": {"title": "OAK"}}], "0", True),
        ([{"field": "next_step", "op": "is", "data": {"next_step": "none"}}], "0", True),
    ],
)
def test_conditions_are_the_filters_of_lists(
    portal: Portal, alice: User, conditions: list[dict[str, Any]], amount: str, holds: bool
) -> None:
    made = rule(alice, "created", put("comment", "x"), conditions=conditions)
    deal = record(alice, DEAL, title="An oak table", amount=amount)
    run_all()
    assert Deal.objects.get(pk=deal.pk).comment == ("x" if holds else "")
    assert RuleRun.objects.get(rule=made).status == ("done" if holds else "skipped")


def test_each_trigger_hears_its_own(portal: Portal, alice: User, bob: User) -> None:
    deal = record(alice, DEAL, title="Oak")
    won = Stage.objects.get(pipeline=deal.stage.pipeline, kind="won")
    heard = {
        "amount": rule(alice, "changed", note(), details={"fields": ["amount"]}),
        "title": rule(alice, "changed", note(), details={"fields": ["title"]}),
        "any": rule(alice, "changed", note()),
        "won": rule(alice, "stage", note(), details={"stages": [won.pk]}),
        "call": rule(alice, "activity", note(), details={"activities": ["call"]}),
        "meeting": rule(alice, "activity", note(), details={"activities": ["meeting"]}),
        "outgoing": rule(alice, "call", note(), details={"calls": ["out"]}),
        "missed": rule(alice, "call", note(), details={"calls": ["missed"]}),
        "lead": rule(alice, "created", note(), kind=LEAD),
        "form": rule(alice, "form", note(), kind=LEAD),
    }
    edit_record(actor=alice, record=deal, changes={"amount": "5"})
    move_record(actor=alice, record=deal, stage=won)
    call = plan_activity(actor=alice, record=deal, plan=Plan(kind="call", due_at=timezone.now()))
    complete_activity(actor=alice, activity=call)
    complete_activity(actor=alice, activity=Activity.objects.get(pk=call.pk))
    plan_activity(actor=alice, record=deal, plan=Plan(kind="call", direction="in", missed=True), done=True)
    accept_lead(intake(source="form"))
    accept_lead(intake(source="chat"))
    started = {name: RuleRun.objects.filter(rule=one).count() for name, one in heard.items()}
    assert started == {
        "amount": 1, "title": 0, "any": 1, "won": 1, "call": 2, "meeting": 0, "outgoing": 1, "missed": 1, "lead": 2,
        "form": 1,
    }  # fmt: skip
    assert rehearse(actor=alice, rule=heard["missed"]).starts == 1
    run = RuleRun.objects.get(rule=heard["won"])
    assert OutboxEvent.objects.get(pk=run.cause).name == "crm.record_moved"


def test_a_wait_asks_the_conditions_again(portal: Portal, alice: User) -> None:
    poor = [{"field": "amount", "op": "is", "data": {"amount_max": ["10"]}}]
    wait = {"do": "wait", "amount": 2, "unit": "hours"}
    strict = rule(alice, "created", wait, put("comment", "still"), conditions=poor)
    loose = rule(alice, "created", {**wait, "recheck": False}, put("source_detail", "anyway"), conditions=poor)
    deal = record(alice, DEAL, title="Oak", amount="5")
    run_all()
    waiting = RuleRun.objects.filter(status="waiting")
    assert {run.rule_id for run in waiting} == {strict.pk, loose.pk}
    assert all(timedelta(minutes=119) < run.due_at - timezone.now() < timedelta(minutes=121) for run in waiting)
    edit_record(actor=alice, record=deal, changes={"amount": "500"})
    assert run_all() == 0
    waiting.update(due_at=timezone.now())
    run_all()
    deal = Deal.objects.get(pk=deal.pk)
    assert (deal.comment, deal.source_detail) == ("", "anyway")


def test_handing_over_in_turn(portal: Portal, alice: User, bob: User, carol: User) -> None:
    people = [f"person:{one.pk}" for one in (carol, bob)]
    rule(alice, "created", {"do": "assign", "people": people, "way": "turn"})
    deals = [record(alice, DEAL, title=f"Deal {number}") for number in range(5)]
    run_all()
    order = sorted([bob.pk, carol.pk])
    taken = [Deal.objects.get(pk=deal.pk).responsible_id for deal in deals]
    assert taken == [order[0], order[1], order[0], order[1], order[0]]
    carol.is_active = False
    carol.save()
    last = record(alice, DEAL, title="One more")
    run_all()
    assert Deal.objects.get(pk=last.pk).responsible_id == bob.pk


def test_who_has_least_and_who_works(portal: Portal, alice: User, bob: User) -> None:
    Deal.objects.update(responsible=alice)
    record(alice, DEAL, title="Oak")
    assert least_busy(DEAL, [alice, bob]) == bob
    hours = {"from": "09:00", "to": "18:00", "days": [0, 1, 2, 3, 4]}
    bob.time_zone = "Asia/Tokyo"  # nine hours ahead of UTC
    friday = datetime(2026, 3, 6, 1, 0, tzinfo=UTC)  # Friday, 10:00 in Tokyo
    assert works_at(bob, friday, hours)
    assert not works_at(bob, friday + timedelta(hours=8), hours)
    assert begins_after(bob, friday, hours) == datetime(2026, 3, 9, 0, 0, tzinfo=UTC)  # Monday, 9:00 in Tokyo


def test_nobody_works_now_so_it_waits(portal: Portal, alice: User, bob: User) -> None:
    today = timezone.localtime().weekday()
    days = [str((today + 3) % 7)]
    rule(alice, "created", {"do": "assign", "people": [f"person:{bob.pk}"], "hours": "on", "days": days})
    deal = record(alice, DEAL, title="Oak")
    run_all()
    run = RuleRun.objects.get()
    assert (run.status, run.at_step, Deal.objects.get(pk=deal.pk).responsible_id) == ("waiting", 0, alice.pk)
    assert run.due_at > timezone.now() + timedelta(days=1)


def test_a_letter_goes_to_the_client_and_stays_on_the_timeline(
    portal: Portal, alice: User, letters: list[EmailMessage]
) -> None:
    template = write_template(
        actor=alice, kind=DEAL, name="Thanks", subject="Thanks for {{title}}", body="Dear {{client}},\n\n{{amount}} <b>"
    )
    made = rule(alice, "created", {"do": "letter", "template": template.pk})
    firm = record(alice, COMPANY, name="Oak & Sons {{title}}", emails=["Oak@x.example"])
    deal = record(alice, DEAL, title="Oak", amount="5", currency="EUR", company_id=firm.pk)
    nobody = record(alice, DEAL, title="Ash")
    run_all()
    (letter,) = [one for one in letters if "Thanks for" in one.subject]
    assert (letter.to, letter.subject, letter.reply_to) == (["oak@x.example"], "Thanks for Oak", [alice.email])
    assert "Dear Oak & Sons {{title}}," in letter.body
    assert "&lt;b&gt;" in str(letter.alternatives[0][0])
    sent = Activity.objects.get(deal=deal, kind="letter")
    assert (sent.direction, sent.subject, sent.done_at is not None) == ("out", "Thanks for Oak", True)
    assert RuleRun.objects.get(rule=made, record_id=nobody.pk).notes[0]["done"] is False
    retire_template(actor=alice, template=template)
    record(alice, DEAL, title="Elm", company_id=firm.pk)
    run_all()
    assert RuleRun.objects.filter(rule=made, status="failed").count() == 1


@pytest.mark.parametrize("text", ["{{nothing}}", "{{ title|upper }}", "{{", "{% load x %}{{title.__class__}}"])
def test_places_are_of_a_list(portal: Portal, alice: User, text: str) -> None:
    if text == "{{":
        assert write_template(actor=alice, kind=DEAL, name="A", subject="s", body=text).body == text
        return
    with pytest.raises(Invalid) as refusal:
        write_template(actor=alice, kind=DEAL, name="A", subject="s", body=text)
    assert list(refusal.value.fields) == ["body"]


def test_what_fails_says_why_and_is_tried_again(portal: Portal, alice: User) -> None:
    deal = record(alice, DEAL, title="Oak")
    won = Stage.objects.get(pipeline=deal.stage.pipeline, kind="won")
    won.required = ["amount"]
    won.save()
    made = rule(alice, "changed", put("comment", "moving"), {"do": "stage", "stage": won.pk}, note("Moved"))
    edit_record(actor=alice, record=deal, changes={"title": "Elm"})
    run_all()
    run = RuleRun.objects.get(rule=made)
    assert (run.status, run.at_step) == ("failed", 1)
    assert "wants filled in: Amount" in run.error
    edit_record(actor=alice, record=Deal.objects.get(pk=deal.pk), changes={"amount": "5"})
    RuleRun.objects.exclude(pk=run.pk).delete()
    retry_run(actor=alice, run=run)
    run_all()
    run.refresh_from_db()
    assert (run.status, [line["do"] for line in run.notes]) == ("done", ["field", "stage", "notify"])
    assert Deal.objects.get(pk=deal.pk).stage_id == won.pk


def test_a_lost_worker_loses_nothing_and_repeats_nothing(
    portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rule(alice, "created", note("Once"), put("comment", "x"))
    deal = record(alice, DEAL, title="Oak")
    assert run_one()
    with monkeypatch.context() as patched:
        patched.setattr("modules.crm.domain.rules.running._note", _killed)
        with pytest.raises(KeyboardInterrupt):
            run_one()
    run = RuleRun.objects.get(rule=made)
    assert (run.attempts, run.at_step, Deal.objects.get(pk=deal.pk).comment) == (1, 1, "")
    run_all()
    assert Deal.objects.get(pk=deal.pk).comment == "x"
    assert Notification.objects.filter(text="Once", person=alice).count() == 1
    assert RuleRun.objects.get(rule=made).status == "done"


def _killed(*args: Any, **more: Any) -> None:
    raise KeyboardInterrupt


def test_a_step_that_kills_its_worker_stops(portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made = rule(alice, "created", put("comment", "x"))
    record(alice, DEAL, title="Oak")
    with monkeypatch.context() as patched:
        patched.setattr("modules.crm.domain.rules.running._advance", _killed)
        for _attempt in range(5):
            with pytest.raises(KeyboardInterrupt):
                run_one()
    assert run_one()
    assert not run_one()
    assert RuleRun.objects.get(rule=made).status == "failed"


def test_the_plan_bounds_what_runs(portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (rule(alice, "created", note(), name=name) for name in ("First", "Second"))
    real = gates.limit_of
    monkeypatch.setattr(gates, "limit_of", lambda key: 1 if key == "crm.rules" else real(key))
    record(alice, DEAL, title="Oak")
    assert [run.rule_id for run in RuleRun.objects.all()] == [first.pk]
    monkeypatch.setattr(gates, "reserve", _full)
    off = switch_rule(actor=alice, rule=second, on=False)
    with pytest.raises(LimitReached):
        switch_rule(actor=alice, rule=off, on=True)
    assert not Rule.objects.get(pk=second.pk).is_on


def _full(key: str, amount: int = 1) -> None:
    raise LimitReached


def test_only_who_may_sets_up_rules(portal: Portal, alice: User, bob: User) -> None:
    made = rule(alice, "created", note(), on=False)
    before = Rule.objects.count()
    for attempt in (
        lambda: create_rule(actor=bob, kind=DEAL, design=design_of(made)),
        lambda: switch_rule(actor=bob, rule=made, on=True),
        lambda: delete_rule(actor=bob, rule=made),
        lambda: rehearse(actor=bob, rule=made),
    ):
        with pytest.raises(Denied):
            attempt()
    assert (Rule.objects.count(), Rule.objects.get(pk=made.pk).is_on) == (before, False)


@pytest.mark.parametrize(
    ("design", "fields"),
    [
        ({"steps": []}, {"steps"}),
        ({"trigger": "moon"}, {"trigger"}),
        ({"name": " "}, {"name"}),
        ({"steps": [{"do": "moon"}]}, {"steps.0.do"}),
        ({"steps": [{"do": "notify", "people": [], "text": "x"}]}, {"steps.0.people"}),
        ({"steps": [{"do": "field", "field": "amount", "value": "many"}]}, {"steps.0.value"}),
        ({"steps": [{"do": "stage", "stage": 10**6 - 1}]}, {"steps.0.stage"}),
        ({"steps": [{"do": "wait", "amount": 2, "unit": "hours"}]}, {"steps"}),
        ({"conditions": [{"field": "moon", "op": "is", "data": {}}]}, {"conditions.0"}),
        ({"conditions": [{"field": "amount", "op": "is", "data": {}}]}, {"conditions.0"}),
        ({"conditions": [{"field": "stage", "op": "is", "data": {"stage": ["999999"]}}]}, {"conditions.0"}),
        ({"trigger": "stays", "details": {"amount": 0, "unit": "hours"}}, {"amount"}),
        ({"trigger": "day", "details": {"field": "title"}}, {"field"}),
    ],
)
def test_what_a_rule_cannot_be(portal: Portal, alice: User, design: dict[str, Any], fields: set[str]) -> None:
    good = {"name": "A", "trigger": "created", "steps": [note()]}
    before = Rule.objects.count()
    with pytest.raises(Invalid) as refusal:
        _write(alice, {**good, **design})
    assert set(refusal.value.fields) == fields
    assert Rule.objects.count() == before


def _write(actor: User, values: dict[str, Any]) -> Rule:
    steps = values.pop("steps")
    return rule(actor, values.pop("trigger"), *steps, on=False, **values)


def test_a_rehearsal_tells_and_changes_nothing(portal: Portal, alice: User, letters: list[EmailMessage]) -> None:
    big, small = (record(alice, DEAL, title=name, amount=amount) for name, amount in (("Oak", "500"), ("Ash", "5")))
    conditions = [{"field": "amount", "op": "is", "data": {"amount_min": ["100"]}}]
    lost = Stage.objects.get(pipeline=big.stage.pipeline, kind="lost")
    steps = (
        put("comment", "x"),
        note(),
        {"do": "wait", "amount": 1, "unit": "days"},
        {"do": "stage", "stage": lost.pk},
    )
    made = rule(alice, "created", *steps, conditions=conditions, on=False)
    before = (AuditEntry.objects.count(), OutboxEvent.objects.count(), Notification.objects.count())
    found = rehearse(actor=alice, rule=made)
    lines = {line.record.pk: line for line in found.lines}
    assert lines[big.pk].notes[0] == ("field", "“Comment” is set.", True)
    assert len(lines[big.pk].notes) == 4
    assert (lines[small.pk].holds, lines[small.pk].notes) == (False, ())
    assert (AuditEntry.objects.count(), OutboxEvent.objects.count(), Notification.objects.count()) == before
    assert (Deal.objects.get(pk=big.pk).comment, RuleRun.objects.count()) == ("", 0)
    assert Lead.objects.filter(comment="x").count() == 0


def test_another_program_is_told_once_and_by_a_webhook_of_the_portal(portal: Portal, alice: User) -> None:
    hook = add_webhook(actor=alice, name="Stock", url="https://example.com/hook", events=["crm.record_deleted"])
    made = rule(alice, "created", {"do": "webhook", "webhook": hook.pk}, put("comment", "told"))
    deal = record(alice, DEAL, title="Oak", amount="5")
    run_all()
    message = Message.objects.get(webhook=hook)
    data = json.loads(message.body)["data"]
    assert (data["record"], data["rule"]["name"], data["values"]["title"]) == (f"deal:{deal.pk}", made.name, "Oak")
    pause_webhook(actor=alice, webhook=hook)
    record(alice, DEAL, title="Elm")
    run_all()
    failed = RuleRun.objects.get(status="failed")
    assert (failed.at_step, Message.objects.filter(webhook=hook).count()) == (0, 1)
