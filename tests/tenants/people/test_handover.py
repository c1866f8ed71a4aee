"""Passing on what a person is responsible for, whatever module it is of."""

from collections.abc import Callable

import pytest
from django.test import Client

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Denied
from infra.kit.registry import UnknownName
from modules.crm.domain.lead import NewLead, create_lead
from modules.crm.models import Lead
from tenants.people.domain.handover import hand_over, owned_by
from tenants.people.models import User
from tenants.portals.models import Portal


@pytest.fixture
def leads(portal: Portal, bob: User) -> list[Lead]:
    return [create_lead(actor=SYSTEM, new=NewLead(title=f"Lead {n}", responsible_id=bob.id)) for n in range(3)]


def test_leads_pass_to_a_colleague(
    acme: Portal, leads: list[Lead], alice: User, bob: User, carol: User, as_: Callable[[User], Client]
) -> None:
    assert [(owned.key, owned.count) for owned in owned_by(bob)] == [("crm.lead", 3)]
    page = as_(alice).get(f"/people/{bob.id}/hand-over/")
    assert "Leads: 3" in page.content.decode()
    answer = as_(alice).post(f"/people/{bob.id}/hand-over/", {"to": carol.id, "kinds": ["crm.lead"]})
    assert answer.status_code == 302
    with enter(acme):
        assert set(Lead.objects.values_list("responsible_id", flat=True)) == {carol.id}
        assert owned_by(bob) == []
        assert AuditEntry.objects.filter(action="people.person.hand_over", record_id=bob.id).count() == 1


def test_refusals_move_nothing(leads: list[Lead], alice: User, bob: User, carol: User, dave: User) -> None:
    for attempt, refusal in (
        (lambda: hand_over(actor=bob, person=carol, to=bob, kinds=["crm.lead"]), Denied),
        (lambda: hand_over(actor=alice, person=bob, to=dave, kinds=["crm.lead"]), Conflict),
        (lambda: hand_over(actor=alice, person=bob, to=bob, kinds=["crm.lead"]), Conflict),
        (lambda: hand_over(actor=alice, person=bob, to=carol, kinds=["crm.lead", "crm.dragon"]), UnknownName),
    ):
        with pytest.raises(refusal):
            attempt()
    assert {lead.responsible_id for lead in Lead.objects.all()} == {bob.id}
