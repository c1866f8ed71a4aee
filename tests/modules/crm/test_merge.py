"""Duplicates become one: values by choice, every link moved, all of it taken back. Stateful: no link is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from infra.db.current import enter
from infra.kit.errors import Conflict, Denied, Invalid
from modules.crm.domain.activity import comment_on
from modules.crm.domain.conversion import Conversion, convert_lead
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.item_type import TypeDesign, create_type, delete_type, restore_type
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, kind_named
from modules.crm.domain.lead import NewLead, create_lead
from modules.crm.domain.merge import links_to, merge_records, merges_of, unmerge
from modules.crm.models import (
    Activity,
    Affiliation,
    Company,
    Contact,
    Deal,
    DealContact,
    FieldValue,
    Invoice,
    Item,
    Lead,
)
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]


def test_links_move_and_come_back(portal: Portal, alice: User) -> None:
    kept = record(alice, COMPANY, name="Harbour", phones=["+44 20 7946 0123"])
    twin = record(alice, COMPANY, name="Harbour Ltd", industry="health", emails=["x@harbour.example"])
    branch = record(alice, COMPANY, name="Branch", parent_id=twin.pk)
    both = record(alice, CONTACT, first_name="Ann", companies=[kept.pk, twin.pk])
    one = record(alice, CONTACT, first_name="Bea", companies=[{"company": twin.pk, "post": "Buyer"}])
    link = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Payer", type="record", links=["company"]))
    deal = record(alice, DEAL, title="Bread", company_id=twin.pk, **{link.key: f"company:{twin.pk}"})
    comment_on(actor=alice, record=twin, text="Called")
    merged = merge_records(actor=alice, record=kept, others=[twin], choices={"name": twin.pk})
    assert (merged.name, merged.industry) == ("Harbour Ltd", "health")
    assert {p.typed for p in merged.contact_points.all()} == {"+44 20 7946 0123", "x@harbour.example"}
    assert Company.objects.get(pk=branch.pk).parent_id == kept.pk
    assert list(Affiliation.objects.filter(contact=both).values_list("company_id", flat=True)) == [kept.pk]
    assert list(Affiliation.objects.filter(contact=one).values_list("company_id", "post")) == [(kept.pk, "Buyer")]
    now = Deal.objects.get(pk=deal.pk)
    assert (now.company_id, now.custom[link.key]) == (kept.pk, f"company:{kept.pk}")
    assert FieldValue.objects.get(field=link).text == f"company:{kept.pk}"
    assert Activity.objects.get(text="Called").company_id == kept.pk
    assert Company.objects.get(pk=twin.pk).deleted_at is not None

    back = unmerge(actor=alice, record=merged, change=merges_of(merged)[0])
    assert (back.name, back.industry, [p.typed for p in back.contact_points.all()]) == (
        "Harbour",
        "",
        ["+44 20 7946 0123"],
    )
    assert Company.objects.alive().get(pk=twin.pk).contact_points.get().typed == "x@harbour.example"
    assert Company.objects.get(pk=branch.pk).parent_id == twin.pk
    assert set(Affiliation.objects.filter(contact=both).values_list("company_id", flat=True)) == {kept.pk, twin.pk}
    again = Deal.objects.get(pk=deal.pk)
    assert (again.company_id, again.custom[link.key]) == (twin.pk, f"company:{twin.pk}")
    assert Activity.objects.get(text="Called").company_id == twin.pk
    assert merges_of(back) == []


def test_refusals_change_nothing(portal: Portal, alice: User, bob: User) -> None:
    kept, twin = record(alice, CONTACT, first_name="Ann"), record(alice, CONTACT, first_name="Anna")
    firm = record(alice, COMPANY, name="Harbour")
    for attempt, refusal in (
        (lambda: merge_records(actor=alice, record=kept, others=[kept]), Invalid),
        (lambda: merge_records(actor=alice, record=kept, others=[firm]), Invalid),
        (lambda: merge_records(actor=bob, record=kept, others=[twin]), Denied),
    ):
        with pytest.raises(refusal):
            attempt()
    assert Contact.objects.alive().count() == 2
    third = record(alice, CONTACT, first_name="Annie")
    merge_records(actor=alice, record=kept, others=[twin])
    older = merges_of(kept)[0]
    merge_records(actor=alice, record=kept, others=[third])
    with pytest.raises(Conflict):
        unmerge(actor=alice, record=kept, change=older)
    assert Contact.objects.alive().count() == 1


def test_merging_on_the_page(portal: Portal, as_: SignIn, alice: User) -> None:
    client = as_(alice)
    kept = record(alice, CONTACT, first_name="Ann", last_name="Lee", post="Buyer", emails=["ann@x.example"])
    twin = record(alice, CONTACT, first_name="Anna", last_name="Lee", post="Head", emails=["ann@x.example"])
    base = f"/crm/contacts/{kept.pk}/"
    assert "Anna Lee" in client.get(base + "merge/").content.decode()
    assert "Head" in client.get(f"{base}merge/?other={twin.pk}").content.decode()
    answer = client.post(base + "merge/", {"other": twin.pk, "take_post": twin.pk, "take_first_name": kept.pk})
    assert answer["Location"] == base
    now = Contact.objects.get(pk=kept.pk)
    assert (now.name, now.post) == ("Ann Lee", "Head")
    assert client.get(f"/crm/contacts/{twin.pk}/").status_code == 404
    assert client.post(base + "unmerge/").status_code == 302
    assert Contact.objects.get(pk=kept.pk).post == "Buyer"
    assert client.get(f"/crm/contacts/{twin.pk}/").status_code == 200


class Clients(RuleBasedStateMachine):
    """Companies, contacts, deals and claims, which the company made for itself, are made, linked, converted, merged and
    taken apart in any order, and the kind of claims goes to the trash and comes back.

    A model beside them keeps which deal belongs to which company and contact, with merges as renames: after every step
    the database says the same.
    """

    firms: Any = Bundle("firms")
    people: Any = Bundle("people")
    claims: Any = Bundle("claims")
    owner: User

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.deals: dict[int, tuple[int | None, int | None]] = {}
        self.comments: dict[int, tuple[str, int]] = {}
        self.became: dict[tuple[str, int], int] = {}
        self.merges: list[tuple[str, int, int]] = []
        self.of_claims: dict[int, tuple[int, int]] = {}
        self.told: dict[int, int] = {}
        self.papers: dict[int, tuple[int, int, int]] = {}
        design = TypeDesign(name="Claim", plural="Claims", links=["company", "contact"])
        self.type = create_type(actor=self.owner, design=design)
        self.away = False

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    def now(self, kind: str, pk: int | None) -> int | None:
        while pk is not None and (kind, pk) in self.became:
            pk = self.became[kind, pk]
        return pk

    @rule(target=firms, name=st.sampled_from(["North", "South", "Harbour"]))
    def company(self, name: str) -> int:
        return int(record(self.owner, COMPANY, name=name).pk)

    @rule(target=people, name=st.sampled_from(["Ann", "Bea"]), firm=firms)
    def contact(self, name: str, firm: int) -> int:
        return int(record(self.owner, CONTACT, first_name=name, companies=[self.now("company", firm)]).pk)

    @rule(firm=firms, person=people)
    def deal(self, firm: int, person: int) -> None:
        company, contact = self.now("company", firm), self.now("contact", person)
        made = record(self.owner, DEAL, title="Bread", company_id=company, contacts=[contact])
        comment = comment_on(actor=self.owner, record=made, text="x")
        self.deals[made.pk] = (firm, person)
        self.comments[comment.pk] = ("company", firm)

    @rule(buyer=firms, payer=firms, person=people)
    def invoice(self, buyer: int, payer: int, person: int) -> None:
        company, third = self.now("company", buyer), self.now("company", payer)
        parties = {"company_id": company, "payer_id": third, "consignee_id": third}
        made = record(self.owner, INVOICE, title="Bread", contact_id=self.now("contact", person), **parties)
        self.papers[made.pk] = (buyer, payer, person)

    @rule(target=claims, firm=firms, person=people)
    def claim(self, firm: int, person: int) -> int:
        self.bring_the_kind_back()
        company, contact = self.now("company", firm), self.now("contact", person)
        kind = kind_named(f"item_{self.type.pk}")
        made = record(self.owner, kind, title="Late", company_id=company, contact_id=contact)
        self.told[comment_on(actor=self.owner, record=made, text="x").pk] = made.pk
        self.of_claims[made.pk] = (firm, person)
        return int(made.pk)

    @rule(kept=claims, other=consumes(claims))
    def merge_claims(self, kept: int, other: int) -> None:
        self.bring_the_kind_back()
        self.merge("claim", Item, kept, other)

    @rule()
    def put_the_kind_away(self) -> None:
        if not self.away:
            delete_type(actor=self.owner, row=self.type)
            self.away = True

    @rule()
    def bring_the_kind_back(self) -> None:
        if self.away:
            restore_type(actor=self.owner, row=self.type)
            self.away = False

    @rule(firm=firms)
    def convert(self, firm: int) -> None:
        lead = create_lead(actor=self.owner, new=NewLead(title="Lead", person_name="Cid Dee"))
        to = Conversion(company_id=self.now("company", firm), new_contact=True)
        made = convert_lead(actor=self.owner, lead=lead, to=to)
        assert made.deal is not None
        assert made.contact is not None
        self.deals[made.deal.pk] = (firm, made.contact.pk)
        assert Lead.objects.get(pk=lead.pk).contact_id == made.contact.pk

    @rule(kept=firms, other=consumes(firms))
    def merge_companies(self, kept: int, other: int) -> None:
        self.merge("company", Company, kept, other)

    @rule(kept=people, other=consumes(people))
    def merge_contacts(self, kept: int, other: int) -> None:
        self.merge("contact", Contact, kept, other)

    def merge(self, kind: str, model: Any, kept: int, other: int) -> None:
        first, second = self.now(kind, kept), self.now(kind, other)
        if first == second:
            return
        rows = {row.pk: row for row in model.objects.alive().filter(pk__in=[first, second])}
        merge_records(actor=self.owner, record=rows[first], others=[rows[second]])
        assert second is not None
        assert first is not None
        self.became[kind, second] = first
        self.merges.append((kind, first, second))

    @rule()
    def take_the_last_merge_back(self) -> None:
        if not self.merges:
            return
        kind, kept, other = self.merges.pop()
        if kind == "claim":
            self.bring_the_kind_back()
        row = _MODELS[kind].objects.alive().get(pk=self.now(kind, kept))
        if row.pk != kept:
            return
        unmerge(actor=self.owner, record=row, change=merges_of(row)[0])
        del self.became[kind, other]

    @invariant()
    def no_link_is_lost(self) -> None:
        for pk, (firm, person) in self.deals.items():
            deal = Deal.objects.get(pk=pk)
            assert deal.company_id is not None
            assert self.alive("company", deal.company_id)
            found = list(DealContact.objects.filter(deal=pk).values_list("contact_id", flat=True))
            assert len(found) == 1
            assert self.alive("contact", found[0])
            assert (deal.company_id, found[0]) == (self.now("company", firm), self.now("contact", person))
        for pk, (kind, firm) in self.comments.items():
            holder = Activity.objects.get(pk=pk).company_id
            assert holder == self.now(kind, firm)
            assert self.alive(kind, holder or 0)

        for pk, (buyer, payer, person) in self.papers.items():
            bill = Invoice.objects.get(pk=pk)
            third = self.now("company", payer)
            assert (bill.company_id, bill.payer_id, bill.consignee_id) == (self.now("company", buyer), third, third)
            assert bill.contact_id == self.now("contact", person)
        for pk, (firm, person) in self.of_claims.items():
            item = Item.objects.get(pk=pk)
            assert (item.company_id, item.contact_id) == (self.now("company", firm), self.now("contact", person))
        for pk, claim in self.told.items():
            assert Activity.objects.get(pk=pk).item_id == self.now("claim", claim)

    def alive(self, kind: str, pk: int) -> bool:
        return bool(_MODELS[kind].objects.alive().filter(pk=pk).exists())


_MODELS: dict[str, Any] = {"company": Company, "contact": Contact, "claim": Item}


def test_no_order_of_steps_loses_a_link(portal: Portal, alice: User) -> None:
    Clients.owner = alice
    with enter(portal):
        run_state_machine_as_test(
            Clients,
            settings=settings(
                max_examples=12,
                stateful_step_count=14,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
            ),
        )


def test_every_key_that_points_at_a_client_moves_with_it() -> None:
    """A later table that links to companies or contacts is moved too, without being named."""
    named = {(model.__name__, key) for kind in (COMPANY, CONTACT) for model, key in links_to(kind)}
    assert {
        ("Deal", "company"),
        ("Deal", "own_company"),
        ("Lead", "company"),
        ("Lead", "contact"),
        ("Company", "parent"),
        ("Affiliation", "company"),
        ("DealContact", "contact"),
        ("Activity", "company"),
        ("Activity", "contact"),
        ("Requisite", "company"),
        ("Requisite", "contact"),
        ("File", "company"),
        ("File", "contact"),
        ("Item", "company"),
        ("Item", "contact"),
    } <= named
    assert not {("ContactPoint", "company"), ("Address", "contact"), ("Affiliation", "contact")} & named
