"""Rules, timelines, counters at their edges: what they wait for is gone, readers who do not see all, a long story."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from infra import audit
from infra.kit.spec import Scope
from infra.ui.models import Notification
from modules.crm.contracts import LeadIntake
from modules.crm.domain.activity import Plan, comment_on, pin_activity, plan_activity
from modules.crm.domain.attention import attention
from modules.crm.domain.custom_field import FieldDesign, access_field, add_field, retire_field
from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.item_type import TypeDesign, create_type
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD, kind_named
from modules.crm.domain.pipeline import delete_stage
from modules.crm.domain.record import create_record, delete_record, restore_record
from modules.crm.domain.rules import rehearsal
from modules.crm.domain.rules.rehearsal import rehearse
from modules.crm.models import Activity, Rule, Stage
from modules.crm.public import accept_lead
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.modules.crm.rules import note, put, rule, run_all
from tests.support.clients import signed_in


@pytest.fixture
def clerk(portal: Portal, alice: User, bob: User) -> User:
    """Bob, who sees every lead and deal, but not their amounts and phones."""
    rights = {f"crm.{kind}.{verb}": Scope.ALL for kind in ("lead", "deal") for verb in ("view", "edit")}
    bob.role = create_role(actor=alice, name="Clerk", base="employee", permissions=rights)
    bob.save()
    for kind, field in ((DEAL, "amount"), (LEAD, "phones"), (LEAD, "emails"), (LEAD, "person_name")):
        set_field_rights(actor=alice, kind=kind, field=field, rights={bob.role_id: "hidden"})
    return bob


def test_a_rule_tells_each_what_they_may_see(portal: Portal, alice: User, clerk: User) -> None:
    whom = [f"person:{alice.pk}", f"person:{clerk.pk}"]
    plan = {"do": "activity", "activity": "call", "subject": "{{title}} {{amount}}", "amount": 1, "unit": "days"}
    steps = [{"do": "notify", "people": whom, "text": "{{title}}: {{amount}}"}, {**plan, "people": [whom[1]]}]
    rule(alice, "created", *steps)
    deal = record(alice, DEAL, title="Oak", amount=98765)
    run_all()
    told = {row.person_id: row.text for row in Notification.objects.filter(ref=str(deal.ref), icon="robot")}
    assert "98,765" in told[alice.pk]
    assert told[clerk.pk].strip() == "Oak:"
    assert Activity.objects.get(deal=deal).subject.strip() == "Oak"
    assert "98,765" in signed_in(alice).get(f"/crm/deals/{deal.pk}/").content.decode()
    assert "98,765" not in signed_in(clerk).get(f"/crm/deals/{deal.pk}/").content.decode()


def test_answers_of_a_form_are_not_told_to_whom_a_field_is_hidden(portal: Portal, alice: User, clerk: User) -> None:
    answers = (("Your phone", "+44 7700 900777"), ("Your name", "Hush Hushly"))
    intake = LeadIntake(
        event_id=uuid4(),
        source="form",
        title="From the site",
        person_name="Hush Hushly",
        phones=("+44 7700 900777",),
        answers=answers,
        source_detail="Contact form",
    )
    lead_id = accept_lead(intake).lead.id
    assert "900777" in signed_in(alice).get(f"/crm/leads/{lead_id}/").content.decode()
    page = signed_in(clerk).get(f"/crm/leads/{lead_id}/").content.decode()
    assert "came in" in page
    assert "900777" not in page
    assert "Hush" not in page


def test_what_a_rule_waits_for_is_gone_and_it_says_so(portal: Portal, alice: User) -> None:
    field = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Visit", type="date"))
    need = Stage.objects.get(preset="need")
    day = {"field": field.key, "shift": 0, "at": "09:00"}
    names = ("Changed", "Day", "Entered", "Stays", "Fine")
    span = {"amount": 1, "unit": "days"}
    details = ({"fields": [field.key]}, day, {"stages": [need.pk]}, {"stages": [need.pk], **span}, {})
    triggers = ("changed", "day", "stage", "stays", "stage")
    for name, trigger, told in zip(names, triggers, details, strict=True):
        rule(alice, trigger, note(), name=name, details=told)
    retire_field(actor=alice, row=access_field(field.pk))
    delete_stage(actor=alice, stage=need)
    page = signed_in(alice).get("/crm/rules/").content.decode()
    said = {name: page.split(f">{name}</a>")[1].split("</li>")[0] for name in names}
    assert {name: "is gone" in text for name, text in said.items()} == {**dict.fromkeys(names, True), "Fine": False}
    Rule.objects.filter(trigger__in=["day", "stays"]).update(next_look_at=timezone.now())
    Rule.objects.filter(trigger="day").update(cursor={"day": "2020-01-01"})
    run_all()
    assert all(one.problem for one in Rule.objects.filter(trigger__in=["day", "stays"]))


def test_a_rehearsal_says_when_it_has_not_looked_at_all(
    portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        record(alice, DEAL, title=f"Oak {number}", amount=number)
    small = [{"field": "amount", "op": "is", "data": {"amount_min": ["1"]}}]
    made = rule(alice, "created", put("comment", "x"), conditions=small, on=False)
    found = rehearse(actor=alice, rule=made)
    assert (found.starts >= 4, found.more) == (True, False)
    for name in ("Ann", "Eve"):
        record(alice, CONTACT, first_name=name)
    monkeypatch.setattr(rehearsal, "MOST_EVENTS", 2)
    found = rehearse(actor=alice, rule=made)
    assert (found.starts, found.more) == (2, True)


def test_a_rule_for_an_own_object_can_be_rehearsed(portal: Portal, alice: User) -> None:
    one, other = (
        kind_named(f"item_{create_type(actor=alice, design=TypeDesign(name=name, plural=name + 's', staged=True)).pk}")
        for name in ("Claim", "Vehicle")
    )
    create_record(actor=alice, kind=other, values={"title": "Van"})
    claim = create_record(actor=alice, kind=one, values={"title": "Wet flour"})
    made = rule(alice, "created", put("comment", "x"), kind=one, on=False)
    found = rehearse(actor=alice, rule=made)
    assert [(line.record.pk, line.notes[0][0]) for line in found.lines] == [(claim.pk, "field")]
    assert found.starts == 1


def _entries(client: Client, url: str) -> tuple[list[str], str]:
    answer = client.get(url)
    shown: Any = answer.context["entries"]
    return [entry.body for entry in shown if entry.body], answer.context["earlier_url"]


def test_everything_that_happened_can_be_read(portal: Portal, alice: User) -> None:
    deal = record(alice, DEAL, title="Oak")
    for number in range(130):
        comment_on(actor=alice, record=deal, text=f"Word {number}")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for place, activity in enumerate(Activity.objects.filter(deal=deal).order_by("pk")):
        Activity.objects.filter(pk=activity.pk).update(created_at=start + timedelta(minutes=place))
    for number in range(90):
        audit.record(alice, "deal.edit", deal.ref, {"comment": (str(number), "x")})
    first = Activity.objects.filter(deal=deal).order_by("pk").first()
    assert first is not None
    pin_activity(actor=alice, activity=first, pinned=True)
    client, url, read, pages = signed_in(alice), f"/crm/deals/{deal.pk}/", list[str](), 0
    while url:
        words, url = _entries(client, url)
        read, pages = read + words, pages + 1
    assert read == ["Word 0", *(f"Word {number}" for number in range(129, 0, -1))]
    assert pages == 3
    assert client.get(f"/crm/deals/{deal.pk}/?before=nonsense").status_code == 200


def test_what_is_about_a_record_in_the_trash_waits_no_more(portal: Portal, alice: User) -> None:
    firm = record(alice, COMPANY, name="Northlight")
    gone, kept = (record(alice, DEAL, title=title, company_id=firm.pk) for title in ("Gone", "Kept"))
    late = timezone.now() - timedelta(hours=1)
    before = attention(alice)["overdue"]
    for row in (gone, kept, firm):
        plan_activity(actor=alice, record=row, plan=Plan(kind="call", subject=f"About {row}", due_at=late))
    assert attention(alice)["overdue"] == before + 3
    delete_record(actor=alice, record=gone)
    assert attention(alice)["overdue"] == before + 2
    page = signed_in(alice).get("/crm/activities/").content.decode()
    assert ("About Gone" in page, "About Kept" in page, "About Northlight" in page) == (False, True, True)
    restore_record(actor=alice, record=gone)
    delete_record(actor=alice, record=firm)
    assert attention(alice)["overdue"] == before + 2, "a deal whose company is gone is still worked on"


def test_companies_of_a_contact_can_be_a_condition(portal: Portal, alice: User) -> None:
    firm = record(alice, COMPANY, name="Northlight")
    made = rule(
        alice, "created", put("comment", "placed"), kind=CONTACT, conditions=[{"field": "company", "op": "filled"}]
    )
    placed = record(alice, CONTACT, first_name="Ann", companies=[{"company": firm.pk, "post": ""}])
    alone = record(alice, CONTACT, first_name="Eve")
    run_all()
    assert [CONTACT.rows().get(pk=row.pk).comment for row in (placed, alone)] == ["placed", ""]
    assert rehearse(actor=alice, rule=made).fitting == 1


@pytest.mark.parametrize("query", ["channel=google", "empty=channel"])
def test_what_has_no_channel_is_not_asked_for_it(portal: Portal, alice: User, query: str) -> None:
    made = create_type(actor=alice, design=TypeDesign(name="Claim", plural="Claims", staged=True))
    client = signed_in(alice)
    pages = (
        f"/crm/items/{made.pk}/?{query}",
        f"/crm/contacts/?{query}",
        f"/crm/reports/funnel/?of=item_{made.pk}&{query}",
    )
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]
