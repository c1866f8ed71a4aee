"""A number that the house wrote itself, or that a program sent, is never taken for another one.

“150.000” typed by a person may be a hundred and fifty thousand; read from a column of three places it is 150.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from infra.jobs.domain.running import run
from modules.crm.domain.bulk import edit_records, undo_change
from modules.crm.domain.conversion import Conversion, convert_lead
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.importing.imports import start_undo
from modules.crm.domain.importing.undo import run_undo
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD
from modules.crm.domain.merge import merge_records, merges_of, unmerge
from modules.crm.domain.record import edit_record
from modules.crm.models import Company, Contact, Deal
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.importing import imported, taken, xlsx
from tests.factories.record import record

JSON = "application/json"


def weight(person: User, kind: Any) -> str:
    """The key of an own number with three places."""
    return add_field(actor=person, kind=kind, design=FieldDesign(name="Weight", type="number", places=3)).key


def test_an_import_taken_back_returns_the_amount_and_not_its_thousandfold(portal: Portal, alice: User) -> None:
    key = weight(alice, DEAL)
    deal = record(alice, DEAL, title="Bread", amount="150", currency="EUR", **{key: Decimal("2.125")})
    done = imported(alice, taken(alice, DEAL, "a.csv", "Title,Amount,Weight\nBread,175,3.5\n"), duplicates="all")
    assert (done.updated_count, Deal.objects.get(pk=deal.pk).amount) == (1, 175)
    started = start_undo(actor=alice, made=done)
    assert started.job_id is not None
    run(started.job_id, run_undo, resumable=True)
    now = Deal.objects.get(pk=deal.pk)
    assert (now.amount, now.custom[key]) == (150, "2.125")


def test_amounts_changed_in_bulk_come_back(portal: Portal, alice: User) -> None:
    key = weight(alice, DEAL)
    deal = record(alice, DEAL, title="Bread", amount="150", currency="EUR", **{key: Decimal("2.125")})
    for changes in ({"amount": "175"}, {key: "3"}):
        change = edit_records(actor=alice, kind=DEAL, rows=Deal.objects.filter(pk=deal.pk), changes=changes)
        assert undo_change(actor=alice, change=change) == 1
    now = Deal.objects.get(pk=deal.pk)
    assert (now.amount, now.custom[key]) == (150, "2.125")


def test_merged_apart_and_converted_numbers_stay_what_they_are(portal: Portal, alice: User) -> None:
    key, same = weight(alice, COMPANY), weight(alice, LEAD)
    kept = record(alice, COMPANY, name="Harbour", revenue=Decimal(150))
    twin = record(alice, COMPANY, name="Pier", revenue=Decimal(175), **{key: Decimal("2.125")})
    merged = merge_records(actor=alice, record=kept, others=[twin], choices={"revenue": twin.pk})
    assert (merged.revenue, merged.custom[key]) == (175, "2.125")
    assert unmerge(actor=alice, record=merged, change=merges_of(merged)[0]).revenue == 150
    lead = record(alice, LEAD, title="Rye", company_name="Rye Ltd", **{same: Decimal("7.125")})
    became = convert_lead(actor=alice, lead=lead, to=Conversion(new_company=True, new_deal=False)).company
    assert Company.objects.get(pk=getattr(became, "pk", 0)).custom[key] == "7.125"


def test_what_was_changed_after_a_merge_stays_when_it_is_taken_back(portal: Portal, alice: User) -> None:
    kept = record(alice, CONTACT, first_name="Ann", post="Cook")
    twin = record(alice, CONTACT, first_name="Anna", post="Baker")
    merged = merge_records(actor=alice, record=kept, others=[twin], choices={"first_name": twin.pk, "post": twin.pk})
    edit_record(actor=alice, record=merged, changes={"post": "Owner"})
    unmerge(actor=alice, record=merged, change=merges_of(merged)[0])
    assert Contact.objects.values_list("first_name", "post").get(pk=kept.pk) == ("Ann", "Owner")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(12.345, "12.345"), ("12.345", "12.345"), (7, "7.000"), ("1500.5", "1500.500")],
)
def test_programs_write_numbers_with_a_point(
    portal: Portal, api: Callable[..., Client], alice: User, sent: object, kept: str
) -> None:
    key = weight(alice, DEAL)
    made = api(alice).post("/api/v1/deals", {"title": "Bread", "custom": {key: sent}}, JSON).json()
    assert made["custom"][key] == kept
    again = api(alice).patch(f"/api/v1/deals/{made['id']}", {"custom": made["custom"]}, JSON, headers={"If-Match": "*"})
    assert again.json()["custom"][key] == kept


def test_numbers_of_a_spreadsheet_and_of_currencies_with_three_places(portal: Portal, alice: User) -> None:
    table = xlsx(["Title", "Amount", "Currency"], ["A", 12.345, "EUR"], ["B", 1.5, "KWD"], ["C", "1.500", "KWD"])
    imported(alice, taken(alice, DEAL, "a.xlsx", table))
    amounts = dict(Deal.objects.values_list("title", "amount"))
    assert amounts == {"A": Decimal("12.35"), "B": Decimal("1.5"), "C": Decimal("1.5")}
    edit_record(actor=alice, record=Deal.objects.get(title="C"), changes={"amount": "2.750"})
    assert Deal.objects.get(title="C").amount == Decimal("2.75")
