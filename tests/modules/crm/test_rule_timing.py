"""Rules of time: they look on, never back, by an index and in batches; nothing is missed and nothing comes twice."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from infra.db.current import current_schema
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import CONTACT, DEAL, LEAD
from modules.crm.domain.rules import timing
from modules.crm.domain.rules.waking import MARKS
from modules.crm.domain.rules.zone import zone
from modules.crm.jobs.rules import rules_due, run_rules
from modules.crm.models import Contact, Deal, Lead, Rule, RuleRun
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead
from tests.factories.record import record
from tests.modules.crm.rules import note, rule, run_all


def later(made: Rule, by: timedelta) -> None:
    """As if the rule had been switched on `by` earlier, and looked then."""
    made.refresh_from_db()
    at = datetime.fromisoformat(made.cursor["at"]) - by
    Rule.objects.filter(pk=made.pk).update(cursor={"at": at.isoformat(), "id": 0}, next_look_at=timezone.now())


def test_what_stays_is_found_once(portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "BATCH", 2)
    now = timezone.now()
    Lead.objects.all().delete()
    details = {"amount": 15, "unit": "minutes"}
    unanswered = [{"field": "answered", "op": "is", "data": {"answered": ["none"]}}]
    made = rule(alice, "stays", note(), kind=LEAD, details=details, conditions=unanswered)
    late = [lead(alice, title=f"Late {n}") for n in range(5)]
    fresh, answered, old = (lead(alice, title=title) for title in ("Fresh", "Answered", "Old"))
    Lead.objects.filter(pk__in=[one.pk for one in late]).update(stage_since=now - timedelta(minutes=16))
    Lead.objects.filter(pk=answered.pk).update(stage_since=now - timedelta(minutes=16), answered_at=now)
    Lead.objects.filter(pk=old.pk).update(stage_since=now - timedelta(days=9))
    later(made, timedelta(minutes=5))
    assert run_all() == 5
    assert set(RuleRun.objects.values_list("record_id", flat=True)) == {one.pk for one in late}
    later(made, timedelta(minutes=5))
    assert run_all() == 0
    assert fresh.pk not in RuleRun.objects.values_list("record_id", flat=True)
    made.refresh_from_db()
    assert now + timedelta(seconds=55) < made.next_look_at < now + timedelta(minutes=2)


def test_work_keeps_a_deal_from_being_quiet(portal: Portal, alice: User) -> None:
    now = timezone.now()
    made = rule(alice, "quiet", note(), details={"amount": 3, "unit": "days"})
    quiet, called, lost = (record(alice, DEAL, title=title) for title in ("Quiet", "Called", "Lost"))
    Deal.objects.filter(pk__in=[quiet.pk, called.pk, lost.pk]).update(updated_at=now - timedelta(days=3, hours=1))
    Deal.objects.filter(pk=called.pk).update(last_activity_at=now - timedelta(hours=5))
    Deal.objects.filter(pk=lost.pk).update(closed_at=now)
    later(made, timedelta(hours=2))
    run_all()
    assert [run.record_id for run in RuleRun.objects.filter(rule=made)] == [quiet.pk]
    Deal.objects.filter(pk=called.pk).update(last_activity_at=now - timedelta(days=3))
    later(made, timedelta(hours=2))
    run_all()
    assert {run.record_id for run in RuleRun.objects.filter(rule=made)} == {quiet.pk, called.pk}


@pytest.mark.parametrize(("shift", "yearly", "day"), [(0, False, 0), (-3, False, 3), (5, False, -5), (-1, True, 1)])
def test_a_day_is_reached_in_the_company_s_zone(
    portal: Portal, alice: User, shift: int, yearly: bool, day: int
) -> None:
    own = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Delivery", type="date"))
    today = timezone.now().astimezone(zone()).date()
    wanted = today + timedelta(days=day)
    kept = wanted.replace(year=2024) if yearly else wanted
    for field in ("closes_on", own.key):
        details = {"field": field, "shift": shift, "at": "00:00", "yearly": yearly}
        made = rule(alice, "day", note(), details=details)
        hit, other = (
            record(alice, DEAL, title="Oak", **{field: one.isoformat()}) for one in (kept, kept + timedelta(9))
        )
        yesterday = (today - timedelta(days=1)).isoformat()
        Rule.objects.filter(pk=made.pk).update(cursor={"day": yesterday}, next_look_at=timezone.now())
        run_all()
        assert [run.record_id for run in RuleRun.objects.filter(rule=made)] == [hit.pk]
        Rule.objects.filter(pk=made.pk).update(cursor={"day": yesterday}, next_look_at=timezone.now())
        run_all()
        assert RuleRun.objects.filter(rule=made).count() == 1
        assert not RuleRun.objects.filter(record_id=other.pk).exists()


def test_the_leap_day_has_its_birthday_each_year(portal: Portal, alice: User) -> None:
    details = {"field": "birthday", "shift": 0, "at": "09:00", "yearly": True}
    made = rule(alice, "day", note("{{client}}"), kind=CONTACT, details=details, on=False)
    leap = record(alice, CONTACT, first_name="Leap", birthday="2000-02-29")
    days = [date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 28), date(2028, 2, 29)]
    found = [timing.on_day(made, CONTACT, day).filter(pk=leap.pk).exists() for day in days]
    assert found == [True, False, False, True]
    assert Contact.objects.filter(pk=leap.pk).exists()


def test_a_rule_that_cannot_look_says_why(portal: Portal, alice: User) -> None:
    deal = record(alice, DEAL, title="Oak")
    gone = [{"field": "stage", "op": "is", "data": {"stage": [str(deal.stage_id)]}}]
    made = rule(alice, "quiet", note(), details={"amount": 1, "unit": "hours"}, conditions=gone)
    Rule.objects.filter(pk=made.pk).update(
        conditions=[{"field": "stage", "op": "is", "data": {"stage": ["99999999"]}}], next_look_at=timezone.now()
    )
    run_all()
    made.refresh_from_db()
    assert made.problem != ""
    assert made.next_look_at is not None
    assert made.next_look_at > timezone.now() + timedelta(minutes=50)


def test_the_job_is_called_by_marks(portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(run_rules, "apply_async", lambda *args, **more: sent.append(current_schema()))
    rule(alice, "created", note("Hello"))
    record(alice, DEAL, title="Oak")
    MARKS.leave(datetime(2026, 1, 1, tzinfo=UTC))
    rules_due.run()
    assert portal.schema_name in sent
    run_rules.run()
    assert RuleRun.objects.get().status == "done"
    assert portal.schema_name not in MARKS.due()
