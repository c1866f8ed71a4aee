"""Known records that a file has news of: changed in batches, as if each had been changed by hand."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from infra.audit.models import AuditEntry
from infra.jobs.domain.running import run
from infra.kit.spec import Scope
from infra.outbox.models import OutboxEvent
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.importing.imports import access_import, start_undo
from modules.crm.domain.importing.undo import run_undo
from modules.crm.domain.kinds import CONTACT, DEAL, LEAD
from modules.crm.domain.record import edit_record, move_record
from modules.crm.domain.search import found
from modules.crm.models import Contact, Deal, FieldValue, ImportRow, Lead, Pipeline, RuleRun, Stage, StageStay
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.importing import imported, taken
from tests.factories.record import record
from tests.modules.crm.rules import put, rule

HEAD = "Title;E-mail;Phone;Size;Amount;Stage\n"


def undone(person: User, import_id: int) -> None:
    started = start_undo(actor=person, made=access_import(person, import_id))
    assert started.job_id is not None
    run(started.job_id, run_undo, resumable=True)


def as_it_stands(pk: int) -> tuple[object, ...]:
    """Everything of a lead that a change touches, but for moments and versions."""
    lead = Lead.objects.select_related("stage").get(pk=pk)
    return (
        lead.title,
        lead.amount,
        lead.custom,
        lead.stage.title,
        lead.closed_at is None,
        [(point.kind, point.value, point.position) for point in lead.contact_points.order_by("position")],
        sorted(FieldValue.objects.filter(record_id=pk).values_list("number", "text")),
        list(StageStay.objects.filter(lead=pk).values_list("stage__name", flat=True)),
    )


def told(pk: int) -> tuple[object, ...]:
    """What others heard of a lead: the audit log (the timeline is drawn from it), events, rules."""
    entries = AuditEntry.objects.filter(kind="lead", record_id=pk).order_by("pk")
    events = OutboxEvent.objects.filter(name__in=["crm.record_changed", "crm.lead_moved"]).order_by("created_at")
    return (
        [(entry.action, entry.actor_id, entry.changes) for entry in entries],
        [
            {name: value for name, value in event.payload.items() if name not in ("record", "lead")}
            for event in events
            if f"crm.lead:{pk}" in (event.payload.get("record"), event.payload.get("lead"))
        ],
        sorted(RuleRun.objects.filter(record_id=pk).values_list("rule__name", "status")),
    )


def test_records_log_events_rules_and_search_are_those_of_changes_by_hand(portal: Portal, alice: User) -> None:
    size = add_field(actor=alice, kind=LEAD, design=FieldDesign(name="Size", type="number", places=1))
    for trigger in ("changed", "stage"):
        rule(alice, trigger, put("comment", "heard"), kind=LEAD)
    stage = Stage.objects.filter(pipeline__kind="lead", kind="lost").get()
    pair = [
        record(
            alice, LEAD, title="Windows", emails=[f"ann@{n}.example"], phones=["+7 495 450-29-72"], **{size.key: "1"}
        )
        for n in (1, 2)
    ]
    by_file, by_hand = pair
    before = as_it_stands(by_file.pk)
    table = f"{HEAD}Doors;ann@1.example;+7 800 555-35-35;2,5;€ 10;{stage.title}\n"
    done = imported(alice, taken(alice, LEAD, "l.csv", table), duplicates="all")
    assert (done.updated_count, done.created_count, done.refused_count) == (1, 0, 0)
    phones = ["+7 495 450-29-72", "+7 800 555-35-35"]
    changes = {"title": "Doors", "phones": phones, size.key: "2.5", "amount": "10", "currency": "EUR"}
    move_record(actor=alice, record=edit_record(actor=alice, record=by_hand, changes=changes), stage=stage)
    assert as_it_stands(by_file.pk)[:5] == as_it_stands(by_hand.pk)[:5]
    assert as_it_stands(by_file.pk)[6:] == as_it_stands(by_hand.pk)[6:]
    assert told(by_file.pk) == told(by_hand.pk)
    assert len(told(by_file.pk)[0]) == 3  # type: ignore[arg-type]
    for typed in ("Doors", "5553535", "450-29-72", "ann@1.example"):
        assert by_file.pk in [one.pk for one in found(Lead.objects.all(), typed)], typed
    assert by_file.pk not in [one.pk for one in found(Lead.objects.all(), "Windows")]
    undone(alice, done.pk)
    assert as_it_stands(by_file.pk)[:7] == before[:7]
    assert access_import(alice, done.pk).kept_count == 0


def test_two_rows_of_one_record_and_a_refusal_between(portal: Portal, alice: User) -> None:
    wants = Stage.objects.filter(pipeline__kind="deal", kind="open").order_by("-position").first()
    assert wants is not None
    Stage.objects.filter(pk=wants.pk).update(required=["closes_on"])
    oak, elm = (record(alice, DEAL, title=title, amount="5", currency="EUR") for title in ("Oak", "Elm"))
    was = oak.stage_id
    table = f"Deal name;Amount;Stage;Expected closing date\nOak;€ 7;{wants.title};\nElm;€ 8;{wants.title};2026-03-01\n"
    made = taken(alice, DEAL, "d.csv", table)
    done = imported(alice, made, {"Expected closing date": "closes_on"}, duplicates="all")
    assert (done.updated_count, done.refused_count) == (1, 1)
    refused = ImportRow.objects.get(imported=done, action="refused")
    assert (refused.number, refused.reason) == (1, "Expected to close: Fill this in.")
    for deal in (oak, elm):
        deal.refresh_from_db()
    assert (oak.amount, oak.stage_id, oak.version) == (5, was, 1)  # nothing of a refused row is kept
    assert (elm.amount, elm.stage_id, elm.version) == (8, wants.pk, 2)
    assert Deal.objects.get(pk=elm.pk).amount_by_hand is oak.amount_by_hand
    ann = record(alice, CONTACT, first_name="Ann", emails=["ann@x.example"], phones=["+44 20 7946 0009"])
    table = "First name;Last name;Job title;E-mail;Phone\nAnn;Lee;;ann@x.example;\nAnn;;Buyer;;+44 20 7946 0009\n"
    done = imported(alice, taken(alice, CONTACT, "c.csv", table), duplicates="all")
    assert (done.updated_count, done.created_count) == (2, 0)
    ann.refresh_from_db()
    assert (ann.last_name, ann.post, ann.name, ann.version) == ("Lee", "Buyer", "Ann Lee", 3)
    undone(alice, done.pk)
    ann.refresh_from_db()
    assert (ann.last_name, ann.post, ann.name) == ("", "", "Ann")


def test_who_may_not_change_a_record_does_not_by_a_file(portal: Portal, alice: User, bob: User) -> None:
    role = bob.role
    role.permissions = {**role.permissions, "crm.contact.view": Scope.ALL, "crm.contact.edit": Scope.OWN}
    role.save()
    theirs = record(alice, CONTACT, first_name="Ann", emails=["ann@x.example"])
    mine = record(bob, CONTACT, first_name="Bea", emails=["bea@x.example"])
    table = "First name;Job title;E-mail\nAnn;Buyer;ann@x.example\nBea;Buyer;bea@x.example\n"
    done = imported(bob, taken(bob, CONTACT, "c.csv", table), duplicates="all")
    assert (done.updated_count, done.refused_count) == (1, 1)
    assert list(Contact.objects.filter(pk__in=[theirs.pk, mine.pk]).order_by("pk").values_list("post", flat=True)) == [
        "",
        "Buyer",
    ]


def test_many_changes_ask_for_no_more_than_few(portal: Portal, alice: User) -> None:
    stages = list(Pipeline.objects.get(kind="lead").stages.filter(kind="open").order_by("position")[:2])
    costs = []
    for many in (2, 12):
        rows = []
        for n in range(many):
            record(alice, LEAD, title=f"Old {many}-{n}", emails=[f"a{n}@{many}.example"])
            rows.append(f"New {n};a{n}@{many}.example;+44 20 7946 {many:02}{n:02};;€ 5;{stages[1].title}")
        made = taken(alice, LEAD, "l.csv", HEAD + "\n".join(rows) + "\n")
        with CaptureQueriesContext(connection) as queries:
            done = imported(alice, made, duplicates="all")
        assert (done.updated_count, done.refused_count) == (many, 0)
        told = ('"jobs_', '"portals_')  # progress is told, and the portal read anew, by the clock
        costs.append(sum(not any(table in query["sql"] for table in told) for query in queries))
    assert costs[0] == costs[1]
