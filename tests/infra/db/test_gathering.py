"""Rows written together: the same rows as apart, in one statement, and none of what is rolled back."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from infra import audit
from infra.audit.models import AuditEntry
from infra.db.errors import WrongSchema
from infra.db.gathering import gathered, insert
from infra.kit.access import SYSTEM
from infra.kit.refs import RecordRef
from infra.ui.models import Notification, Preference
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.models import Portal

REF = RecordRef("crm", "lead", 7)


def entries() -> list[str]:
    return list(AuditEntry.objects.filter(action__startswith="thing.").order_by("id").values_list("action", flat=True))


def lose() -> None:
    audit.record(SYSTEM, "thing.lost")
    raise ZeroDivisionError


def prefer_twice(person: User) -> None:
    audit.record(SYSTEM, "thing.add")
    insert(Preference(person_id=person.pk, key="a", value=1))
    insert(Preference(person_id=person.pk, key="a", value=2))


def test_rows_of_several_tables_are_one_statement_and_know_their_ids(portal: Portal, alice: User, bob: User) -> None:
    with CaptureQueriesContext(connection) as asked, gathered():
        first = audit.record(SYSTEM, "thing.add", REF, {"name": (None, "Ä — ' %s")})
        told = notify(person_ids=[alice.pk, bob.pk], text="50 % done", ref=REF)
        second = audit.record(SYSTEM, "thing.move", REF)
    assert [query["sql"][:4] for query in asked if not query["sql"].startswith("SELECT")] == ["WITH"]
    assert entries() == ["thing.add", "thing.move"]
    kept = AuditEntry.objects.get(pk=first.pk)
    assert kept.changes == {"name": [None, "Ä — ' %s"]}
    assert (kept.at, second.pk) == (first.at, first.pk + 1)
    assert [Notification.objects.get(pk=row.pk).text for row in told] == ["50 % done"] * 2
    assert [row.person_id for row in told] == sorted([alice.pk, bob.pk])


def test_without_a_block_a_row_is_written_at_once(portal: Portal) -> None:
    audit.record(SYSTEM, "thing.add")
    assert entries() == ["thing.add"]


def test_rows_of_one_table_may_differ(portal: Portal, alice: User) -> None:
    with CaptureQueriesContext(connection) as asked, gathered():
        insert(Preference(person_id=alice.pk, key="a", value=1))
        insert(Preference(pk=77_000, person_id=alice.pk, key="b", value={"%s": ["Ä"]}))
        insert(
            Preference(
                person_id=alice.pk, key="c", value=RawSQL("to_jsonb(%s::text)", ["50 %s"], output_field=JSONField())
            )
        )
    assert len(asked) == 1
    kept = Preference.objects.filter(person_id=alice.pk).order_by("key")
    assert list(kept.values_list("key", "value")) == [("a", 1), ("b", {"%s": ["Ä"]}), ("c", "50 %s")]
    assert kept[1].pk == 77_000


def test_an_error_in_the_block_writes_nothing(portal: Portal) -> None:
    with pytest.raises(ZeroDivisionError), gathered():
        lose()
    assert entries() == []
    audit.record(SYSTEM, "thing.later")
    assert entries() == ["thing.later"]


def test_what_a_savepoint_rolls_back_is_gone_and_the_rest_stays(portal: Portal) -> None:
    with gathered():
        audit.record(SYSTEM, "thing.outer")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            lose()
        with transaction.atomic(), gathered():
            audit.record(SYSTEM, "thing.inner")
        with pytest.raises(ZeroDivisionError), transaction.atomic(), gathered():
            lose()
    assert sorted(entries()) == ["thing.inner", "thing.outer"]


def test_a_block_within_a_block_belongs_to_it(portal: Portal) -> None:
    with gathered():
        with gathered():
            audit.record(SYSTEM, "thing.add")
        assert entries() == []
    assert entries() == ["thing.add"]


def test_constraints_refuse_all_of_it(portal: Portal, alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), gathered():
        prefer_twice(alice)
    assert entries() == []
    assert not Preference.objects.filter(person_id=alice.pk, key="a").exists()


def test_a_row_of_another_portal_is_refused(portal: Portal, alice: User) -> None:
    row = Preference.objects.create(person_id=alice.pk, key="a", value=1)
    row._state.schema = "p_elsewhere"
    with pytest.raises(WrongSchema):
        insert(row)
