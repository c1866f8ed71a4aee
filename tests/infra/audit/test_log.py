"""The log as administrators and programs read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from infra import audit
from infra.audit.models import AuditEntry
from infra.kit.refs import RecordRef
from infra.outbox.models import Delivery, OutboxEvent
from tenants.people.models import User
from tenants.portals.models import Portal

As = Callable[[User], Client]
BASE = {"actor_name": "Bob", "action": "specimen.edit"}


@pytest.fixture
def log(portal: Portal, alice: User, bob: User) -> None:
    audit.record(alice, "specimen.create", RecordRef("crm", "lead", 41), {"name": (None, "Ann & <b>Co</b>")})
    audit.record(bob, "specimen.edit", RecordRef("crm", "lead", 42), note="second entry")
    AuditEntry.objects.create(**BASE, note="old entry", at=datetime(2020, 5, 1, 12, tzinfo=UTC))


def test_page_shows_who_what_and_how(log: None, carol: User, as_: As) -> None:
    page = as_(carol).get("/settings/audit/").content.decode()
    assert "<div><b>Name:</b> Ann &amp; &lt;b&gt;Co&lt;/b&gt;</div>" in page
    assert "second entry" in page
    assert "?record=crm.lead%3A42" in page


def test_fields_values_and_people_are_told_in_words(
    portal: Portal, alice: User, bob: User, carol: User, as_: As
) -> None:
    before_after = {
        "responsible_id": (alice.pk, bob.pk),
        "stage": ("New", "In work"),
        "theme": ("auto", "dark"),
        "is_active": (True, False),
        "crm.lead.view": ("own", "all"),
        "people.seats": (12, 24),
        "time_zone": ("", "Asia/Ho_Chi_Minh"),
        "first_contact_at": (None, datetime(2020, 5, 1, 12, tzinfo=UTC)),
        "amount": (Decimal("1200.50"), None),
    }
    audit.record(alice, "specimen.edit", RecordRef("people", "person", bob.pk), before_after)
    page = as_(carol).get("/settings/audit/?action=specimen.edit").content.decode()
    for line in (
        f"<b>Responsible:</b> {alice} → {bob}",
        "<b>Stage:</b> New → In work",
        "<b>Look:</b> As on this device → Dark",
        "<b>Active:</b> yes → no",
        "<b>See leads:</b> Own → All",
        "<b>People:</b> 12 → 24",
        "<b>Time zone:</b> Asia/Ho Chi Minh",
        "<b>First contact at:</b> May 1, 2020, 12:00 PM",
        "<b>Amount:</b> 1,200.5 → —",
        f">{bob}</a>",
    ):
        assert line in page, line


def test_names_cost_one_statement_however_many_lines(
    portal: Portal, alice: User, bob: User, carol: User, as_: As
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_(carol).get("/settings/audit/?action=specimen.edit")
        return len(queries)

    audit.record(alice, "specimen.edit", RecordRef("people", "person", bob.pk))
    asked()
    first = asked()
    for person in (alice, bob, carol):
        audit.record(
            alice, "specimen.edit", RecordRef("people", "person", person.pk), {"responsible_id": (None, person.pk)}
        )
    assert asked() == first


@pytest.mark.parametrize(
    ("query", "notes"),
    [
        ("action=specimen.edit", ["second entry", "old entry"]),
        ("action=specimen.c", [""]),
        ("record=crm.lead:42", ["second entry"]),
        ("at_after=2020-05-01&at_before=2020-05-01", ["old entry"]),
        ("action=specimen.&kind=crm.lead", ["second entry", ""]),
        ("action=specimen.&person={bob}", ["second entry"]),
    ],
)
def test_api_filters(
    log: None, alice: User, bob: User, api: Callable[..., Client], query: str, notes: list[str]
) -> None:
    answer = api(alice, scopes=["audit.log.view"]).get(f"/api/v1/audit?{query.format(bob=bob.pk)}")
    assert answer.status_code == 200, answer.content
    assert [entry["note"] for entry in answer.json()["results"]] == notes


def test_page_takes_the_same_filters(log: None, carol: User, as_: As) -> None:
    page = as_(carol).get("/settings/audit/?record=crm.lead:42").content.decode()
    assert "second entry" in page
    assert "old entry" not in page


def test_a_wrong_filter_is_named(log: None, alice: User, api: Callable[..., Client]) -> None:
    answer = api(alice).get("/api/v1/audit?record=nonsense")
    assert answer.status_code == 400
    assert "record" in answer.json()["errors"]


def test_employee_sees_no_log(log: None, bob: User, as_: As, api: Callable[..., Client]) -> None:
    assert as_(bob).get("/settings/audit/").status_code == 403
    assert api(bob).get("/api/v1/audit").status_code == 403


def test_log_cannot_be_written_through_the_api(log: None, alice: User, api: Callable[..., Client]) -> None:
    client = api(alice)
    assert client.post("/api/v1/audit", {}, content_type="application/json").status_code == 405
    assert client.delete(f"/api/v1/audit/{AuditEntry.objects.latest('id').pk}").status_code == 404


def test_queries_do_not_grow_with_rows(portal: Portal, alice: User, carol: User, as_: As) -> None:
    browser = as_(carol)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert browser.get("/settings/audit/?action=specimen.").status_code == 200
        return len(caught)

    audit.record(alice, "specimen.create", RecordRef("crm", "lead", 1))
    queries()
    one = queries()
    for number in range(2, 4):
        audit.record(alice, "specimen.create", RecordRef("crm", "lead", number))
    assert queries() == one


def test_entry_carries_the_address_and_id_of_the_request(portal: Portal, carol: User, as_: As) -> None:
    event = OutboxEvent.objects.create(name="specimen.gone", payload={})
    failed = Delivery.objects.create(
        event=event, handler="specimen", mode="worker", status="dead", last_error="x", next_attempt_at=timezone.now()
    )
    as_(carol).post(
        f"/settings/deliveries/{failed.pk}/discard/", REMOTE_ADDR="192.0.2.7", HTTP_X_REQUEST_ID="request-0001"
    )
    entry = AuditEntry.objects.get(action="delivery.discard")
    assert (entry.ip, entry.request_id) == ("192.0.2.7", "request-0001")
    assert audit.record(carol, "specimen.edit").ip is None


def test_actions_are_shown_in_words(portal: Portal, as_: Callable[[User], Client], alice: User) -> None:
    audit.record(alice, "lead.move", RecordRef("crm", "lead", 1))
    assert "Lead moved" in as_(alice).get("/settings/audit/").content.decode()
    assert "Pipeline created" in as_(alice).get("/settings/audit/?part=filter").content.decode()  # among its choices
