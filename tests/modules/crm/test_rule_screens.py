"""The screens of rules, letters, kinds of activities, mentions and To do through HTTP, and rules over REST."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from infra.kit import gates
from infra.ui.models import Notification
from modules.crm.condition_forms import ConditionRow
from modules.crm.domain.activity import Plan, plan_activity
from modules.crm.domain.activity_kind import KindDesign, write_kind
from modules.crm.domain.attention import attention, menu
from modules.crm.domain.kinds import DEAL, kinds
from modules.crm.domain.rules.conditions import choices_of
from modules.crm.domain.rules.presets import PRESETS
from modules.crm.domain.rules.steps.record import settable
from modules.crm.models import Activity, ActivityKind, Deal, File, Lead, LetterTemplate, Rule, RuleRun
from modules.crm.rule_forms import StepForm
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead
from tests.factories.record import record
from tests.modules.crm.rules import note, put, rule, run_all

SignIn = Callable[[User], Client]
STEP = {"s": "0", "s0-do": "notify", "s0-people": "responsible", "s0-text": "Look at {{title}}"}


def test_a_rule_is_written_in_the_editor(portal: Portal, as_: SignIn, alice: User) -> None:
    client, page = as_(alice), "/crm/rules/new/deal/"
    grown = client.post(page, {"name": "Big", "trigger": "created", "do": "add-condition", **STEP})
    assert (grown.status_code, Rule.objects.count()) == (200, 0)
    text = grown.content.decode()
    assert 'value="Big"' in text
    assert 'name="c0-field"' in text
    assert "Look at {{title}}" in text
    more = {"c": "0", "c0-field": "amount", "c0-op": "is", "c0-amount_min": "100", "name": "Big", "trigger": "created"}
    saved = client.post(page, {**more, **STEP, "do": "save"})
    made = Rule.objects.get()
    assert (saved.status_code, saved["Location"]) == (302, f"/crm/rules/{made.pk}/")
    assert made.conditions == [{"field": "amount", "op": "is", "data": {"amount_min": ["100"]}}]
    assert made.steps == [{"do": "notify", "people": ["responsible"], "text": "Look at {{title}}"}]
    assert not made.is_on
    shown = client.get(f"/crm/rules/{made.pk}/").content.decode()
    assert 'name="c0-amount_min" value="100"' in shown
    client.post(f"/crm/rules/{made.pk}/switch/", {"on": "1"})
    deal = record(alice, DEAL, title="Oak", amount="500")
    run_all()
    assert RuleRun.objects.get(rule=made, record_id=deal.pk).status == "done"
    log = client.get(f"/crm/rules/log/?record=deal:{deal.pk}").content.decode()
    assert "Oak" in log
    assert "Rule “Big”" in client.get(f"/crm/deals/{deal.pk}/").content.decode()


def test_what_is_wrong_is_said_where_it_is_and_nothing_typed_is_lost(portal: Portal, as_: SignIn, alice: User) -> None:
    wrong = {
        "name": "",
        "trigger": "stays",
        "amount": "soon",
        "unit": "days",
        **STEP,
        "s0-text": "{{moon}}",
        "do": "save",
    }
    answer = as_(alice).post("/crm/rules/new/lead/", wrong)
    text = answer.content.decode()
    assert (answer.status_code, Rule.objects.count()) == (422, 0)
    for words in (
        "Give it a name",
        "Write a whole number.",
        "There is nothing to put in for {{moon}}.",
        'value="soon"',
    ):
        assert words in text


def test_steps_change_places_and_go(portal: Portal, as_: SignIn, alice: User) -> None:
    made = rule(alice, "created", note("First"), put("comment", "Second"), on=False)
    both = {"name": "A", "trigger": "created", "s": ["0", "1"], "s0-do": "notify", "s0-people": "responsible"}
    rest = {"s0-text": "First", "s1-do": "field", "s1-field": "comment", "s1-v-comment": "Second"}
    page = f"/crm/rules/{made.pk}/"
    moved = as_(alice).post(page, {**both, **rest, "do": "down:0"}).content.decode()
    assert moved.index('value="field"') < moved.index('value="notify"')
    as_(alice).post(page, {**both, **rest, "s": ["1", "0"], "do": "save", "version": str(made.version)})
    assert [step["do"] for step in Rule.objects.get().steps] == ["field", "notify"]
    stale = as_(alice).post(page, {**both, **rest, "name": "B", "do": "save", "version": str(made.version)})
    assert (stale.status_code, Rule.objects.get().name) == (409, "A")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_ready_rules_open_in_the_editor(portal: Portal, as_: SignIn, alice: User, preset: Any) -> None:
    page = as_(alice).get(f"/crm/rules/new/{preset.kind}/?preset={preset.key}")
    assert page.status_code == 200
    assert str(preset.title) in page.content.decode()


def test_the_list_costs_the_same_whatever_its_length(portal: Portal, as_: SignIn, alice: User) -> None:
    client, counts = as_(alice), []
    for number in (1, 2):
        for _one in range(number):
            rule(alice, "created", note())
        client.get("/crm/rules/")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/crm/rules/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "notify colleagues" in page.content.decode()


def test_order_copy_try_and_remove(portal: Portal, as_: SignIn, alice: User) -> None:
    first, second = (rule(alice, "created", note(), name=name, on=False) for name in ("First", "Second"))
    client = as_(alice)
    client.post("/crm/rules/order/", {"rule": str(second.pk), "to": "up"})
    assert list(Rule.objects.order_by("position").values_list("name", flat=True)) == ["Second", "First"]
    client.post(f"/crm/rules/{first.pk}/copy/")
    assert Rule.objects.filter(name="First, a copy", is_on=False).exists()
    record(alice, DEAL, title="Oak")
    tried = client.post(f"/crm/rules/{first.pk}/try/").content.decode()
    assert "It would have started" in tried
    assert "Oak" in tried
    client.post(f"/crm/rules/{first.pk}/delete/")
    assert not Rule.objects.filter(pk=first.pk).exists()


def test_who_may_not_set_up_rules_sees_none(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    made = rule(alice, "created", note(), on=False)
    for path in (
        "/crm/rules/",
        f"/crm/rules/{made.pk}/",
        "/crm/rules/log/",
        "/crm/rules/letters/",
        "/crm/activity-kinds/",
    ):
        assert as_(bob).get(path).status_code == 403
    assert as_(bob).post(f"/crm/rules/{made.pk}/switch/", {"on": "1"}).status_code == 403
    assert not Rule.objects.get().is_on


def test_a_letter_is_seen_with_a_real_record(portal: Portal, as_: SignIn, alice: User) -> None:
    record(alice, DEAL, title="Oak & Ash", amount="5", currency="EUR")
    typed = {"name": "Thanks", "subject": "For {{title}}", "body": "It is {{amount}}."}
    seen = as_(alice).post("/crm/rules/letters/new/deal/", {**typed, "do": "preview"}).content.decode()
    assert "For Oak &amp; Ash" in seen
    assert "It is €5." in seen
    assert LetterTemplate.objects.count() == 0
    as_(alice).post("/crm/rules/letters/new/deal/", {**typed, "do": "save"})
    again = as_(alice).post("/crm/rules/letters/new/deal/", {**typed, "do": "save"})
    assert (again.status_code, LetterTemplate.objects.count()) == (422, 1)


def test_kinds_of_activities(portal: Portal, as_: SignIn, alice: User) -> None:
    client = as_(alice)
    values = {"name": "Visit", "icon": "map-pin", "colour": "info", "has_due": "on", "has_result": "on"}
    client.post("/crm/activity-kinds/new/", values)
    visit = ActivityKind.objects.get(name="Visit")
    assert (visit.icon, visit.colour, visit.has_due, visit.has_result) == ("map-pin", "info", True, True)
    assert client.post("/crm/activity-kinds/new/", values).status_code == 422
    seen = write_kind(actor=alice, design=KindDesign(name="Seen in town", has_due=False))
    deal = record(alice, DEAL, title="Oak")
    for own in (visit, seen):
        client.post(f"/crm/deals/{deal.pk}/plan/", {"kind": f"own:{own.pk}", "due_at": "2030-03-01T10:00"})
    planned, put_down = Activity.objects.get(own_kind=visit), Activity.objects.get(own_kind=seen)
    assert (planned.done_at, put_down.done_at is not None) == (None, True)
    assert 'placeholder="What came of it"' in client.get(f"/crm/deals/{deal.pk}/").content.decode()
    client.post(f"/crm/activity-kinds/{visit.pk}/retire/")
    assert f"own:{visit.pk}" not in client.get(f"/crm/deals/{deal.pk}/plan/").content.decode()


def test_mentions_tell_those_who_may_see(portal: Portal, as_: SignIn, alice: User, bob: User, carol: User) -> None:
    deal = record(alice, DEAL, title="Oak")
    offered = as_(alice).get(f"/crm/colleagues/deal/{deal.pk}/?q={carol.first_name[:3]}").content.decode()
    assert f"@{carol.display_name}" in offered
    hidden = as_(alice).get(f"/crm/colleagues/deal/{deal.pk}/?q={bob.first_name}").content.decode()
    assert bob.display_name not in hidden
    assert as_(bob).get(f"/crm/colleagues/deal/{deal.pk}/").status_code == 404
    text = f"@{carol.display_name} and @{bob.display_name}, look"
    as_(alice).post(f"/crm/deals/{deal.pk}/comment/", {"text": text})
    told = Notification.objects.filter(ref=str(deal.ref), icon="at").values_list("person_id", flat=True)
    assert list(told) == [carol.pk]


def test_files_come_with_a_comment_and_go_with_it(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    deal, before = record(alice, DEAL, title="Oak"), gates.usage("portals.disk_bytes").used
    plan = SimpleUploadedFile("plan.html", b"<script>", "text/html")
    as_(alice).post(f"/crm/deals/{deal.pk}/comment/", {"text": "", "files": [plan]})
    comment, file = Activity.objects.get(deal=deal, kind="comment"), File.objects.get(deal=deal)
    assert (file.activity, file.content_type, file.size) == (comment, "application/octet-stream", 8)
    assert gates.usage("portals.disk_bytes").used == before + 8
    assert "plan.html" in as_(alice).get(f"/crm/deals/{deal.pk}/").content.decode()
    assert as_(bob).get(f"/crm/files/{file.pk}/").status_code == 404
    as_(alice).post(f"/crm/activities/{comment.pk}/remove/")
    assert not File.objects.filter(pk=file.pk).exists()
    assert gates.usage("portals.disk_bytes").used == before


def test_what_needs_attention(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    Lead.objects.all().delete()
    Deal.objects.all().delete()
    now = timezone.now()
    late, open_, won = (record(alice, DEAL, title=title) for title in ("Late", "Open", "Won"))
    Deal.objects.filter(pk=won.pk).update(closed_at=now)
    record(bob, DEAL, title="Bob’s")
    plan_activity(actor=alice, record=late, plan=Plan(kind="call", due_at=now - timedelta(hours=1)))
    lead(alice, title="New")
    expected = {"overdue": 1, "today": 0, "stepless": 1, "unanswered": 1}
    with CaptureQueriesContext(connection) as queries:
        assert attention(alice) == expected
    assert len(queries) == 1
    assert menu(alice) == {"crm.activities": 1, "crm.leads": 1, "crm.deals": 1}
    page = as_(alice).get(f"/crm/deals/?next_step=none&kind=open&responsible={alice.pk}").content.decode()
    assert "Open" in page
    assert f"/crm/deals/{late.pk}/" not in page
    assert 'class="ui-nav-count"' in page
    assert open_.title == "Open"


def test_to_do_is_one_list(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    now = timezone.now()
    deal = record(alice, DEAL, title="Oak deal")
    late, soon = (
        plan_activity(actor=alice, record=deal, plan=Plan(kind="call", subject=subject, due_at=now + ahead))
        for subject, ahead in (("Late call", -timedelta(hours=2)), ("Later call", timedelta(days=20)))
    )
    client = as_(alice)
    page = client.get("/crm/activities/").content.decode()
    assert page.index("Late call") < page.index("Later call")
    assert "Oak deal" in page
    assert "Later call" not in client.get("/crm/activities/?when=overdue").content.decode()
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/crm/activities/")
        counts.append(len(queries))
        plan_activity(actor=alice, record=deal, plan=Plan(kind="task", subject="More", due_at=now))
    assert counts[0] == counts[1]
    client.post(f"/crm/activities/{late.pk}/tomorrow/")
    late.refresh_from_db()
    assert timezone.localtime(late.due_at).date() == timezone.localdate() + timedelta(days=1)
    client.post("/crm/activities/", {"do": "bulk", "action": "done", "ids": [str(late.pk), str(soon.pk)]})
    assert Activity.objects.filter(pk__in=[late.pk, soon.pk], done_at__isnull=True).count() == 0


def test_rules_over_rest(portal: Portal, api: Callable[..., Client], alice: User, bob: User) -> None:
    client = api(alice)

    def send(method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        text = json.dumps(body) if body is not None else ""
        return client.generic(method, path, text, content_type="application/json", headers=headers)

    body = {"kind": "deal", "name": "Big", "trigger": "created", "steps": [note()], "on": True}
    made = send("POST", "/api/v1/rules", body)
    assert (made.status_code, made.json()["on"]) == (201, True)
    path = made["Location"]
    refused = send("POST", "/api/v1/rules", {**body, "steps": [{"do": "moon"}]})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["steps.0.do"])
    off = send("PATCH", path, {"on": False, "name": "Small"}, **{"If-Match": made["ETag"]})
    assert (off.status_code, off.json()["name"], off.json()["on"]) == (200, "Small", False)
    assert send("PATCH", path, {"name": "X"}, **{"If-Match": made["ETag"]}).status_code == 412
    record(alice, DEAL, title="Oak")
    assert send("POST", f"{path}/rehearse").json()["fitting"] >= 1
    assert api(bob).get(path).status_code == 403
    assert send("DELETE", path, **{"If-Match": off["ETag"]}).status_code in (204, 412)


def test_every_field_of_every_kind_has_a_control(portal: Portal) -> None:
    for kind in kinds().values():
        choices = choices_of(kind)
        for name, _title in choices:
            row = ConditionRow(kind, 0, choices, kept={"field": name, "op": "is"})
            assert row.control is None or f'name="c0-{name}' in str(row.control), (kind.key, name)
        for name in settable(kind):
            form = StepForm(None, prefix="s0", kind=kind, key="field", kept={"field": name})
            assert f'name="s0-v-{name}' in str(form.value), (kind.key, name)
