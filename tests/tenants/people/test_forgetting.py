"""Forgetting a person who left: asked for on their page, done everywhere, never undone."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.access import SYSTEM
from modules.crm.domain.lead import NewLead, create_lead
from modules.crm.models import Lead
from tenants.people.domain.person import deactivate_person
from tenants.people.models import User
from tenants.portals.models import Erasure, Portal

As = Callable[[User], Client]


@pytest.fixture
def gone(portal: Portal, alice: User, bob: User) -> User:
    return deactivate_person(actor=alice, person=bob)


def _known(portal: Portal, person: User) -> tuple[str, str]:
    with enter(portal):
        row = User.objects.get(pk=person.pk)
        return row.email, row.display_name


def test_a_deactivated_person_is_forgotten_by_their_address(
    acme: Portal, gone: User, alice: User, as_: As
) -> None:  # promise 51
    page = f"/people/{gone.pk}/forget/"
    assert f"/people/{gone.pk}/forget/" in as_(alice).get(f"/people/{gone.pk}/").content.decode()
    assert gone.email in as_(alice).get(page).content.decode()
    assert as_(alice).post(page, {"confirmation": "someone@else.example"}).status_code == 400
    assert _known(acme, gone) == (gone.email, gone.display_name)
    assert as_(alice).post(page, {"confirmation": f" {gone.email.upper()} "}).status_code == 302
    assert _known(acme, gone) == (f"erased-{gone.pk}@invalid", f"#{gone.pk}")
    with enter(acme):
        assert AuditEntry.objects.filter(action="people.person.forget", record_id=gone.pk).count() == 1
    assert Erasure.objects.filter(schema_name=acme.schema_name, person=gone.pk).count() == 1
    shown = as_(alice).get(f"/people/{gone.pk}/").content.decode()
    assert gone.email not in shown
    assert "/reactivate/" not in shown


def test_who_is_forgotten_stays_so(acme: Portal, gone: User, alice: User, as_: As) -> None:
    as_(alice).post(f"/people/{gone.pk}/forget/", {"confirmation": gone.email})
    known = _known(acme, gone)
    for path, body in (
        ("reactivate", {}),
        ("forget", {"confirmation": known[0]}),
        ("edit", {"first_name": "Bob", "version": "1"}),
    ):
        assert as_(alice).post(f"/people/{gone.pk}/{path}/", body).status_code in (400, 409), path
    with enter(acme):
        assert not User.objects.get(pk=gone.pk).is_active
    assert _known(acme, gone) == known


def test_over_the_api(acme: Portal, alice: User, bob: User, carol: User, api: Callable[..., Client]) -> None:
    client, path = api(carol), f"/api/v1/people/{bob.pk}/forget"
    body = {"confirmation": bob.email}
    active = client.post(path, body, content_type="application/json")
    assert (active.status_code, active.json()["code"]) == (409, "person_active")
    with enter(acme):
        deactivate_person(actor=alice, person=bob)
        lead = create_lead(actor=SYSTEM, new=NewLead(title="His", responsible_id=carol.id))
        Lead.objects.filter(pk=lead.pk).update(responsible_id=bob.pk)
    held = client.post(path, body, content_type="application/json")
    assert (held.status_code, held.json()["code"]) == (409, "person_responsible")
    assert _known(acme, bob)[0] == bob.email
    with enter(acme):
        Lead.objects.filter(pk=lead.pk).update(responsible_id=carol.id)
    assert client.post(path, body, content_type="application/json").json()["email"] == f"erased-{bob.pk}@invalid"
    assert mail.outbox == []


def test_an_administrator_does_not_forget_an_owner_and_an_employee_nobody(
    acme: Portal, gone: User, alice: User, carol: User, dave: User, as_: As
) -> None:
    body = {"confirmation": gone.email}
    assert as_(dave).post(f"/people/{gone.pk}/forget/", body).status_code in (403, 404)
    assert as_(carol).post(f"/people/{alice.pk}/forget/", {"confirmation": alice.email}).status_code == 403
    assert _known(acme, gone)[0] == gone.email
    assert _known(acme, alice)[0] == alice.email
