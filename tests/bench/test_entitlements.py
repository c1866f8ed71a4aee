"""What a question to the gates costs, and how long it takes from sending the sign-up form to the first lead."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from billing.domain import entitlement
from infra.db.current import enter
from infra.kit import gates
from modules.crm.contracts import LeadIntake
from modules.crm.public import accept_lead
from saas.signup.domain import protection
from tenants.portals.domain.spares import fill_pool
from tenants.portals.models import Portal
from tests.bench.figures import cpu_of, figure, p95, walls
from tests.support import clients, portals

pytestmark = pytest.mark.bench
COMPANIES = 20


def test_a_question_to_the_gates(fresh_portal: Callable[[], Portal]) -> None:
    portal = fresh_portal()
    with enter(portal):
        gates.limit_of("people.seats")
        asked = cpu_of(lambda: gates.limit_of("people.seats"), 50_000)
        writable = cpu_of(gates.require_writable, 50_000)
        read = cpu_of(lambda: entitlement.load(portal.schema_name), 300)
    figure("entitlement question", asked * 1e6, "µs", at_most=5, beside=f"from the database {read * 1e6:,.0f} µs")
    figure("may the portal be changed?", writable * 1e6, "µs", at_most=5)


def test_from_sign_up_to_the_first_lead(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The password is hashed by a cheap hash here; what Argon2 adds is told beside."""
    with django_db_blocker.unblock():
        fill_pool(size=COMPANIES + 2)
        cache.clear()
        service, made = clients.on_service(), []
        forms = [_form(service, number) for number in range(COMPANIES + 2)]

        def register() -> None:
            visitor = f"10.0.0.{len(made)}"
            answer = service.post("/api/v1/portals", forms.pop(), content_type="application/json", REMOTE_ADDR=visitor)
            assert answer.status_code == 201, answer.content
            made.append(Portal.objects.get(slug=answer.json()["address"]))
            with enter(made[-1]):
                accept_lead(LeadIntake(event_id=uuid4(), source="form", person_name="First", phones=("+4930901820",)))

        register()
        taken = walls(register, COMPANIES)
        with CaptureQueriesContext(connection) as statements:
            register()
        hashing = min(walls(lambda: Argon2PasswordHasher().encode("a long and quiet sentence", "salt" * 4), 3))
        figure(
            f"sign-up POST to first lead saved, p95 ({len(statements)} statements)",
            p95(taken) * 1000,
            "ms",
            at_most=150,
            beside=f"Odoo 1,300 ms; Argon2 adds {hashing * 1000:.0f} ms",
        )
        for portal in made:
            portals.erase(portal)


def _form(service: Any, number: int) -> str:
    """A form that is ready to be sent: opened some seconds ago, its proof of work done."""
    with time_machine.travel(timezone.now() - timezone.timedelta(seconds=10), tick=False):
        issued = service.get("/api/v1/portals/challenge").json()
    return json.dumps(
        {
            "company": f"Bench {number}",
            "name": "Ben Bench",
            "email": "ben@bench.example",
            "password": "a long and quiet sentence",
            "address": f"bench-{number}-{time.time_ns() % 10**6}",
            "form": issued["form"],
            "proof": protection.solve(issued["challenge"]),
        }
    )
