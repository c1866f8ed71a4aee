"""A holding: its tree, and what is done with all of it as far as one sees its companies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from infra.kit.errors import Invalid
from infra.kit.spec import Scope
from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.holding import holding_of
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE
from modules.crm.domain.merge import merge_records, merges_of, unmerge
from modules.crm.domain.record import edit_record
from modules.crm.models import Company, Invoice
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]


def test_a_holding_owes_what_its_seen_branches_owe(
    portal: Portal, as_: SignIn, api: Callable[..., Client], alice: User, bob: User
) -> None:
    """# promise 18"""
    top = record(alice, COMPANY, name="Harbour")
    branch = record(alice, COMPANY, name="Harbour North", parent_id=top.pk)
    secret = record(alice, COMPANY, name="Harbour Hush", parent_id=top.pk)
    for company, amount in ((top, 100), (branch, 20), (secret, 7000)):
        record(alice, DEAL, title=f"Deal of {company}", company_id=company.pk, amount=amount, currency="USD")
        bill = record(alice, INVOICE, title=f"Bill of {company}", company_id=company.pk, currency="EUR")
        late = timezone.localdate() - timedelta(days=1)
        issued = {"status": "sent", "number": str(bill.pk), "year": late.year, "sequence": bill.pk, "issued_on": late}
        sums = {"net": amount, "total": amount, "paid": amount / 2, "due_on": late}
        Invoice.objects.filter(pk=bill.pk).update(**issued, **sums)
    places = [{"company": branch.pk, "post": "Buyer"}, {"company": secret.pk, "post": "Spy"}]
    record(alice, CONTACT, first_name="Ann", companies=places)
    whole = holding_of(alice, branch)
    assert (whole.open_sums, whole.debts, whole.overdue) == (
        [(Decimal(7120), "USD")],
        [(Decimal(3560), "EUR")],
        [(Decimal(3560), "EUR")],
    )
    rights = {f"crm.{kind}.view": Scope.ALL for kind in ("deal", "invoice", "contact")}
    rights["crm.company.view"] = Scope.OWN
    bob.role = create_role(actor=alice, name="Half", base="employee", permissions=rights)
    bob.save()
    Company.objects.filter(pk__in=[top.pk, branch.pk]).update(responsible=bob)
    reader = User.objects.get(pk=bob.pk)
    part = holding_of(reader, branch)
    assert (part.open_sums, part.debts) == ([(Decimal(120), "USD")], [(Decimal(60), "EUR")])
    told = api(reader).get(f"/api/v1/companies/{branch.pk}/holding").json()
    assert told["debts"] == told["overdue"] == [{"amount": "60.00", "currency": "EUR"}]
    assert [line["company"] for line in told["branches"]] == [top.pk, branch.pk]
    assert [(line.depth, line.debts) for line in part.branches] == [
        (0, [(Decimal(50), "EUR")]),
        (1, [(Decimal(10), "EUR")]),
    ]
    client = as_(reader)
    page = client.get(f"/crm/companies/{branch.pk}/holding/").content.decode()
    assert "Bill of Harbour North" in page
    assert "Harbour North, Buyer" in page
    assert "Hush" not in page
    assert "Hush" not in client.get(f"/crm/invoices/?company={top.pk}").content.decode()  # figures equal lists
    set_field_rights(actor=alice, kind=COMPANY, field="parent_id", rights={bob.role_id: "hidden"})
    set_field_rights(actor=alice, kind=INVOICE, field="paid", rights={bob.role_id: "hidden"})
    assert holding_of(reader, branch).open_sums == [(Decimal(20), "USD")]
    assert holding_of(reader, branch).debts == []


def test_a_tree_stays_a_tree(portal: Portal, alice: User) -> None:
    chain = [record(alice, COMPANY, name="0")]
    for level in range(1, 9):
        chain.append(record(alice, COMPANY, name=str(level), parent_id=chain[-1].pk))
    other = record(alice, COMPANY, name="Other", parent_id=record(alice, COMPANY, name="Above").pk)
    for moved, under in ((chain[0], chain[8]), (chain[0], other)):  # under its own branch, and deeper than ten levels
        with pytest.raises(Invalid):
            edit_record(actor=alice, record=moved, changes={"parent_id": under.pk})
    kept = merge_records(actor=alice, record=chain[2], others=[chain[0]])
    kept.refresh_from_db()
    chain[1].refresh_from_db()
    assert (kept.parent_id, chain[1].parent_id) == (None, kept.pk)
    unmerge(actor=alice, record=kept, change=merges_of(kept)[0])
    assert Company.objects.get(pk=kept.pk).parent_id == chain[1].pk
    assert Company.objects.get(pk=chain[1].pk).parent_id == chain[0].pk
