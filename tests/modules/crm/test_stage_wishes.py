"""What a stage wants filled in is filled in, whichever way a record comes there; copies do not stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from infra.kit.errors import Invalid
from infra.kit.spec import Scope
from modules.crm.domain.bulk import edit_records
from modules.crm.domain.conversion import Conversion, convert_lead
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD, QUOTE
from modules.crm.domain.pipeline import create_pipeline
from modules.crm.domain.record import delete_record, edit_record
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.recurrence import make_due, set_recurrence
from modules.crm.models import CustomField, Deal, Lead, Stage
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
ApiClient = Callable[..., Client]


def wanting(key: str, *required: str) -> Stage:
    stages = Stage.objects.filter(pipeline__kind=key, pipeline__is_usual=True, kind=Stage.Kind.OPEN)
    stage = stages.order_by("position")[1]
    Stage.objects.filter(pk=stage.pk).update(required=list(required))
    return Stage.objects.select_related("pipeline").get(pk=stage.pk)


def posted(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def test_nothing_begins_or_stays_in_a_stage_without_what_it_wants(
    portal: Portal, as_: SignIn, api: ApiClient, alice: User
) -> None:
    stage, before = wanting("deal", "closes_on"), Deal.objects.count()
    refused = posted(api(alice), "/api/v1/deals", {"title": "Bread", "stage": stage.pk})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["closes_on"])
    client = as_(alice)
    page = client.post("/crm/deals/new/", {"title": "Bread", "stage": stage.pk})
    assert page.status_code == 422
    assert 'name="closes_on"' in page.content.decode()
    assert Deal.objects.count() == before
    made = client.post("/crm/deals/new/", {"title": "Bread", "stage": stage.pk, "closes_on": "2027-01-31"})
    deal = Deal.objects.get(title="Bread")
    assert made["Location"] == f"/crm/deals/{deal.pk}/"
    with pytest.raises(Invalid):
        edit_record(actor=alice, record=deal, changes={"closes_on": None})
    with pytest.raises(Invalid):
        edit_records(actor=alice, kind=DEAL, rows=DEAL.rows().filter(pk=deal.pk), changes={"closes_on": None})
    deal.refresh_from_db()
    assert deal.closes_on == date(2027, 1, 31)
    assert edit_record(actor=alice, record=deal, changes={"title": "Cake"}).title == "Cake"


def test_conversion_asks_for_what_the_stages_want(portal: Portal, as_: SignIn, api: ApiClient, alice: User) -> None:
    stage, lead = wanting("deal", "closes_on"), record(alice, LEAD, title="Bread")
    Stage.objects.filter(pipeline=lead.stage.pipeline, kind=Stage.Kind.WON).update(required=["amount"])
    sent = {"contact": "", "company": "", "deal": "on", "stage": stage.pk, "version": lead.version}
    page = as_(alice).post(f"/crm/leads/{lead.pk}/convert/", sent)
    assert page.status_code == 422
    assert 'name="closes_on"' in page.content.decode()
    body = {"stage": stage.pk, "deal": {"closes_on": "2027-01-31"}}
    refused = posted(api(alice), f"/api/v1/leads/{lead.pk}/convert", body)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["amount"])
    assert Lead.objects.get(pk=lead.pk).converted_at is None
    edit_record(actor=alice, record=lead, changes={"amount": 10})
    made = posted(api(alice), f"/api/v1/leads/{lead.pk}/convert", body).json()
    assert Deal.objects.get(pk=made["deal"]).closes_on == date(2027, 1, 31)


def test_a_lead_becomes_a_deal_of_a_contact_whom_one_may_only_see(portal: Portal, alice: User, bob: User) -> None:
    rights = {"crm.lead.edit": Scope.OWN, "crm.lead.view": Scope.OWN, "crm.contact.view": Scope.ALL}
    rights |= {"crm.contact.edit": Scope.OWN, "crm.deal.create": Scope.ALL, "crm.company.view": Scope.ALL}
    bob.role = create_role(actor=alice, name="R", base="employee", permissions=rights)
    bob.save()
    ann, firm = record(alice, CONTACT, first_name="Ann"), record(alice, COMPANY, name="Harbour")
    lead = record(alice, LEAD, title="Bread", phones=["+44 20 7946 0123"])
    Lead.objects.filter(pk=lead.pk).update(responsible=bob)
    to = Conversion(contact_id=ann.pk, company_id=firm.pk)
    made = convert_lead(actor=User.objects.get(pk=bob.pk), lead=lead, to=to)
    assert (made.lead.contact, made.deal and made.deal.company) == (ann, firm)
    assert (ann.contact_points.count(), ann.affiliations.count()) == (0, 0)  # others keep what is theirs


def test_what_repeats_goes_on_beside_what_cannot(portal: Portal, alice: User) -> None:
    size = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Size", type="text"))
    lane = create_pipeline(actor=alice, name="Service", kind=DEAL)
    firm = record(alice, COMPANY, name="Harbour")
    deal = record(alice, DEAL, title="Bread", company_id=firm.pk, **{size.key: "Large"})
    Deal.objects.filter(pk=deal.pk).update(stage=lane.stages.filter(kind="open").last())
    CustomField.objects.filter(pk=size.pk).update(required=True)
    day = date(2027, 1, 31)
    for title in ("First", "Bread"):
        again = deal if title == "Bread" else record(alice, DEAL, title=title, company_id=firm.pk, **{size.key: "S"})
        set_recurrence(actor=alice, record=again, repeats="month", starts_on=day)
    delete_record(actor=alice, record=firm)
    assert make_due(day) == 2
    made = Deal.objects.get(title="Bread", begins_on=day)
    assert (made.stage.pipeline_id, made.custom, made.company_id) == (lane.pk, {size.key: "Large"}, None)
    assert made.stage == lane.stages.filter(kind="open").order_by("position").first()


def test_a_paper_is_made_from_a_deal_whose_company_one_may_not_see(portal: Portal, alice: User, bob: User) -> None:
    add_field(actor=alice, kind=QUOTE, design=FieldDesign(name="Size", type="text", required=True))
    rights = {f"crm.{kind}.{verb}": Scope.OWN for kind in ("deal", "quote", "company") for verb in ("view", "edit")}
    bob.role = create_role(actor=alice, name="R", base="employee", permissions=rights | {"crm.quote.create": Scope.ALL})
    bob.save()
    firm = record(alice, COMPANY, name="Harbour")
    deal = record(alice, DEAL, title="Bread", company_id=firm.pk, amount=5)
    Deal.objects.filter(pk=deal.pk).update(responsible=bob)
    quote = make_document(actor=User.objects.get(pk=bob.pk), kind=QUOTE, source=deal)
    assert (quote.company_id, quote.responsible_id, quote.total) == (firm.pk, bob.pk, 5)
