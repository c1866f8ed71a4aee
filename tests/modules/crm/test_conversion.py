"""A lead becomes a contact, company and deal: nothing typed twice, nothing lost, no half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from infra.kit.errors import Conflict, Denied, Invalid
from modules.crm.domain.activity import Plan, comment_on, plan_activity
from modules.crm.domain.conversion import Conversion, convert_lead
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD
from modules.crm.domain.lead import NewLead, create_lead
from modules.crm.models import Activity, Company, Contact, Deal, FieldOption, Lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
DUE = datetime(2030, 3, 1, 10, tzinfo=UTC)


def rich_lead(owner: User) -> Lead:
    """A lead with everything filled in."""
    own = add_field(actor=owner, kind=LEAD, design=FieldDesign(name="Flour", type="choice", options=["Wheat", "Rye"]))
    add_field(actor=owner, kind=DEAL, design=FieldDesign(name="Flour", type="choice", options=["Rye", "Oat"]))
    rye = own.options.get(name="Rye")
    address = {"kind": "delivery", "street": "3 Bread Lane", "city": "London"}
    new = NewLead(
        title="Bread for the clinic",
        person_name="Ann Mary Lee",
        company_name="Harbour Clinic",
        phones=[{"typed": "+44 20 7946 0123", "label": "mobile"}],
        emails=["ann@harbour.example"],
        amount=500,
        currency="GBP",
        source="referral",
        comment="Every morning",
        more={"post": "Buyer", "addresses": [address], own.key: rye.pk},
    )
    return create_lead(actor=owner, new=new)


def test_everything_comes_along(portal: Portal, alice: User) -> None:
    lead = rich_lead(alice)
    comment_on(actor=alice, record=lead, text="Called")
    plan_activity(actor=alice, record=lead, plan=Plan(kind="call", due_at=DUE))
    made = convert_lead(actor=alice, lead=lead, to=Conversion(new_contact=True, new_company=True))
    contact, company, deal = made.contact, made.company, made.deal
    assert contact is not None
    assert company is not None
    assert deal is not None
    assert (contact.first_name, contact.middle_name, contact.last_name) == ("Ann", "Mary", "Lee")
    assert [(p.typed, p.label) for p in contact.contact_points.order_by("position")] == [
        ("+44 20 7946 0123", "mobile"),
        ("ann@harbour.example", ""),
    ]
    assert contact.addresses.get().street == "3 Bread Lane"
    assert [(a.company_id, a.post) for a in contact.affiliations.all()] == [(company.pk, "Buyer")]
    assert company.name == "Harbour Clinic"
    assert (company.lead_id, contact.lead_id, deal.lead_id) == (lead.pk, lead.pk, lead.pk)
    assert (deal.title, str(deal.amount), deal.currency, deal.source, deal.comment) == (
        "Bread for the clinic",
        "500.00",
        "GBP",
        "referral",
        "Every morning",
    )
    assert (deal.company_id, [c.pk for c in deal.contacts.all()]) == (company.pk, [contact.pk])
    assert [option.name for option in FieldOption.objects.filter(pk__in=list(deal.custom.values()))] == ["Rye"]
    after = Lead.objects.get(pk=lead.pk)
    assert (after.contact_id, after.company_id, after.stage.kind) == (contact.pk, company.pk, "won")
    assert after.converted_at is not None
    shared = Activity.objects.filter(lead=lead)
    assert set(shared.values_list("contact_id", "company_id", "deal_id")) == {(contact.pk, company.pk, deal.pk)}
    assert Deal.objects.get(pk=deal.pk).next_step_at is not None
    with pytest.raises(Conflict):
        convert_lead(actor=alice, lead=lead, to=Conversion(new_contact=True))
    assert Deal.objects.filter(lead=lead).count() == 1


def test_known_people_are_offered_and_taken(portal: Portal, as_: SignIn, alice: User) -> None:
    lead, client = rich_lead(alice), as_(alice)
    known = record(alice, CONTACT, first_name="Ann", last_name="Lee", phones=["+44 20 7946 0123"])
    firm = record(alice, COMPANY, name="The Harbour Clinic Ltd")
    page = client.get(f"/crm/leads/{lead.pk}/convert/").content.decode()
    assert "Ann Lee – known" in page
    assert "The Harbour Clinic Ltd – known" in page
    form = {"contact": known.pk, "company": firm.pk, "deal": "on", "title": "Rolls", "stage": ""}
    made = client.post(f"/crm/leads/{lead.pk}/convert/", form)
    deal = Deal.objects.get(lead=lead)
    assert made["Location"] == f"/crm/deals/{deal.pk}/"
    assert (deal.title, deal.company_id, [c.pk for c in deal.contacts.all()]) == ("Rolls", firm.pk, [known.pk])
    assert {p.typed for p in known.contact_points.all()} == {"+44 20 7946 0123", "ann@harbour.example"}
    assert [a.company_id for a in known.affiliations.all()] == [firm.pk]
    assert (Contact.objects.count(), Company.objects.count()) == (1, 1)


def test_a_refusal_leaves_nothing(portal: Portal, alice: User, bob: User) -> None:
    lead = rich_lead(alice)
    before = (Contact.objects.count(), Company.objects.count(), Deal.objects.count())
    with pytest.raises(Invalid):
        convert_lead(actor=alice, lead=lead, to=Conversion(new_contact=True, new_company=True, deal={"amount": "many"}))
    with pytest.raises(Invalid):
        convert_lead(actor=alice, lead=lead, to=Conversion(new_deal=False))
    with pytest.raises(Denied):
        convert_lead(actor=bob, lead=lead, to=Conversion(new_contact=True))
    assert (Contact.objects.count(), Company.objects.count(), Deal.objects.count()) == before
    assert Lead.objects.get(pk=lead.pk).converted_at is None
