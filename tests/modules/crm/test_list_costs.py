"""What a list of CRM asks of the database does not grow with its rows."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from modules.crm.domain.activity import Plan, plan_activity
from modules.crm.domain.kinds import kind_named
from modules.crm.domain.record import create_record
from tenants.people.models import User
from tenants.portals.models import Portal

PAGES = (
    "/crm/deals/",
    "/crm/deals/board/",
    "/crm/deals/calendar/",
    "/crm/contacts/",
    "/crm/companies/",
    "/crm/activities/",
)


def _one_more(alice: User, number: int) -> None:
    company = create_record(actor=alice, kind=kind_named("company"), values={"name": f"Mill {number}"})
    contact = create_record(
        actor=alice,
        kind=kind_named("contact"),
        values={"first_name": f"Ann {number}", "phones": [{"typed": f"+44 20 7946 01{number:02}"}]},
    )
    deal = create_record(
        actor=alice,
        kind=kind_named("deal"),
        values={"title": f"Flour {number}", "company_id": company.pk, "contacts": [contact.pk], "amount": "100"},
    )
    for record in (company, contact, deal):
        due = timezone.now() + timedelta(hours=number + 1)
        plan_activity(actor=alice, record=record, plan=Plan(kind="call", text=f"Ask {number}", due_at=due))


@pytest.mark.parametrize("page", PAGES)
def test_a_list_costs_the_same_whatever_its_length(
    portal: Portal, alice: User, as_: Callable[[User], Client], page: str
) -> None:
    client, counts = as_(alice), []
    for more in (1, 3):
        for number in range(more):
            _one_more(alice, more * 10 + number)
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
