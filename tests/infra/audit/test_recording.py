"""The audit log is written with the change, and nobody alters it afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from infra import audit
from infra.audit.models import AuditEntry
from infra.kit.access import SYSTEM
from infra.kit.refs import RecordRef
from tenants.people.models import User
from tenants.portals.models import Portal

LEAD = RecordRef("crm", "lead", 7)


def test_entry_says_who_what_and_how_it_changed(portal: Portal, alice: User) -> None:
    entry = audit.record(alice, "lead.edit", LEAD, {"amount": (Decimal("1.50"), None)}, note="by phone")
    stored = AuditEntry.objects.get(pk=entry.pk)
    assert (stored.actor_id, stored.actor_name, stored.action) == (alice.pk, alice.display_name, "lead.edit")
    assert (stored.ref, stored.changes, stored.note) == (LEAD, {"amount": ["1.50", None]}, "by phone")


def test_system_has_a_name_but_no_id(portal: Portal) -> None:
    entry = audit.record(SYSTEM, "lead.create", LEAD)
    assert (entry.actor_id, entry.actor_name) == (None, "Portal")


@pytest.mark.parametrize(
    "field", ["password", "api_key", "apiKey", "Recovery-Codes", "totp", "token_hash", "smtp_password"]
)
def test_secrets_never_show(portal: Portal, alice: User, field: str) -> None:
    entry = audit.record(alice, "x.y", changes={field: ("canary-old", "canary-new"), "nested": ({field: "canary"}, 1)})
    entry.refresh_from_db()
    assert entry.changes == {field: ["•••", "•••"], "nested": [{field: "•••"}, 1]}


@pytest.mark.parametrize("field", ["hashtags", "keyboard", "postcode", "pinned", "name"])
def test_ordinary_words_stay_readable(portal: Portal, alice: User, field: str) -> None:
    assert audit.record(alice, "x.y", changes={field: ("a", "b")}).changes == {field: ["a", "b"]}


def test_entry_is_rolled_back_with_its_change(portal: Portal, alice: User) -> None:  # promise 28
    def change_that_breaks() -> None:
        with transaction.atomic():
            audit.record(alice, "lead.edit", LEAD)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_that_breaks()
    assert not audit.history(LEAD)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditentry SET note = 'forged'", "DELETE FROM audit_auditentry", "TRUNCATE audit_auditentry"],
)
def test_app_role_may_not_alter_the_log(portal: Portal, alice: User, statement: str) -> None:  # promise 28
    audit.record(alice, "lead.edit", LEAD)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert [entry.note for entry in audit.history(LEAD)] == [""]


def test_history_is_newest_first_and_pages(portal: Portal, alice: User) -> None:
    for number in range(5):
        audit.record(alice, f"lead.step{number}", LEAD)
    audit.record(alice, "lead.edit", RecordRef("crm", "lead", 8))
    first = audit.history(LEAD, limit=3)
    assert [entry.action for entry in first] == ["lead.step4", "lead.step3", "lead.step2"]
    rest = audit.history(LEAD, after=(first[-1].at, first[-1].pk), limit=3)
    assert [entry.action for entry in rest] == ["lead.step1", "lead.step0"]


def test_a_past_that_is_brought_along_keeps_its_days(portal: Portal) -> None:
    then = datetime(2020, 2, 29, 12, tzinfo=UTC)
    with audit.dated(then):
        past = audit.record(SYSTEM, "lead.create", LEAD)
        audit.record_many(SYSTEM, "lead.move", [LEAD])
    present = audit.record(SYSTEM, "lead.edit", LEAD)
    rows = dict(AuditEntry.objects.filter(pk__gte=past.pk).values_list("action", "at"))
    assert rows["lead.create"] == rows["lead.move"] == then
    assert AuditEntry.objects.get(pk=present.pk).at.year > 2020
