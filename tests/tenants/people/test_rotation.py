"""A new SECRET_KEY, with the old one among the fallbacks: nobody is signed out, no link dies (promise 82)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from infra.adapters.storage import get_storage, portal_key
from infra.db.current import enter
from infra.live.door import Door
from tenants.people.domain.invitation import invite_people
from tenants.people.domain.role import built_in_role
from tenants.people.domain.sessions import end_sessions
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD
from tests.tenants.people.conftest import Sent

Browser = Callable[[Portal], Client]


@pytest.fixture
def rotate(settings: Settings) -> Callable[[], None]:
    def new_key() -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another " * 8

    return new_key


def test_sessions_go_on_and_can_still_be_ended(
    acme: Portal, alice: User, anonymous: Browser, rotate: Callable[[], None], settings: Settings
) -> None:
    client = anonymous(acme)
    assert client.post("/account/login/", {"login": alice.email, "password": PASSWORD}).status_code == 302
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    rotate()

    visitor = Door(lambda host: acme.schema_name).visitor(acme.schema_name, f"{settings.SESSION_COOKIE_NAME}={cookie}")
    assert visitor is not None
    assert visitor.user_id == alice.pk
    second_tab = anonymous(acme)
    second_tab.cookies = client.cookies
    assert [tab.get("/people/me/").status_code for tab in (client, second_tab, client)] == [200, 200, 200]
    assert client.cookies[settings.SESSION_COOKIE_NAME].value == cookie
    with enter(acme):
        assert UserSession.objects.get(user=alice).session_key == cookie
        assert end_sessions(actor=alice, person=alice) == 1
        assert not Session.objects.filter(pk=cookie).exists()
    assert client.get("/people/me/").status_code == 302


def test_links_stay_good(
    acme: Portal,
    alice: User,
    anonymous: Browser,
    letters: list[Sent],
    rotate: Callable[[], None],
) -> None:
    with enter(acme):
        invite_people(actor=alice, emails=["new@acme.example"], role=built_in_role("employee"))
        get_storage().put(portal_key("rotation"), b"kept", "text/plain")
        file = get_storage().url(portal_key("rotation"), filename="a.txt", content_type="text/plain")
    anonymous(acme).post("/account/password/reset/", {"email": alice.email})
    invitation, reset = letters[0].link("/invitation/"), letters[1].link("/password/")
    rotate()

    assert b"new@acme.example" in anonymous(acme).get(invitation).content
    browser = anonymous(acme)
    page = browser.get(reset, follow=True)
    new = "an entirely new sentence"
    assert browser.post(page.request["PATH_INFO"], {"password1": new, "password2": new}).status_code == 302
    with enter(acme):
        assert User.objects.get(pk=alice.pk).check_password(new)
    assert b"".join(anonymous(acme).get(file).streaming_content) == b"kept"
