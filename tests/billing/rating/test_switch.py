"""The switch's own door: over HTTP, with a token, from its own network."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing.domain import wallet
from billing.domain.override import override_limit
from billing.rating.domain.devices import FAILURES, new_secret
from billing.rating.models import Call, CallAccount, SipUser
from infra.kit.access import SYSTEM
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.call import at, caller, deck, money
from tests.factories.operator import Console

TOKEN = "switch-token-of-the-tests"
Ask = Callable[..., Any]


@pytest.fixture
def device(portal: Portal) -> SipUser:
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    money(portal, "60")
    return caller(portal)


@pytest.fixture
def switch(db: None, settings: Any) -> Ask:
    """`switch("events", {...})` posts, `switch("cuts")` gets; answers (status, document)."""
    settings.SWITCH_TOKENS = [TOKEN]
    client = Client(SERVER_NAME=settings.BASE_DOMAIN, HTTP_HOST=settings.BASE_DOMAIN)

    def ask(path: str, data: Any = None, **headers: str) -> tuple[int, Any]:
        more = {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}", **headers}
        url = f"/switch/v1/{path}"
        answer = client.get(url, **more) if data is None else client.post(url, data, "application/json", **more)
        return answer.status_code, answer.json()

    return ask


def start(device: SipUser, number: str = "+442079460123", call_id: str = "c1") -> dict[str, str]:
    return {"call_id": call_id, "username": device.username, "number": number}


def test_a_call_from_question_to_charge(switch: Ask, device: SipUser) -> None:
    status, answer = switch("authorize", start(device))
    assert status == 200
    assert answer == {
        "call_id": "c1",
        "number": "442079460123",
        "allowed_seconds": 600,
        "reserved": "6.0000",
        "currency": "USD",
        "route": "standard",
        "caller": "",
    }
    for kind, second in (("start", 0), ("answer", 3)):
        assert switch("events", {"call_id": "c1", "kind": kind, "at": at(second).isoformat()})[1]["hang_up"] == ""
    assert switch("extend", {"call_id": "c1"})[1]["allowed_seconds"] == 600 + 540
    end = {"call_id": "c1", "kind": "end", "at": at(123.4).isoformat(), "cause": "bye"}
    assert switch("events", end)[1]["charge"] == "1.2000"
    assert switch("events", end)[0] == 200
    assert wallet.balance(device.portal_id) == Decimal("58.8")


@pytest.mark.parametrize(
    "headers", [{"HTTP_AUTHORIZATION": ""}, {"HTTP_AUTHORIZATION": "Bearer x"}, {"REMOTE_ADDR": "203.0.113.9"}]
)
def test_nobody_else_is_let_in(switch: Ask, device: SipUser, headers: dict[str, str]) -> None:
    assert switch("authorize", start(device), **headers)[0] == 404
    assert switch("cuts", **headers)[0] == 404
    assert Call.objects.count() == 0


def test_without_a_token_there_is_no_switch(switch: Ask, device: SipUser, settings: Any) -> None:
    settings.SWITCH_TOKENS = []
    assert switch("authorize", start(device))[0] == 404


def test_a_verified_certificate_comes_from_the_proxy(switch: Ask, device: SipUser, settings: Any) -> None:
    settings.SWITCH_CERTIFICATES, settings.TRUSTED_PROXY_HOPS = True, 1
    assert switch("cuts")[0] == 404
    assert switch("cuts", HTTP_X_CLIENT_VERIFY="SUCCESS")[0] == 200


def test_a_portals_session_opens_nothing(device: SipUser, as_: Callable[[User], Client], alice: User) -> None:
    assert as_(alice).post("/switch/v1/authorize", start(device), "application/json").status_code == 404


@pytest.mark.parametrize(
    ("path", "data", "status", "code"),
    [
        ("authorize", {"call_id": "c1", "username": "nobody", "number": "+442079460123"}, 403, "device_off"),
        ("authorize", {"call_id": "", "username": "d", "number": "1"}, 400, "invalid"),
        ("authorize", ["c1"], 400, "invalid"),
        ("events", {"call_id": "none", "kind": "end", "at": "2026-03-04T12:00:00Z"}, 404, "not_found"),
        ("events", {"call_id": "none", "kind": "end", "at": "2026-03-04T12:00:00"}, 400, "invalid"),
        ("events", {"call_id": "none", "kind": "sing", "at": "2026-03-04T12:00:00Z"}, 400, "invalid"),
        ("events", {"call_id": "none", "kind": "end", "at": "0001-01-01T00:00:00+23:00"}, 400, "invalid"),
        ("events", {"call_id": "none", "kind": "end", "at": "1999-12-31T23:59:59Z"}, 400, "invalid"),
        ("authorize", {"call_id": "c1", "username": "\ud800", "number": "+442079460123"}, 400, "invalid"),
        ("extend", {"call_id": "none"}, 404, "not_found"),
        ("running", {"calls": "c1"}, 400, "invalid"),
        ("registrations", {"username": "d", "succeeded": "no"}, 400, "invalid"),
    ],
)
def test_bad_words_are_refused(switch: Ask, path: str, data: Any, status: int, code: str) -> None:
    found, answer = switch(path, data)
    assert (found, answer["code"]) == (status, code)


def test_a_refusal_is_a_problem_document(switch: Ask, device: SipUser) -> None:
    status, answer = switch("authorize", start(device, "+33123456789"))
    assert (status, answer["code"]) == (403, "unknown_prefix")


def test_digests_and_lockout(switch: Ask, device: SipUser) -> None:  # promise 72
    made = new_secret(actor=Console(), device_id=device.pk)
    text = f"{device.username}:{device.realm}:{made.secret}".encode()
    status, answer = switch(f"ha1?username={device.username}")
    assert (status, answer["ha1_sha256"]) == (200, hashlib.sha256(text).hexdigest())
    assert answer["ha1"] == hashlib.md5(text).hexdigest()
    for index in range(FAILURES):
        locked = switch("registrations", {"username": device.username, "succeeded": False})[1]["locked"]
        assert locked is (index == FAILURES - 1)
    assert switch(f"ha1?username={device.username}")[0] == 404
    SipUser.objects.update(locked_until=timezone.now())
    assert switch(f"ha1?username={device.username}")[0] == 200
    assert switch("ha1?username=nobody")[0] == 404


def test_a_stopped_portals_calls_are_cut(switch: Ask, device: SipUser) -> None:  # promise 70
    switch("authorize", start(device))
    switch("authorize", start(device, "112", "help"))
    switch("events", {"call_id": "c1", "kind": "start", "at": at(0).isoformat()})
    CallAccount.objects.update(stopped_at=timezone.now())
    assert switch("cuts")[1] == {"hang_up": ["c1"]}
    assert switch("running", {"calls": ["c1", "gone", "help"]})[1] == {"hang_up": ["gone", "c1"]}
    assert switch("events", {"call_id": "c1", "kind": "answer", "at": at(1).isoformat()})[1]["hang_up"] == "stopped"
    assert switch("events", {"call_id": "help", "kind": "answer", "at": at(1).isoformat()})[1]["hang_up"] == ""
