"""Leads from outside: once, whole, and to somebody."""

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import connection

from infra.db.current import enter
from infra.kit import gates
from infra.kit.errors import ReadOnly
from infra.kit.refs import RecordRef
from infra.outbox.models import OutboxEvent
from infra.ui.models import Notification
from modules.crm.contracts import LeadIntake
from modules.crm.domain.rotation import set_rotation
from modules.crm.models import Activity, Lead, RotationMember
from modules.crm.public import accept_lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead


def intake(event_id: UUID | None = None, **values: object) -> LeadIntake:
    given = {"source": "form", "person_name": "Ann Lee", "phones": ("+44 20 7946 0123",), **values}
    return LeadIntake(event_id=event_id or uuid4(), **given)


def test_what_came_in_is_kept_whole(portal: Portal, alice: User) -> None:
    origin = RecordRef("sites", "submission", 7)
    accepted = accept_lead(
        intake(
            source_detail="Contact",
            origin=origin,
            emails=("Ann@X.example",),
            comment="Please call",
            marks={"utm_source": "newsletter"},
            answers=(("Size", "2 m"),),
        )
    )
    row = Lead.objects.get(pk=accepted.lead.id)
    assert (row.title, row.source, row.source_detail, row.origin) == ("Ann Lee", "form", "Contact", str(origin))
    assert row.marks == {"utm_source": "newsletter"}
    assert row.comment == "Please call"
    activity = Activity.objects.get(lead=row)
    assert activity.details["answers"] == [["Size", "2 m"]]
    assert (accepted.created, accepted.responsible_id, accepted.duplicates) == (True, alice.pk, ())
    assert OutboxEvent.objects.get(name="crm.lead_created", payload__lead=str(row.ref)).payload["origin"] == str(origin)
    assert Notification.objects.filter(person=alice).count() == 1


def test_an_event_makes_one_lead(portal: Portal) -> None:
    event_id, before = uuid4(), Lead.objects.count()
    first, second = accept_lead(intake(event_id)), accept_lead(intake(event_id, person_name="Someone else"))
    assert (first.created, second.created) == (True, False)
    assert second.lead == first.lead
    assert Lead.objects.count() == before + 1


@pytest.mark.parametrize(
    "values",
    [
        {"phones": ("call me",), "emails": ("nobody",)},
        {"person_name": "x" * 500, "comment": "y" * 20_000},
        {"person_name": "", "phones": ()},
        {"person_name": "a\0b", "answers": (("q\0", "a\0"),)},
        {"source": "moon", "marks": {"k" * 100: "v" * 5000}},
        {"phones": tuple("+4420794601" + str(n) for n in range(10, 40))},
    ],
)
def test_nothing_a_visitor_types_is_refused(portal: Portal, values: dict[str, object]) -> None:
    before = Lead.objects.count()
    accepted = accept_lead(intake(**values))
    assert Lead.objects.count() == before + 1
    assert Lead.objects.get(pk=accepted.lead.id).title


def test_known_customers_go_to_whom_they_know(portal: Portal, alice: User, bob: User) -> None:
    known = lead(bob, phones=["020 7946 0123"] if portal.region == "GB" else ["+442079460123"])
    accepted = accept_lead(intake())
    assert accepted.responsible_id == bob.pk
    assert accepted.duplicates == (known.ref,)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert accept_lead(intake()).responsible_id != bob.pk


def test_the_rotation_takes_turns(portal: Portal, alice: User, bob: User, carol: User) -> None:
    set_rotation(actor=alice, person_ids=[bob.pk, carol.pk])
    given = [accept_lead(intake(phones=())).responsible_id for _ in range(4)]
    assert sorted(given[:2]) == sorted(given[2:]) == sorted([bob.pk, carol.pk])
    set_rotation(actor=alice, person_ids=[carol.pk])
    assert RotationMember.objects.count() == 1
    assert accept_lead(intake(phones=())).responsible_id == carol.pk


def test_a_read_only_portal_takes_none(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ReadOnly

    monkeypatch.setattr(gates, "require_writable", refuse)
    before = Lead.objects.count()
    with pytest.raises(ReadOnly):
        accept_lead(intake())
    assert Lead.objects.count() == before


@pytest.mark.commits
def test_the_same_event_at_once(fresh_portal: Callable[..., Portal]) -> None:
    portal, event_id, results = fresh_portal(), uuid4(), []

    def send() -> None:
        with enter(portal):
            results.append(accept_lead(intake(event_id)))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({result.lead for result in results}) == 1
    assert [result.created for result in results].count(True) == 1
    with enter(portal):
        assert Lead.objects.count() == 1
