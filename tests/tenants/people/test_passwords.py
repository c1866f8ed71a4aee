"""Forgotten, changed and reset passwords; addresses confirmed and changed."""

from collections.abc import Callable

from django.test import Client

from infra.db.current import enter
from tenants.people.models import User
from tenants.people.sign_in.tokens import issue_entry_ticket
from tenants.portals.domain.email_index import find_portals
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD
from tests.tenants.people.conftest import Sent
from tests.tenants.people.test_sign_in import body_of

Browser = Callable[[Portal], Client]
NEW = "seven green bicycles"


def ask_reset(client: Client, email: str) -> object:
    return client.post("/account/password/reset/", {"email": email}, follow=True)


def test_reset_answers_the_same_to_every_address(
    acme: Portal, alice: User, anonymous: Browser, letters: list[Sent]
) -> None:  # promise 23
    known = ask_reset(anonymous(acme), "alice@acme.example")
    unknown = ask_reset(anonymous(acme), "nobody@acme.example")
    assert body_of(known) == body_of(unknown)
    assert known.redirect_chain == unknown.redirect_chain == [("/account/password/reset/done/", 302)]
    assert [letter.to for letter in letters] == ["alice@acme.example"]


def test_the_request_itself_looks_nothing_up(
    acme: Portal,
    alice: User,
    anonymous: Browser,
    letters: list[Sent],
    monkeypatch: object,
    django_assert_num_queries: object,
) -> None:
    from tenants.people import jobs

    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(jobs.send_password_reset, "enqueue", lambda *args: asked.append(args))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for email in ("alice@acme.example", "nobody@acme.example"):
        with CaptureQueriesContext(connection) as queries:
            anonymous(acme).post("/account/password/reset/", {"email": email})
        counts.append(len(queries))
        assert not any("people_user" in query["sql"] for query in queries)
    assert counts[0] == counts[1]
    assert asked == [("alice@acme.example", "en"), ("nobody@acme.example", "en")]


def reset_link(client: Client, email: str, letters: list[Sent]) -> str:
    ask_reset(client, email)
    return letters[-1].link("password/reset/key")


def choose(client: Client, link: str, password: str) -> object:
    page = client.get(link, follow=True)
    form = page.redirect_chain[-1][0] if page.redirect_chain else link
    return client.post(form, {"password1": password, "password2": password})


def test_a_reset_link_works_once(acme: Portal, alice: User, anonymous: Browser, letters: list[Sent]) -> None:
    link = reset_link(anonymous(acme), alice.email, letters)
    assert letters[0].link("account").startswith("/account/password/reset/key/")
    assert f"http://{acme.host}" in letters[0].text
    assert choose(anonymous(acme), link, NEW).status_code == 302
    with enter(acme):
        alice.refresh_from_db()
        assert alice.check_password(NEW)
    assert "not good any more" in anonymous(acme).get(link, follow=True).content.decode()
    choose(anonymous(acme), link, "another password here")
    with enter(acme):
        alice.refresh_from_db()
        assert alice.check_password(NEW)


def test_a_reset_link_is_dead_on_another_portal(
    acme: Portal, globex: Portal, alice: User, charlie: User, anonymous: Browser, letters: list[Sent]
) -> None:  # promise 6
    with enter(globex):  # the worst case: same id, same address, same password hash
        User.objects.filter(id=charlie.id).update(
            email=alice.email, password=alice.password, last_login=alice.last_login
        )
    link = reset_link(anonymous(acme), alice.email, letters)
    assert "not good any more" in anonymous(globex).get(link, follow=True).content.decode()
    choose(anonymous(globex), link, NEW)
    with enter(globex):
        charlie.refresh_from_db()
        assert charlie.check_password(PASSWORD)
    assert choose(anonymous(acme), link, NEW).status_code == 302


def test_a_new_password_signs_the_others_out(
    acme: Portal, alice: User, anonymous: Browser, letters: list[Sent]
) -> None:
    here, elsewhere = anonymous(acme), anonymous(acme)
    for client in (here, elsewhere):
        client.post("/account/login/", {"login": alice.email, "password": PASSWORD})
    answer = here.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert answer.status_code == 302
    assert here.get("/people/me/").status_code == 200
    assert elsewhere.get("/people/me/").status_code == 302
    assert [letter.subject for letter in letters] == ["A change to your account"]


def test_an_address_changes_when_the_new_one_confirms(
    acme: Portal, globex: Portal, alice: User, anonymous: Browser, letters: list[Sent]
) -> None:
    client = anonymous(acme)
    client.post("/account/login/", {"login": alice.email, "password": PASSWORD})
    asked = client.post("/account/email/", {"email": "Alice.New@acme.example", "action_add": "1"})["Location"]
    assert asked.startswith("/account/again/")  # and what was typed is not lost
    assert client.post(asked, {"password": PASSWORD})["Location"] == "/account/email/"
    with enter(acme):
        alice.refresh_from_db()
        assert alice.email == "alice@acme.example"
    link = letters[-1].link("confirm-email")
    assert letters[-1].to == "alice.new@acme.example"
    assert "not good any more" in anonymous(globex).get(link).content.decode()  # promise 6
    assert anonymous(globex).post(link).status_code == 404
    assert client.post(link).status_code == 302
    with enter(acme):
        alice.refresh_from_db()
        assert alice.email == "alice.new@acme.example"
    assert find_portals(email="alice@acme.example") == []
    assert find_portals(email="ALICE.new@acme.example") == [acme]


def test_a_taken_address_is_refused(acme: Portal, alice: User, bob: User, as_: Callable[[User], Client]) -> None:
    client = as_(alice)
    client.post("/account/again/", {"password": PASSWORD})
    answer = client.post("/account/email/", {"email": bob.email, "action_add": "1"})
    assert "already in this portal" in answer.content.decode()
    with enter(acme):
        assert alice.emailaddress_set.count() == 1


def test_an_entry_ticket_is_good_once_and_here(
    acme: Portal, globex: Portal, alice: User, charlie: User, anonymous: Browser
) -> None:  # promise 6
    with enter(acme):
        ticket = issue_entry_ticket(alice)
    elsewhere = anonymous(globex)
    assert elsewhere.get(f"/welcome/{ticket}/")["Location"] == "/"
    assert elsewhere.get("/people/me/").status_code == 302
    client = anonymous(acme)
    assert client.get(f"/welcome/{ticket}/")["Location"] == "/first-steps/"
    assert client.get("/people/me/").status_code == 200
    again = anonymous(acme)
    assert again.get(f"/welcome/{ticket}/")["Location"] == "/"
    assert again.get("/people/me/").status_code == 302
