"""Verbs on leads: rights, locks, traces."""

from decimal import Decimal
from typing import Any

import pytest

from infra.audit.models import AuditEntry
from infra.kit import gates
from infra.kit.errors import Conflict, Denied, Invalid, NotFound, ReadOnly
from infra.outbox.models import OutboxEvent
from infra.ui.models import Notification
from modules.crm.domain.access import access_lead, access_trashed_lead, visible_leads
from modules.crm.domain.activity import comment_on
from modules.crm.domain.bulk import assign_records, delete_records, move_records
from modules.crm.domain.duplicates import Probe, find_duplicates
from modules.crm.domain.erasure import erase_person
from modules.crm.domain.handing_over import count_leads, transfer_leads
from modules.crm.domain.kinds import LEAD
from modules.crm.domain.lead import (
    NewLead,
    assign_lead,
    create_lead,
    delete_lead,
    edit_lead,
    first_stage,
    move_lead,
    restore_lead,
)
from modules.crm.jobs.keeping import purge_trash
from modules.crm.models import Activity, Lead, Stage
from tenants.people.models import Department, User
from tenants.portals.models import Portal
from tests.factories.lead import lead


def last_stage() -> Stage:
    return Stage.objects.get(pipeline__is_usual=True, preset="won")


def test_a_new_lead_leaves_its_traces(portal: Portal, alice: User) -> None:
    made = create_lead(
        actor=alice,
        new=NewLead(
            person_name=" Ann Lee ", phones=["8 (495) 123-45-67", ""], emails=["Ann@X.example"], amount="1 500,50"
        ),
    )
    stored = Lead.objects.get(pk=made.pk)
    assert (stored.title, stored.person_name, stored.amount) == ("Ann Lee", "Ann Lee", Decimal("1500.50"))
    assert (stored.responsible_id, stored.created_by_id, stored.stage_id) == (alice.pk, alice.pk, first_stage().pk)
    assert stored.currency == portal.currency
    assert [(p.kind, p.typed) for p in stored.contact_points.all()] == [
        ("email", "Ann@X.example"),
        ("phone", "8 (495) 123-45-67"),
    ]
    assert AuditEntry.objects.filter(action="lead.create", record_id=made.pk, actor_id=alice.pk).count() == 1
    event = OutboxEvent.objects.get(name="crm.lead_created", payload__lead=str(made.ref))
    assert event.payload["responsible_id"] == alice.pk


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": "x", "emails": ["nobody"]}, "emails"),
        ({"title": "x", "phones": ["call"]}, "phones"),
        ({"title": "x", "phones": ["+749512345" + str(n) for n in range(10, 61)]}, "phones"),
        ({"title": "x", "amount": "-1"}, "amount"),
        ({"title": "x", "currency": "XXX"}, "currency"),
        ({"title": "x", "source": "moon"}, "source"),
        ({"title": "x", "responsible_id": 10**9}, "responsible"),
    ],
)
def test_what_a_lead_cannot_be(portal: Portal, alice: User, values: dict[str, Any], field: str) -> None:
    before = Lead.objects.count()
    with pytest.raises(Invalid) as refusal:
        create_lead(actor=alice, new=NewLead(**values))
    assert list(refusal.value.fields) == [field]
    assert Lead.objects.count() == before


def test_guests_create_nothing(portal: Portal, dave: User) -> None:
    before = Lead.objects.count()
    with pytest.raises(Denied):
        create_lead(actor=dave, new=NewLead(title="x"))
    assert Lead.objects.count() == before


def test_employees_create_for_themselves(portal: Portal, alice: User, bob: User) -> None:
    assert create_lead(actor=bob, new=NewLead(title="x")).responsible_id == bob.pk
    with pytest.raises(Denied):
        create_lead(actor=bob, new=NewLead(title="y", responsible_id=alice.pk))
    assert Lead.objects.filter(title="y").count() == 0


def test_own_department_all(portal: Portal, alice: User, bob: User, carol: User) -> None:
    Lead.objects.all().delete()
    department = Department.objects.create(name="Sales of the test")
    User.objects.filter(pk__in=[bob.pk, carol.pk]).update(department=department)
    bob = User.objects.get(pk=bob.pk)
    mine, colleague, foreign = lead(bob).pk, lead(carol).pk, lead(alice).pk

    def seen() -> set[int]:
        return set(visible_leads(User.objects.get(pk=bob.pk)).values_list("pk", flat=True))

    assert seen() == {mine}
    for scope, expected in ((2, {mine, colleague}), (3, {mine, colleague, foreign}), (0, set())):
        bob.role.permissions["crm.lead.view"] = scope
        bob.role.save(update_fields=["permissions"])
        assert seen() == expected


def test_seen_is_not_changed(portal: Portal, alice: User, bob: User) -> None:
    bob.role.permissions["crm.lead.view"] = 3
    bob.role.save(update_fields=["permissions"])
    bob = User.objects.get(pk=bob.pk)
    row = access_lead(bob, lead(alice).pk)
    for attempt in (
        lambda: edit_lead(actor=bob, lead=row, changes={"title": "Mine"}),
        lambda: move_lead(actor=bob, lead=row, stage=last_stage()),
        lambda: assign_lead(actor=bob, lead=row, responsible_id=bob.pk),
        lambda: delete_lead(actor=bob, lead=row),
    ):
        with pytest.raises(Denied):
            attempt()
    after = Lead.objects.get(pk=row.pk)
    assert (after.title, after.version, after.responsible_id, after.deleted_at) == (row.title, 1, alice.pk, None)


def test_an_edit_says_what_changed(portal: Portal, alice: User) -> None:
    row = lead(alice, phones=["+44 20 7946 0123"])
    after = edit_lead(actor=alice, lead=row, changes={"title": "Ash", "phones": ["+44 20 7946 0999"]}, version=1)
    assert after.version == 2
    entry = AuditEntry.objects.get(action="lead.edit", record_id=row.pk)
    assert entry.changes == {
        "title": ["Oak table", "Ash"],
        "phones": ["+44 20 7946 0123", "+44 20 7946 0999"],
    }
    same = edit_lead(actor=alice, lead=after, changes={"title": "Ash"}, version=2)
    assert same.version == 2
    assert AuditEntry.objects.filter(action="lead.edit", record_id=row.pk).count() == 1


def test_an_old_version_is_a_conflict(portal: Portal, alice: User) -> None:  # promise 49
    row = lead(alice)
    edit_lead(actor=alice, lead=row, changes={"title": "First"}, version=1)
    for attempt in (
        lambda: edit_lead(actor=alice, lead=row, changes={"title": "Second"}, version=1),
        lambda: move_lead(actor=alice, lead=row, stage=last_stage(), version=1),
        lambda: assign_lead(actor=alice, lead=row, responsible_id=None, version=1),
        lambda: delete_lead(actor=alice, lead=row, version=1),
    ):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.extra == {"current_version": 2}
    after = Lead.objects.get(pk=row.pk)
    assert (after.title, after.version, after.stage_id) == ("First", 2, row.stage_id)


def test_no_field_beyond_the_list(portal: Portal, alice: User) -> None:  # promise 27
    row = lead(alice)
    with pytest.raises(Invalid):
        edit_lead(actor=alice, lead=row, changes={"responsible_id": 1})
    assert Lead.objects.get(pk=row.pk).version == 1


def test_a_move_publishes(portal: Portal, alice: User) -> None:
    row = lead(alice)
    moved = move_lead(actor=alice, lead=row, stage=last_stage())
    assert moved.stage_since > row.stage_since
    event = OutboxEvent.objects.get(name="crm.lead_moved", payload__lead=str(row.ref))
    assert (event.payload["to_stage_id"], event.payload["kind"]) == (last_stage().pk, "won")
    move_lead(actor=alice, lead=row, stage=last_stage())
    assert OutboxEvent.objects.filter(name="crm.lead_moved", payload__lead=str(row.ref)).count() == 1


def test_who_gets_a_lead_is_told(portal: Portal, alice: User, bob: User) -> None:
    row = lead(alice)
    assign_lead(actor=alice, lead=row, responsible_id=bob.pk)
    assert Notification.objects.filter(person=bob).count() == 1
    assign_lead(actor=alice, lead=row, responsible_id=alice.pk)
    assert Notification.objects.filter(person=alice).count() == 0


def test_the_trash_and_back(portal: Portal, alice: User) -> None:
    row = lead(alice)
    delete_lead(actor=alice, lead=row)
    with pytest.raises(NotFound):
        access_lead(alice, row.pk)
    with pytest.raises(NotFound):
        edit_lead(actor=alice, lead=row, changes={"title": "Ghost"})
    restore_lead(actor=alice, lead=access_trashed_lead(alice, row.pk))
    assert access_lead(alice, row.pk).title == "Oak table"


def test_the_trash_is_emptied_after_thirty_days(portal: Portal, alice: User) -> None:
    from datetime import timedelta

    from django.utils import timezone

    old, young = lead(alice), lead(alice)
    for row in (old, young):
        delete_lead(actor=alice, lead=row)
    Lead.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    purge_trash.run()
    assert list(Lead.objects.filter(pk__in=[old.pk, young.pk]).values_list("pk", flat=True)) == [young.pk]


def test_comments(portal: Portal, alice: User) -> None:
    row = lead(alice)
    comment_on(actor=alice, record=row, text=" Called ")
    assert Activity.objects.get(lead=row).text == "Called"
    with pytest.raises(Invalid):
        comment_on(actor=alice, record=row, text="  ")
    assert Activity.objects.filter(lead=row).count() == 1


def test_who_is_mentioned_and_may_see_it_is_told(portal: Portal, alice: User, bob: User, carol: User) -> None:
    row = lead(alice)
    Notification.objects.all().delete()
    comment_on(actor=alice, record=row, text=f"Ask @{bob.display_name.upper()} and @[{carol.pk}], not @nobody")
    assert set(Notification.objects.values_list("person_id", flat=True)) == {carol.pk}


def test_duplicates_by_any_writing(portal: Portal, alice: User, bob: User) -> None:
    first = lead(alice, phones=["+7 495 123-45-67"], emails=["Ann@Example.com"])
    second = lead(alice, phones=["+74951234567"])
    found = find_duplicates(actor=alice, probe=Probe(values=["+74951234567", "ann@example.com"]), besides=second)
    assert [item.record.pk for item in found] == [first.pk]
    assert find_duplicates(actor=bob, probe=Probe(values=["+74951234567"])) == []
    delete_lead(actor=alice, lead=first)
    assert find_duplicates(actor=alice, probe=Probe(values=["+74951234567"]), besides=second) == []


def test_bulk_verbs_say_how_many(portal: Portal, alice: User, bob: User) -> None:
    Lead.objects.all().delete()
    ids = [lead(alice).pk for _ in range(3)]
    assert len(assign_records(actor=alice, kind=LEAD, rows=visible_leads(alice), responsible_id=bob.pk).before) == 3
    assert len(move_records(actor=alice, kind=LEAD, rows=visible_leads(alice), stage=last_stage()).before) == 3
    assert len(delete_records(actor=alice, kind=LEAD, rows=visible_leads(alice)).before) == 3
    assert Lead.objects.filter(pk__in=ids, deleted_at=None).count() == 0
    with pytest.raises(Denied):
        delete_records(actor=bob, kind=LEAD, rows=visible_leads(bob))


def test_hand_over(portal: Portal, alice: User, bob: User) -> None:
    Lead.objects.all().delete()
    lead(bob)
    lead(alice)
    assert count_leads(bob.pk) == 1
    assert transfer_leads(actor=alice, from_user=bob, to_user=alice) == 1
    assert count_leads(bob.pk) == 0


def test_erasing_a_person_keeps_the_customers(portal: Portal, alice: User, bob: User) -> None:  # promise 50
    row = lead(bob)
    comment_on(actor=bob, record=row, text="Called")
    erase_person(bob.pk)
    after = Lead.objects.get(pk=row.pk)
    assert (after.responsible_id, after.created_by_id) == (None, None)
    assert Activity.objects.get(lead=row).author_id is None


def test_a_read_only_portal_refuses_every_verb(  # promise 36
    portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, trashed = lead(alice), lead(alice)
    delete_lead(actor=alice, lead=trashed)
    before = list(Lead.objects.order_by("pk").values())

    def refuse() -> None:
        raise ReadOnly

    monkeypatch.setattr(gates, "require_writable", refuse)
    for attempt in (
        lambda: create_lead(actor=alice, new=NewLead(title="x")),
        lambda: edit_lead(actor=alice, lead=row, changes={"title": "x"}),
        lambda: move_lead(actor=alice, lead=row, stage=last_stage()),
        lambda: assign_lead(actor=alice, lead=row, responsible_id=None),
        lambda: comment_on(actor=alice, record=row, text="x"),
        lambda: delete_lead(actor=alice, lead=row),
        lambda: restore_lead(actor=alice, lead=trashed),
        lambda: delete_records(actor=alice, kind=LEAD, rows=visible_leads(alice)),
    ):
        with pytest.raises(ReadOnly):
            attempt()
    assert list(Lead.objects.order_by("pk").values()) == before
