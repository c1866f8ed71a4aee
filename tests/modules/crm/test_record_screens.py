"""Contacts, companies and deals on their pages: every page answers, every change is what was sent."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from modules.crm.domain.access import access
from modules.crm.domain.activity import Plan, plan_activity
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, KINDS, LEAD
from modules.crm.domain.record import move_record
from modules.crm.domain.shaping import fingerprint, first_stage
from modules.crm.models import Activity, Change, Company, Contact, CustomField, Deal, LostReason, Stage
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def test_calendars_show_days_of_the_reader_and_lead_to_the_list_of_a_day(
    portal: Portal, as_: SignIn, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
    rows = [record(alice, LEAD, title=f"Bread {n}") for n in range(7)]
    late = datetime(2031, 5, 30, 16, 30, tzinfo=UTC)  # 1:30 of the 31st in Tokyo
    for row in rows:
        plan_activity(actor=alice, record=row, plan=Plan(kind="call", text="Ring", due_at=late))
    done, won = rows[0], Stage.objects.get(pipeline__kind="lead", kind="won")
    move_record(actor=alice, record=done, stage=won)
    client = as_(alice)
    page = text_of(client, "/crm/leads/calendar/?month=2031-05")
    day = page.partition('<time datetime="2031-05-31">')[2].partition("</div>")[0]
    assert day.count("Bread") == 5
    assert "1:30" in day
    assert "Bread 0" not in page  # it is closed
    more = re.search(r'<a class="crm-day-more" href="([^"]+)">1 more', day)
    assert more is not None
    listed = text_of(client, html.unescape(more[1]))
    assert listed.count("data-row=") == 6
    invoice = record(alice, INVOICE, company_id=record(alice, COMPANY, name="Mill").pk, due_on=date(2031, 5, 9))
    day = text_of(client, "/crm/invoices/calendar/?month=2031-05").partition('<time datetime="2031-05-09">')[2]
    assert f"/crm/invoices/{invoice.pk}/" in day.partition("</div>")[0]
    assert "Nothing stands in this month" in text_of(client, "/crm/quotes/calendar/?month=2031-05")


def test_pages_show_what_there_is(portal: Portal, as_: SignIn, alice: User) -> None:
    client = as_(alice)
    top = record(alice, COMPANY, name="Northlight Group")
    firm = record(alice, COMPANY, name="Northlight Ltd", parent_id=top.pk, phones=["+44 20 7946 0123"])
    person = record(
        alice, CONTACT, first_name="Ann", last_name="Lee", companies=[{"company": firm.pk, "post": "Buyer"}]
    )
    deal = record(
        alice,
        DEAL,
        title="Bread",
        company_id=firm.pk,
        contacts=[person.pk],
        amount="1500",
        closes_on=timezone.localdate(),
    )
    assert "Northlight Ltd" in text_of(client, "/crm/companies/")
    assert "Ann Lee" in text_of(client, "/crm/contacts/?q=lee")
    assert "No next step" in text_of(client, "/crm/deals/")
    assert "Bread" in text_of(client, "/crm/deals/board/")
    assert "Bread" in text_of(client, "/crm/deals/calendar/")
    card = text_of(client, f"/crm/deals/{deal.pk}/")
    assert "Northlight Ltd" in card
    assert "Ann Lee" in card
    assert "No next step is planned" in card
    assert "Buyer" in text_of(client, f"/crm/contacts/{person.pk}/")
    whole = text_of(client, f"/crm/companies/{firm.pk}/holding/")
    assert "Northlight Group" in whole
    assert "Bread" in whole
    assert "Ann Lee" in whole
    assert "Bread" in text_of(client, f"/crm/deals/?company={top.pk}")


@pytest.mark.parametrize("key", ["lead", "contact", "company", "deal"])
def test_each_kind_is_made_by_hand_thrown_away_and_brought_back(
    portal: Portal, as_: SignIn, alice: User, key: str
) -> None:
    kind, client = KINDS[key], as_(alice)
    base = f"/crm/{kind.plural_key}/"
    field = {"lead": "title", "contact": "last_name", "company": "name", "deal": "title"}[key]
    text_of(client, base + "new/")
    assert client.post(base + "new/", {field: ""}).status_code == 422
    assert kind.model.objects.filter(**{kind.title_field: "Oakfield"}).count() == 0
    made = client.post(base + "new/", {field: "Oakfield"})
    row = kind.model.objects.get(**{kind.title_field: "Oakfield"})
    assert made["Location"] == f"{base}{row.pk}/"
    assert client.post(f"{base}{row.pk}/delete/", {"version": 99}, headers=HTMX).status_code == 409
    assert client.post(f"{base}{row.pk}/delete/", {"version": row.version}, headers=HTMX).status_code == 204
    assert client.get(f"{base}{row.pk}/").status_code == 404
    assert "Oakfield" in text_of(client, base + "trash/")
    assert client.post(f"{base}{row.pk}/restore/", headers=HTMX).status_code == 204
    assert "Oakfield" in text_of(client, f"{base}{row.pk}/")


def test_two_people_change_different_fields_and_then_the_same(
    portal: Portal, as_: SignIn, alice: User, carol: User
) -> None:  # promise 49
    deal = record(alice, DEAL, title="Bread", comment="Call in the morning")
    base, seen = f"/crm/deals/{deal.pk}/edit/", {"seen_title": fingerprint("Bread")}
    note = {"seen_comment": fingerprint("Call in the morning"), "comment": "Call at noon"}
    assert as_(carol).post(base + "comment/", note, headers=HTMX).status_code == 204
    assert as_(alice).post(base + "title/", {**seen, "title": "Rolls"}, headers=HTMX).status_code == 204
    late = as_(carol).post(base + "title/", {**seen, "title": "Buns"}, headers=HTMX)
    page = late.content.decode()
    assert late.status_code == 409
    assert "Rolls" in page
    assert 'value="Buns"' in page
    now = access(alice, DEAL, deal.pk)
    assert (now.title, now.comment) == ("Rolls", "Call at noon")
    again = {"seen_title": fingerprint("Rolls"), "title": "Buns"}
    assert as_(carol).post(base + "title/", again, headers=HTMX).status_code == 204
    assert access(alice, DEAL, deal.pk).title == "Buns"


def test_plan_do_and_pin(portal: Portal, as_: SignIn, alice: User) -> None:
    deal, client = record(alice, DEAL, title="Bread"), as_(alice)
    base = f"/crm/deals/{deal.pk}/"
    assert client.post(base + "plan/", {"kind": "call", "subject": "Prices"}, headers=HTMX).status_code == 422
    assert Activity.objects.filter(deal=deal).count() == 0
    form = {"kind": "call", "subject": "Prices", "due_at": "2030-03-01T10:00"}
    assert client.post(base + "plan/", form, headers=HTMX).status_code == 204
    planned = Activity.objects.get(deal=deal)
    assert Deal.objects.get(pk=deal.pk).next_step_at == planned.due_at
    assert "Prices" in text_of(client, base)
    assert "No next step is planned" not in text_of(client, base)
    assert "Prices" in text_of(client, "/crm/activities/")
    assert client.post(f"/crm/activities/{planned.pk}/done/", {"result": "Agreed"}, headers=HTMX).status_code == 204
    assert Deal.objects.get(pk=deal.pk).next_step_at is None
    assert "Agreed" in text_of(client, base)
    assert client.post(f"/crm/activities/{planned.pk}/pin/", headers=HTMX).status_code == 204
    assert Activity.objects.get(pk=planned.pk).pinned_at is not None
    assert client.post(f"/crm/activities/{planned.pk}/reopen/", headers=HTMX).status_code == 204
    assert Activity.objects.get(pk=planned.pk).done_at is None


def test_a_lost_deal_says_why_and_a_stage_wants_its_fields(portal: Portal, as_: SignIn, alice: User) -> None:
    deal, client = record(alice, DEAL, title="Bread"), as_(alice)
    offer, lost = Stage.objects.get(preset="offer"), Stage.objects.get(preset="deal_lost")
    Stage.objects.filter(pk=offer.pk).update(required=["closes_on"])
    refused = client.post(f"/crm/deals/{deal.pk}/move/", {"stage": offer.pk}, headers=HTMX)
    assert refused.status_code == 400
    assert "Expected to close" in refused.content.decode()
    assert Deal.objects.get(pk=deal.pk).stage_id == first_stage(DEAL).pk
    form = {"closes_on": (timezone.localdate() + timedelta(days=9)).isoformat()}
    assert client.post(f"/crm/deals/{deal.pk}/edit/closes_on/", form, headers=HTMX).status_code == 204
    assert client.post(f"/crm/deals/{deal.pk}/move/", {"stage": offer.pk}, headers=HTMX).status_code == 204
    reason = LostReason.objects.get(preset="price")
    assert (
        client.post(f"/crm/deals/{deal.pk}/move/", {"lost": f"{lost.pk}:{reason.pk}"}, headers=HTMX).status_code == 204
    )
    now = Deal.objects.get(pk=deal.pk)
    assert (now.stage_id, now.lost_reason_id, now.closed_at is not None) == (lost.pk, reason.pk, True)


def test_bulk_changes_are_taken_back(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    client = as_(alice)
    rows = [record(alice, DEAL, title=f"Deal {n}") for n in range(3)]
    ids = [row.pk for row in rows]

    def bulk(action: str, **values: Any) -> Any:
        return client.post("/crm/deals/", {"do": "bulk", "action": action, "ids": ids, **values}, headers=HTMX)

    def undo() -> None:
        change = Change.objects.order_by("-pk")[0]
        assert client.post(f"/crm/undo/{change.pk}/", headers=HTMX).status_code == 204
        assert client.post(f"/crm/undo/{change.pk}/", headers=HTMX).status_code == 409

    assert bulk("assign", responsible=bob.pk).status_code == 204
    assert set(Deal.objects.filter(pk__in=ids).values_list("responsible_id", flat=True)) == {bob.pk}
    undo()
    assert set(Deal.objects.filter(pk__in=ids).values_list("responsible_id", flat=True)) == {alice.pk}
    assert bulk("edit", field="type", value="Service").status_code == 204
    assert set(Deal.objects.filter(pk__in=ids).values_list("type", flat=True)) == {"service"}
    undo()
    assert set(Deal.objects.filter(pk__in=ids).values_list("type", flat=True)) == {"sale"}
    assert bulk("trash").status_code == 204
    assert Deal.objects.alive().filter(pk__in=ids).count() == 0
    undo()
    assert Deal.objects.alive().filter(pk__in=ids).count() == 3


def test_what_a_role_does_not_see(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:  # promise 18
    client = as_(alice)
    deal = record(bob, DEAL, title="Bread", amount="4321")
    text_of(client, "/crm/fields/deal/rights/amount/")
    assert client.post("/crm/fields/deal/rights/amount/", {f"role_{bob.role_id}": "hidden"}).status_code == 302
    for path in ("/crm/deals/", "/crm/deals/board/", f"/crm/deals/{deal.pk}/", "/crm/deals/board/?totals=1"):
        assert "4,321" in text_of(client, path), path
        assert "4,321" not in text_of(as_(bob), path), path
    assert as_(bob).get(f"/crm/deals/{deal.pk}/edit/amount/").status_code == 404
    assert as_(bob).post(f"/crm/deals/{deal.pk}/edit/amount/", {"amount": 1}).status_code == 404
    assert Deal.objects.get(pk=deal.pk).amount == 4321
    own = record(alice, DEAL, title="Not bob's")
    assert as_(bob).get(f"/crm/deals/{own.pk}/").status_code == 404


def test_a_pipeline_has_rights_of_its_own(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    deal = record(alice, DEAL, title="Bread")
    path = f"/crm/deals/{deal.pk}/"
    assert as_(bob).get(path).status_code == 404
    rights = f"/crm/settings/{deal.stage.pipeline_id}/rights/"
    text_of(as_(alice), rights)
    assert as_(alice).post(rights, {f"view_{bob.role_id}": "3"}).status_code == 302
    assert "Bread" in text_of(as_(bob), path)
    assert "Bread" in text_of(as_(bob), "/crm/deals/board/")
    assert as_(bob).post(path + "edit/title/", {"title": "Mine"}).status_code == 403
    assert Deal.objects.get(pk=deal.pk).title == "Bread"
    won = Stage.objects.get(pipeline=deal.stage.pipeline, kind="won")
    assert "as in the pipeline" in text_of(as_(alice), f"{rights}?stage={won.pk}")
    assert as_(alice).post(f"{rights}?stage={won.pk}", {f"view_{bob.role_id}": "0"}).status_code == 302
    assert as_(alice).post(f"{rights}?stage={deal.stage_id}", {f"edit_{bob.role_id}": "3"}).status_code == 302
    assert as_(bob).post(path + "edit/title/", {"title": "Mine"}, headers=HTMX).status_code == 204
    move_record(actor=alice, record=Deal.objects.get(pk=deal.pk), stage=won)
    assert as_(bob).get(path).status_code == 404
    assert "Mine" not in text_of(as_(bob), "/crm/deals/")
    assert "Mine" in text_of(as_(alice), "/crm/deals/")


def test_own_fields_from_form_to_filter(portal: Portal, as_: SignIn, alice: User) -> None:
    client = as_(alice)
    text_of(client, "/crm/fields/deal/")
    text_of(client, "/crm/fields/deal/new/")
    form = {"name": "Flour", "type": "choice", "options": "Wheat\nRye", "in_list": "on", "in_filter": "on"}
    assert client.post("/crm/fields/deal/new/", {**form, "options": ""}).status_code == 422
    assert client.post("/crm/fields/deal/new/", form).status_code == 302
    field = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Loaves", type="number", places=0, in_list=True))
    flour = CustomField.objects.get(name="Flour")
    rye = flour.options.get(name="Rye")
    deal = record(alice, DEAL, title="Bread")
    record(alice, DEAL, title="Cake")
    base = f"/crm/deals/{deal.pk}/edit/"
    assert client.post(f"{base}{flour.key}/", {flour.key: "999999"}, headers=HTMX).status_code == 422
    assert client.post(f"{base}{flour.key}/", {flour.key: rye.pk}, headers=HTMX).status_code == 204
    assert client.post(f"{base}{field.key}/", {field.key: "1 200"}, headers=HTMX).status_code == 204
    assert Deal.objects.get(pk=deal.pk).custom == {flour.key: rye.pk, field.key: "1200"}
    page = text_of(client, f"/crm/deals/?{flour.key}={rye.pk}")
    assert "Bread" in page
    assert "Cake" not in page
    assert "Rye" in page
    assert "Bread" in text_of(client, f"/crm/deals/?{field.key}_min=1000&{field.key}_max=2000")
    assert "Bread" not in text_of(client, f"/crm/deals/?{field.key}_min=2000")
    text_of(client, f"/crm/fields/{flour.pk}/change/")
    changed = {"name": "Grain", "options": "Rye\nOat", "in_list": "on"}
    assert client.post(f"/crm/fields/{flour.pk}/change/", changed).status_code == 302
    assert [option.name for option in flour.options.filter(archived_at=None)] == ["Rye", "Oat"]
    assert client.post(f"/crm/fields/{flour.pk}/retire/").status_code == 302
    assert "Grain" not in text_of(client, f"/crm/deals/{deal.pk}/")
    assert client.post(f"/crm/fields/{flour.pk}/retire/").status_code == 302
    assert "Grain" in text_of(client, f"/crm/deals/{deal.pk}/")


def test_cards_are_arranged_for_all_a_role_and_oneself(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    client = as_(alice)
    deal = record(bob, DEAL, title="Bread", comment="Morning")
    text_of(client, "/crm/layout/deal/?whom=all")
    lines = ["section:main", "field:title", "field:comment", "left:", "field:amount"]
    assert client.post("/crm/layout/deal/", {"whom": "all", "line": lines, "new_section": "Baking"}).status_code == 302
    page = text_of(as_(bob), f"/crm/deals/{deal.pk}/")
    assert "field-comment" in page
    assert "field-amount" not in page
    assert as_(bob).post("/crm/layout/deal/", {"whom": "all", "line": lines}).status_code == 403
    own = {"whom": "me", "line": ["section:Mine", "field:amount", "field:comment"]}
    assert as_(bob).post("/crm/layout/deal/", own).status_code == 302
    page = text_of(as_(bob), f"/crm/deals/{deal.pk}/")
    assert "Mine" in page
    assert "field-amount" in page
    assert as_(bob).post("/crm/layout/deal/", {"whom": "me", "reset": "1"}).status_code == 302
    assert "Mine</h2>" not in text_of(as_(bob), f"/crm/deals/{deal.pk}/")


def test_requisites_are_checked_and_found(portal: Portal, as_: SignIn, alice: User) -> None:
    client, firm = as_(alice), record(alice, COMPANY, name="Romashka")
    base = f"/crm/companies/{firm.pk}/requisites/"
    text_of(client, base + "new/?template=ru_org")
    form = {"template": "ru_org", "name": "Romashka", "inn": "7707083894", "bank0-account": "40702810900000000001"}
    assert client.post(base + "new/", form, headers=HTMX).status_code == 422
    assert firm.requisites.count() == 0
    right = {**form, "inn": "7707083893", "vat_payer": "no"}
    assert client.post(base + "new/", {**right, "vat_payer": "maybe"}, headers=HTMX).status_code == 422
    assert client.post(base + "new/", right, headers=HTMX).status_code == 204
    row = firm.requisites.get()
    assert row.values == {"name": "Romashka", "inn": "7707083893", "vat_payer": "no"}
    assert (row.tax_number, row.accounts.get().account) == ("7707083893", "40702810900000000001")
    assert "7707083893" in text_of(client, f"/crm/companies/{firm.pk}/")
    assert client.post(f"{base}{row.pk}/remove/", headers=HTMX).status_code == 204
    assert firm.requisites.count() == 0


def test_what_is_chosen_is_made_in_passing(portal: Portal, as_: SignIn, alice: User, dave: User) -> None:
    client = as_(alice)
    record(alice, COMPANY, name="Harbour Clinic")
    assert "Harbour Clinic" in text_of(client, "/crm/choose/?kinds=company&q=harb")
    assert "New company “Fern”" in text_of(client, "/crm/choose/?kinds=company&q=Fern")
    made = client.post("/crm/choose/company/", {"title": "Fern & Finch"})
    assert made.json() == {"value": str(Company.objects.get(name="Fern & Finch").pk), "title": "Fern & Finch"}
    assert client.post("/crm/choose/contact/", {"title": "Grace Okafor"}).status_code == 200
    assert Contact.objects.get(name="Grace Okafor").last_name == "Okafor"
    assert "Harbour" not in text_of(as_(dave), "/crm/choose/?kinds=company&q=harb")


def test_names_of_ours_in_the_history_are_in_the_readers_language(portal: Portal, as_: SignIn, alice: User) -> None:
    client, deal = as_(alice), record(alice, DEAL, title="Bread")
    target = Stage.objects.filter(pipeline=deal.stage.pipeline, position__gt=deal.stage.position).order_by("position")[
        0
    ]
    move_record(actor=alice, record=Deal.objects.get(pk=deal.pk), stage=target)
    assert "<del>New</del>" in text_of(client, f"/crm/deals/{deal.pk}/")
    alice.locale = "ru"
    alice.save(update_fields=["locale"])
    assert "<del>Новый</del>" in text_of(client, f"/crm/deals/{deal.pk}/")


def test_a_removed_stage_is_not_offered_to_its_records(portal: Portal, as_: SignIn, alice: User) -> None:
    stage = first_stage(DEAL)
    page = text_of(as_(alice), f"/crm/settings/stages/{stage.pk}/delete/")
    assert f'value="{stage.pk}"' not in page
    assert "Remove the stage" in page


def test_a_closed_link_tells_the_client_what_to_do(portal: Portal, as_: SignIn, alice: User) -> None:
    client = as_(alice)
    client.logout()
    answer = client.get(f"/crm/client/{'x' * 32}/")
    assert answer.status_code == 404
    assert "Ask whoever sent it to you" in answer.content.decode()
    assert "/account/login" not in answer.content.decode()
