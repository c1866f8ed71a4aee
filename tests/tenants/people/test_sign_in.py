"""Signing in, and what it tells to whom."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, override_settings

from infra.audit.models import AuditEntry
from infra.db.current import enter
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD

Browser = Callable[[Portal], Client]
SIGN_IN = "/account/login/"


def sign_in(client: Client, email: str, password: str, **extra: str) -> object:
    return client.post(SIGN_IN, {"login": email, "password": password}, **extra)


def test_a_person_signs_in_in_any_letter_case_and_lands_where_they_were_going(
    acme: Portal, alice: User, anonymous: Browser
) -> None:
    client = anonymous(acme)
    led = client.get("/people/?q=bob")
    assert led.status_code == 302
    assert led["Location"] == "/account/login/?next=/people/%3Fq%3Dbob"
    answer = client.post(led["Location"], {"login": "  ALICE@Acme.example ", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/people/?q=bob")
    assert client.get("/people/me/").status_code == 200
    with enter(acme):
        assert AuditEntry.objects.filter(action="people.sign_in.done", actor_id=alice.id).count() == 1


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)"])
def test_nobody_is_led_to_a_foreign_address(acme: Portal, alice: User, anonymous: Browser, target: str) -> None:
    answer = anonymous(acme).post(f"{SIGN_IN}?next={target}", {"login": alice.email, "password": PASSWORD})
    assert answer["Location"] == "/"


def body_of(answer: object) -> str:
    text = answer.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    text = re.sub(r'(nonce|data-csrf)="[^"]*"', "", text)
    return re.sub(r"(known|alice|nobody)@acme\.example", "X", text)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    acme: Portal, alice: User, anonymous: Browser
) -> None:  # promise 23
    known = sign_in(anonymous(acme), "alice@acme.example", "wrong wrong wrong")
    unknown = sign_in(anonymous(acme), "nobody@acme.example", "wrong wrong wrong")
    assert known.status_code == unknown.status_code == 200
    assert body_of(known) == body_of(unknown)


@override_settings(
    PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"],
    ACCOUNT_RATE_LIMITS={"login": "1000/m/ip", "login_failed": "1000/m/ip"},
)
def test_an_unknown_address_takes_as_long_as_a_wrong_password(
    acme: Portal, alice: User, anonymous: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # promise 23: the hashing, which takes nearly all of the time, is done once for either
    with enter(acme):
        alice.set_password(PASSWORD)
        alice.save()
    hashed: list[str] = []
    for way in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, way)

        def counted(
            self: Argon2PasswordHasher, password: str, *rest: str, real: Callable[..., object] = real
        ) -> object:
            hashed.append(password)
            return real(self, password, *rest)

        monkeypatch.setattr(Argon2PasswordHasher, way, counted)
    client = anonymous(acme)
    for email in ("alice@acme.example", "nobody@acme.example"):
        hashed.clear()
        sign_in(client, email, "wrong wrong wrong")
        assert hashed == ["wrong wrong wrong"], email


def test_guessing_at_one_account_is_stopped_and_others_still_come_in(
    acme: Portal, alice: User, bob: User, anonymous: Browser
) -> None:  # promise 24
    for _attempt in range(5):
        assert "Too many attempts" not in sign_in(anonymous(acme), alice.email, "wrong").content.decode()
    assert "Too many attempts" in sign_in(anonymous(acme), alice.email, PASSWORD).content.decode()
    assert "Too many attempts" in sign_in(anonymous(acme), alice.email.upper(), PASSWORD).content.decode()
    assert sign_in(anonymous(acme), bob.email, PASSWORD).status_code == 302


def test_one_portals_attempts_do_not_count_in_another(
    acme: Portal, globex: Portal, alice: User, charlie: User, anonymous: Browser
) -> None:
    with enter(globex):
        charlie.email = alice.email
        charlie.save()
        charlie.emailaddress_set.update(email=alice.email)
    for _attempt in range(6):
        sign_in(anonymous(acme), alice.email, "wrong")
    assert sign_in(anonymous(globex), alice.email, PASSWORD).status_code == 302


@override_settings(ACCOUNT_RATE_LIMITS={"login_failed": "3/m/ip"}, TRUSTED_PROXY_HOPS=1)
def test_the_address_is_read_past_our_proxies_and_no_further(acme: Portal, anonymous: Browser) -> None:  # promise 24
    def attempt(forwarded: str) -> bool:
        answer = sign_in(anonymous(acme), "nobody@acme.example", "wrong", HTTP_X_FORWARDED_FOR=forwarded)
        return "Too many attempts" not in answer.content.decode()

    assert [attempt(f"10.9.8.{number}, 203.0.113.7") for number in range(4)] == [True, True, True, False]
    assert attempt("203.0.113.7, 203.0.113.8")  # another visitor behind the same proxy
    assert not attempt("::ffff:203.0.113.7")  # the first one again, as a proxy that listens on IPv6 writes it
    assert attempt("::ffff:203.0.113.9")  # and all who come that way are not one visitor


@override_settings(ACCOUNT_RATE_LIMITS={"login_failed": "3/m/ip"}, TRUSTED_PROXY_HOPS=0)
def test_without_proxies_the_header_is_not_believed(acme: Portal, anonymous: Browser) -> None:  # promise 24
    answers = [
        sign_in(anonymous(acme), "nobody@acme.example", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        for number in range(4)
    ]
    assert "Too many attempts" in answers[-1].content.decode()


def test_a_session_is_worth_nothing_on_another_portal(
    acme: Portal, globex: Portal, alice: User, charlie: User, as_: Callable[[User], Client], anonymous: Browser
) -> None:  # promises 1, 10
    assert alice.id == charlie.id
    mine = as_(alice)
    thief = anonymous(globex)
    thief.cookies = mine.cookies
    assert mine.get("/people/me/").status_code == 200
    assert thief.get("/people/me/")["Location"] == "/account/login/?next=/people/me/"


def test_cookies_belong_to_the_host_alone(acme: Portal, alice: User, anonymous: Browser) -> None:  # promise 10
    client = anonymous(acme)
    sign_in(client, alice.email, PASSWORD)
    assert client.cookies["session"]["domain"] == ""
    assert client.cookies["session"]["httponly"] is True
    assert client.cookies["session"]["samesite"] == "Lax"


def test_nobody_signs_up(acme: Portal, anonymous: Browser) -> None:
    client = anonymous(acme)
    page = client.get("/account/join/")
    assert page.status_code == 200
    assert "by invitation" in page.content.decode()
    answer = client.post("/account/join/", {"email": "eve@evil.example", "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 405
    assert client.post("/account/signup/", {}).status_code == 404
    with enter(acme):
        assert User.objects.count() == 4


def test_a_deactivated_person_stays_outside(acme: Portal, bob: User, anonymous: Browser) -> None:
    with enter(acme):
        User.objects.filter(id=bob.id).update(is_active=False)
    client = anonymous(acme)
    sign_in(client, bob.email, PASSWORD)
    assert client.get("/people/me/").status_code == 302


def test_signing_out_wants_a_post(acme: Portal, alice: User, as_: Callable[[User], Client]) -> None:
    client = as_(alice)
    assert client.get("/account/logout/").status_code == 200
    assert client.get("/people/me/").status_code == 200
    assert client.post("/account/logout/").status_code == 302
    assert client.get("/people/me/").status_code == 302


def test_without_redis_nobody_signs_in_and_nothing_breaks(
    acme: Portal, alice: User, anonymous: Browser, settings: object
) -> None:  # promise 75
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    client = anonymous(acme)
    assert client.get(SIGN_IN).status_code == 200
    settings.CACHES = {"default": away}
    assert sign_in(client, alice.email, PASSWORD).status_code == 503
    assert client.get("/people/me/").status_code == 302
