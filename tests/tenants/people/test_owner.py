"""The first person of a portal, made with it in one transaction."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from billing.domain.subscription import start_trial
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.errors import Invalid
from infra.outbox.models import OutboxEvent
from tenants.people.domain.owner import create_owner
from tenants.people.models import User
from tenants.portals.domain.claim import claim_portal
from tenants.portals.domain.email_index import find_portals
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD
from tests.tenants.people.conftest import Sent


@pytest.fixture
def initech(db: None) -> Portal:
    portal = claim_portal(name="Initech", address="initech-owner")
    start_trial(portal=portal)
    return portal


def test_the_owner_is_there_and_the_letter_waits_for_nobody(
    initech: Portal, letters: list[Sent], anonymous: Callable[[Portal], Client]
) -> None:
    owner = create_owner(
        portal=initech, name="Olga van den Berg", email="Olga@Initech.example", password=PASSWORD, locale="en"
    )
    assert (owner.first_name, owner.last_name, owner.email, owner.is_owner) == (
        "Olga",
        "van den Berg",
        "olga@initech.example",
        True,
    )
    assert [letter.to for letter in letters] == ["olga@initech.example"]
    assert find_portals(email="olga@initech.example") == [initech]
    with enter(initech):
        assert not owner.emailaddress_set.get().verified
        assert AuditEntry.objects.filter(action="people.person.join").count() == 1
        assert OutboxEvent.objects.filter(name="people.person_joined").count() == 1
    browser = anonymous(initech)
    browser.post("/account/login/", {"login": "olga@initech.example", "password": PASSWORD})
    assert browser.get("/people/me/").status_code == 200
    assert browser.post(letters[0].link("confirm-email")).status_code == 302
    with enter(initech):
        assert owner.emailaddress_set.get().verified


@pytest.mark.parametrize(
    ("name", "email", "password", "field"),
    [
        (" ", "o@initech.example", PASSWORD, "first_name"),
        ("Olga", "no address", PASSWORD, "email"),
        ("Olga", "o@initech.example", "1234567890", "password"),
        ("Olga", "olgalovesolga@initech.example", "olgalovesolga", "password"),
    ],
)
def test_a_refusal_leaves_nothing(
    initech: Portal, letters: list[Sent], name: str, email: str, password: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused, transaction.atomic():
        create_owner(portal=initech, name=name, email=email, password=password)
    assert field in refused.value.fields
    with enter(initech):
        assert not User.objects.exists()
    assert letters == []
    assert find_portals(email=email) == []
