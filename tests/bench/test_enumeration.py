"""Do sign-in, reset, registration or an invitation tell by their time who has an account (promise 23)?

200 samples of each, known and unknown addresses in turn, so that the machine's noise hits both alike.
"""

from __future__ import annotations

import re
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from infra.db.current import enter
from tenants.people.domain.role import built_in_role
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.bench.figures import figure
from tests.saas.signup.test_signup import filled
from tests.support import clients, portals

pytestmark = [pytest.mark.bench, pytest.mark.commits]
SAMPLES = 200
Ask = Callable[[str], Any]
_CHANGING = re.compile(r'="[^"]*"|[\w.-]+@[\w.-]+|bench-\w+')


def compare(what: str, ask: Ask, known: str, unknown: Callable[[], str]) -> None:
    """Note how far the medians lie apart; the answers must be the same."""
    took: tuple[list[float], list[float]] = ([], [])
    said: tuple[set[Any], set[Any]] = (set(), set())
    for number in range(SAMPLES + 5):
        pair = [(0, known), (1, unknown())]
        for place, email in pair if number % 2 else reversed(pair):
            began = time.perf_counter()
            answer = ask(email)
            if number >= 5:
                took[place].append(time.perf_counter() - began)
                said[place].add((answer.status_code, _CHANGING.sub("", answer.content.decode())))
    assert said[0] == said[1], what
    known_ms, unknown_ms = (statistics.median(times) * 1000 for times in took)
    figure(
        f"{what}: medians of known and unknown addresses apart",
        abs(known_ms - unknown_ms) / known_ms * 100,
        "%",
        at_most=10,
        beside=f"{known_ms:.2f} ms and {unknown_ms:.2f} ms",
    )


def anyone() -> str:
    """An address of about the same length that nobody has."""
    return f"{secrets.token_hex(3)}@initech.example"


@pytest.fixture
def unlimited() -> Iterator[None]:
    rates = dict.fromkeys(("login", "login_failed", "reset_password"), "100000/m/ip")
    hashers = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers, ACCOUNT_RATE_LIMITS=rates):
        yield


def test_nothing_tells_who_has_an_account(
    fresh_portal: Callable[..., Portal], unlimited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, other = fresh_portal("Initech"), fresh_portal("Umbrella")
    with enter(portal):
        owner = User.objects.owners().get()
        owner.email = "olivia@initech.example"
        owner.set_password(portals.PASSWORD)
        owner.save()
        owner.emailaddress_set.update(email=owner.email)
    visitor, service = clients.anonymous(portal), clients.on_service()
    monkeypatch.setattr("saas.signup.domain.protection.HARDNESS", 5)
    for module in ("saas.site.views.find", "saas.signup.domain.protection"):
        monkeypatch.setattr(f"{module}.throttle", lambda *args: None)

    def sign_in(email: str) -> Any:
        return visitor.post("/account/login/", {"login": email, "password": "wrong wrong wrong"})

    def reset(email: str) -> Any:
        return visitor.post("/account/password/reset/", {"email": email})

    def find(email: str) -> Any:
        return service.post("/find/", {"email": email})

    def invite(email: str) -> Any:
        with enter(other):
            role = built_in_role(Role.Base.GUEST).pk
        answer = theirs.post("/people/invite/", {"emails": email, "role": role, "department": ""})
        with enter(other):
            from tenants.people.models import Invitation

            Invitation.objects.all().delete()
        return answer

    def register(email: str) -> Any:
        form = filled(service, email=email, address=f"bench-{secrets.token_hex(4)}", company="")
        return service.post("/signup/", form)  # the form as it is judged, without making a portal each time

    compare("sign-in", sign_in, owner.email, anyone)
    compare("password reset", reset, owner.email, anyone)
    compare("find my portal", find, owner.email, anyone)
    with enter(other):
        theirs: Client = clients.signed_in(User.objects.owners().get())
    compare("invitation of somebody else's colleague", invite, owner.email, anyone)
    compare("registration", register, owner.email, anyone)
