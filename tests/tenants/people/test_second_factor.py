"""The second step of signing in: asked on every way, works once, demanded where the company wants it."""

import json
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)

from infra.db.current import enter
from infra.kit.errors import Denied
from tenants.people.domain.policy import set_sign_in_policy, sign_in_policy
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD
from tests.tenants.people.conftest import Sent
from tests.tenants.people.test_passwords import NEW, choose, reset_link

Browser = Callable[[Portal], Client]


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def secret(acme: Portal, alice: User) -> str:
    """Alice has an authenticator app with this secret, and recovery codes."""
    made = generate_totp_secret()
    with enter(acme):
        TOTP.activate(alice, made)
        RecoveryCodes.activate(alice)
    return made


def first_step(client: Client, password: str = PASSWORD) -> str:
    return client.post("/account/login/", {"login": "alice@acme.example", "password": password})["Location"]


def inside(client: Client) -> bool:
    return client.get("/people/me/").status_code == 200


def test_the_password_alone_lets_nobody_in(acme: Portal, secret: str, anonymous: Browser) -> None:  # promise 26
    client = anonymous(acme)
    assert first_step(client) == "/account/login/step/"
    assert not inside(client)
    assert client.post("/account/login/step/", {"code": "000000"}).status_code == 200
    assert not inside(client)
    assert client.post("/account/login/step/", {"code": code_of(secret)}).status_code == 302
    assert inside(client)


def test_a_code_works_once(acme: Portal, secret: str, anonymous: Browser) -> None:  # promise 26
    code = code_of(secret)
    first, second = anonymous(acme), anonymous(acme)
    first_step(first)
    first_step(second)
    assert first.post("/account/login/step/", {"code": code}).status_code == 302
    second.post("/account/login/step/", {"code": code})
    assert inside(first)
    assert not inside(second)


def passkey(person: User) -> None:
    """Give the person a passkey, as their browser would have made it."""
    key = ES256({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})
    credential = AttestedCredentialData.create(b"\0" * 16, b"key", key)
    data = AuthenticatorData.create(b"h" * 32, AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT, 0, credential)
    response = AuthenticatorAttestationResponse(
        client_data=CollectedClientData.create("webauthn.create", b"challenge", "https://acme.example"),
        attestation_object=AttestationObject.create("none", data, {}),
    )
    made = {"name": "Phone", "credential": dict(RegistrationResponse(raw_id=b"key", response=response))}
    Authenticator.objects.create(user=person, type="webauthn", data=json.loads(json.dumps(made)))


def test_a_passkey_is_offered_to_who_has_one(acme: Portal, alice: User, secret: str, anonymous: Browser) -> None:
    client = anonymous(acme)
    first_step(client)
    assert "Use a passkey" not in client.get("/account/login/step/").content.decode()
    with enter(acme):
        passkey(alice)
    assert "Use a passkey" in client.get("/account/login/step/").content.decode()


def test_a_recovery_code_works_once(acme: Portal, alice: User, secret: str, anonymous: Browser) -> None:  # promise 26
    with enter(acme):
        codes = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()
    first, second = anonymous(acme), anonymous(acme)
    for client in (first, second):
        first_step(client)
        client.post("/account/login/step/", {"code": codes[0]})
    assert inside(first)
    assert not inside(second)


def test_a_reset_does_not_skip_it(
    acme: Portal, secret: str, anonymous: Browser, letters: list[Sent]
) -> None:  # promise 26
    client = anonymous(acme)
    link = reset_link(client, "alice@acme.example", letters)
    choose(client, link, NEW)
    assert not inside(client)
    assert first_step(client, NEW) == "/account/login/step/"
    assert not inside(client)


def test_secrets_are_not_stored_in_the_clear(acme: Portal, alice: User, secret: str) -> None:
    with enter(acme):
        assert secret not in str(Authenticator.objects.get(user=alice, type="totp").data)


def test_secrets_survive_a_new_key(acme: Portal, secret: str, anonymous: Browser, settings: object) -> None:
    # promise 82
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 8
    client = anonymous(acme)
    first_step(client)
    assert client.post("/account/login/step/", {"code": code_of(secret)}).status_code == 302


def test_setting_up_wants_the_password_again(acme: Portal, alice: User, as_: Callable[[User], Client]) -> None:
    client = as_(alice)
    assert client.get("/account/two-step/app/")["Location"].startswith("/account/again/")
    client.post("/account/again/", {"password": PASSWORD})
    page = client.get("/account/two-step/app/")
    assert page.status_code == 200
    answer = client.post("/account/two-step/app/", {"code": code_of(page.context["form"].secret)})
    assert answer["Location"] == "/account/two-step/codes/"
    with enter(acme):
        assert set(Authenticator.objects.filter(user=alice).values_list("type", flat=True)) == {
            "totp",
            "recovery_codes",
        }
    assert client.get("/account/two-step/codes/").status_code == 200


def test_the_company_demands_it(
    acme: Portal,
    alice: User,
    bob: User,
    carol: User,
    secret: str,
    as_: Callable[[User], Client],
    api: Callable[..., Client],
) -> None:  # promise 26
    program = api(carol)
    assert program.get("/api/v1/me").status_code == 200
    with enter(acme):
        set_sign_in_policy(actor=alice, two_factor="administrators")
    late = program.get("/api/v1/me")
    assert (late.status_code, late.json()["code"]) == (403, "second_factor_missing")
    assert as_(bob).get("/people/").status_code == 200
    stopped = as_(carol)
    assert stopped.get("/people/")["Location"] == "/account/two-step/"
    assert stopped.get("/account/two-step/").status_code == 200
    assert stopped.get("/people/", HTTP_HX_REQUEST="true")["HX-Redirect"] == "/account/two-step/"
    refused = stopped.get("/api/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_missing")
    with enter(acme):
        TOTP.activate(carol, generate_totp_secret())
    assert program.get("/api/v1/me").status_code == 200
    assert as_(carol).get("/people/").status_code == 200


def test_who_demands_it_has_it(portal: Portal, alice: User) -> None:
    with pytest.raises(Denied) as refused:
        set_sign_in_policy(actor=alice, two_factor="everyone")
    assert refused.value.code == "second_factor_first"
    assert sign_in_policy().two_factor == "optional"


def test_only_who_may_sets_the_rules(portal: Portal, bob: User, dave: User) -> None:
    for person in (bob, dave):
        with pytest.raises(Denied):
            set_sign_in_policy(actor=person, two_factor="optional")
