"""Watchers of a record: they see it wherever they see records of their own, and hear what happens to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from infra.kit.spec import Scope
from infra.ui.models import Notification
from modules.crm.domain.access import access_stage, may_do, visible
from modules.crm.domain.activity import comment_on
from modules.crm.domain.conversion import Conversion, convert_lead
from modules.crm.domain.erasure import erase_person
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, LEAD, PRODUCT, QUOTE
from modules.crm.domain.merge import merge_records
from modules.crm.domain.pipeline import set_pipeline_rights
from modules.crm.domain.record import assign_record, edit_record, move_record
from modules.crm.models import Lead, Stage
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
ApiClient = Callable[..., Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def narrow(portal: Portal, alice: User, bob: User) -> User:
    """Bob, who sees, changes and exports records of his own alone."""
    kinds = ("lead", "contact", "company", "deal", "quote", "invoice", "product")
    own = {f"crm.{kind}.{verb}": Scope.OWN for kind in kinds for verb in ("view", "edit")}
    bob.role = create_role(actor=alice, name="Narrow", base="employee", permissions=own)
    bob.save()
    return bob


def lines(person: User) -> list[str]:
    return list(Notification.objects.filter(person=person).order_by("pk").values_list("text", flat=True))


def test_a_watcher_sees_records_of_every_kind(portal: Portal, alice: User, narrow: User) -> None:
    for kind in (LEAD, CONTACT, COMPANY, DEAL, QUOTE, INVOICE, PRODUCT):
        name = "first_name" if kind is CONTACT else kind.title_field
        row = record(alice, kind, **{name: "Watched"})
        record(alice, kind, **{name: "Another"})
        assert list(visible(narrow, kind)) == []
        edit_record(actor=alice, record=row, changes={"watchers": [narrow.pk]})
        assert [one.pk for one in visible(narrow, kind)] == [row.pk]
        assert may_do(narrow, kind.permission("view"), kind.rows().get(pk=row.pk))
        assert not may_do(narrow, kind.permission("edit"), kind.rows().get(pk=row.pk))


def test_where_a_role_sees_nothing_watching_opens_nothing(portal: Portal, alice: User, narrow: User) -> None:
    lead = record(alice, LEAD, title="Watched", watchers=[narrow.pk])
    assert visible(narrow, LEAD).count() == 1
    set_pipeline_rights(actor=alice, pipeline=lead.stage.pipeline, rights={(narrow.role.pk, "view"): Scope.NONE})
    assert visible(narrow, LEAD).count() == 0
    Notification.objects.all().delete()
    edit_record(actor=alice, record=lead, changes={"post": "Head"})
    assert lines(narrow) == []
    blind = create_role(actor=alice, name="Blind", base="employee", permissions={"crm.lead.view": Scope.NONE})
    narrow.role = blind
    narrow.save()
    assert visible(User.objects.get(pk=narrow.pk), LEAD).count() == 0


def test_watchers_hear_what_happens_once_a_line(portal: Portal, alice: User, carol: User, narrow: User) -> None:
    lead = record(alice, LEAD, title="Bakery", watchers=[narrow.pk])
    assert lines(narrow) == [f"{alice.display_name} asks you to watch “Bakery”"]
    edit_record(actor=carol, record=lead, changes={"post": "Head"})
    won = Stage.objects.filter(pipeline=lead.stage.pipeline, kind="won").first()
    move_record(actor=carol, record=lead, stage=access_stage(won.pk))  # type: ignore[union-attr]  # there is one
    assert lines(narrow) == [f"{carol.display_name} took “Bakery” to “{won}”"]
    Notification.objects.filter(person=narrow).delete()
    comment_on(actor=alice, record=lead, text="Hello")
    assert lines(narrow) == [f"{alice.display_name} commented on “Bakery”"]
    assign_record(actor=alice, record=lead, responsible_id=carol.pk)
    assert lines(narrow) == [f"{alice.display_name} gave “Bakery” to {carol.display_name}"]
    Notification.objects.filter(person=narrow).delete()
    comment_on(actor=narrow, record=lead, text="Mine")
    assert lines(narrow) == []


def test_watching_on_the_card_and_over_the_api(
    portal: Portal, as_: SignIn, api: ApiClient, alice: User, narrow: User
) -> None:
    lead = record(alice, LEAD, title="Bakery")
    path = f"/crm/leads/{lead.pk}/"
    assert as_(narrow).post(f"{path}watch/", headers=HTMX).status_code == 404
    assert as_(alice).post(f"{path}watch/", headers=HTMX).status_code == 204
    assert Lead.objects.get().watchers == [alice.pk]
    assert "Stop watching" in as_(alice).get(path).content.decode()
    sent = api(alice).patch(
        f"/api/v1/leads/{lead.pk}", {"watchers": [narrow.pk]}, "application/json", headers={"If-Match": "*"}
    )
    assert sent.json()["watchers"] == [narrow.pk]
    found = api(alice).get(f"/api/v1/leads?watchers={narrow.pk}").json()["results"]
    assert [row["id"] for row in found] == [lead.pk]
    assert api(alice).get(f"/api/v1/leads?watchers={alice.pk}").json()["results"] == []
    page = as_(narrow).get(f"/crm/leads/?watchers={narrow.pk}&columns=title,watchers").content.decode()
    assert "Bakery" in page
    assert api(narrow).delete(f"/api/v1/leads/{lead.pk}/watch").status_code == 204
    assert Lead.objects.get().watchers == []
    assert as_(narrow).get(path).status_code == 404


def test_watchers_come_along(portal: Portal, alice: User, bob: User, carol: User) -> None:
    lead = record(alice, LEAD, title="Cake", person_name="Ann Lee", watchers=[bob.pk])
    made = convert_lead(actor=alice, lead=lead, to=Conversion(new_contact=True))
    assert (made.contact.watchers, made.deal.watchers) == ([bob.pk], [bob.pk])  # type: ignore[union-attr]  # both made
    other = record(alice, CONTACT, first_name="Ann", watchers=[carol.pk])
    carol.is_active = False
    carol.save()
    kept = merge_records(actor=alice, record=other, others=[made.contact])
    assert kept.watchers == [carol.pk, bob.pk]
    erase_person(bob.pk)
    erase_person(carol.pk)
    assert [row.watchers for row in (Lead.objects.get(), CONTACT.rows().get(pk=kept.pk))] == [[], []]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_contact WHERE watchers IS NOT NULL")
        assert cursor.fetchone() == (0,)


def test_whoever_watches_nothing_asks_as_before(portal: Portal, alice: User, narrow: User) -> None:
    record(alice, LEAD, title="Bakery")
    with CaptureQueriesContext(connection) as asked:
        assert list(visible(narrow, LEAD)) == []
    statements: list[Any] = [query["sql"] for query in asked.captured_queries]
    assert "watchers" not in statements[-1].partition("WHERE")[2]
