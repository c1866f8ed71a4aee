"""A company registers in a browser."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from redis import RedisError

from billing.models import Subscription
from infra.db.current import enter
from saas.signup.domain import protection
from saas.signup.models import Registration
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.support import clients

PASSWORD = "a long and quiet sentence"


class Fields(HTMLParser):
    """The hidden fields of the form, and its task."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.challenge = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "input" and found.get("name"):
            self.values[found["name"]] = found.get("value", "")
        if "data-challenge" in found:
            self.challenge = found["data-challenge"]


pytestmark = pytest.mark.usefixtures("no_knocks")


def filled(service: Client, **changes: str) -> dict[str, str]:
    """The form as a person with a browser fills it in, some seconds later."""
    import json

    with time_machine.travel(timezone.now() - timezone.timedelta(seconds=10), tick=False):
        fields = Fields(service.get("/signup/").content.decode())
    return {
        "company": "Initech",
        "name": "Ivan Init",
        "email": "ivan@initech.example",
        "password": PASSWORD,
        "address": "initech",
        "website": "",
        "form": fields.values["form"],
        "proof": protection.solve(json.loads(fields.challenge)),
        "letter": "",
        "time_zone": "Europe/Moscow",
        **changes,
    }


def test_the_owner_lands_signed_in_on_the_first_steps(service: Client) -> None:
    answer = service.post("/signup/", filled(service), headers={"Accept-Language": "ru-RU,ru;q=0.9"})

    portal = Portal.objects.get(slug="initech")
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{portal.url}/welcome/")
    browser = clients.anonymous(portal)
    inside = browser.get(urlsplit(answer["Location"]).path)
    assert (inside.status_code, inside["Location"]) == (302, "/first-steps/")
    page = browser.get("/first-steps/")
    assert page.status_code == 200
    assert (portal.status, portal.locale, portal.currency, portal.time_zone, portal.region) == (
        "trial",
        "ru",
        "RUB",
        "Europe/Moscow",
        "RU",
    )
    subscription = Subscription.objects.get(portal=portal)
    assert subscription.version.plan.slug == "company"
    assert subscription.trial_ends_at is not None
    assert (subscription.trial_ends_at - timezone.now()).days == 29
    with enter(portal):
        owner = User.objects.get()
        assert (owner.email, owner.is_owner, owner.display_name) == ("ivan@initech.example", True, "Ivan Init")


def test_the_ticket_is_good_once_and_only_there(service: Client, acme: Portal) -> None:  # promise 6
    answer = service.post("/signup/", filled(service))
    path = urlsplit(answer["Location"]).path
    portal = Portal.objects.get(slug="initech")

    assert clients.anonymous(acme).get(path)["Location"] == "/"
    assert clients.anonymous(portal).get(path)["Location"] == "/first-steps/"
    second = clients.anonymous(portal)
    assert second.get(path)["Location"] == "/"
    assert second.get("/first-steps/").status_code == 302


def test_a_double_click_makes_one_portal(service: Client) -> None:
    form = filled(service)

    first = service.post("/signup/", form)
    second = service.post("/signup/", form)

    assert first.status_code == second.status_code == 302
    assert urlsplit(first["Location"]).netloc == urlsplit(second["Location"]).netloc
    assert Portal.objects.filter(name="Initech").count() == 1


def test_a_used_form_opens_no_door_to_somebody_else(service: Client) -> None:
    form = filled(service)
    service.post("/signup/", form)

    answer = service.post("/signup/", {**form, "password": "another long sentence"})

    assert answer.status_code == 422
    assert b"used already" in answer.content
    assert b"/welcome/" not in answer.content


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"address": "acme"}, "taken"),
        ({"address": "www"}, "taken"),
        ({"address": "a b"}, "Use the letters a to z"),
        ({"password": "short"}, "at least 10 characters"),
        ({"email": "nobody"}, "valid email address"),
        ({"company": " "}, "required"),
        ({"proof": "nonsense"}, "has not finished"),
        ({"form": "forged:1:2"}, "open for too long"),
        ({"website": "https://robots.example"}, "does not look like a person"),
    ],
)
def test_what_is_wrong_is_said_what_was_typed_is_kept_and_nothing_is_made(
    service: Client, acme: Portal, changes: dict[str, str], said: str
) -> None:
    portals = Portal.objects.count()

    answer = service.post("/signup/", filled(service, **changes))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    kept = Fields(page).values
    assert kept["email"] == changes.get("email", "ivan@initech.example")
    assert kept["address"] == changes.get("address", "initech")
    assert Portal.objects.count() == portals
    assert not Registration.objects.exists()


def test_a_robot_that_is_too_fast_is_refused(service: Client) -> None:
    import json

    fields = Fields(service.get("/signup/").content.decode())
    form = filled(service, form=fields.values["form"], proof=protection.solve(json.loads(fields.challenge)))

    answer = service.post("/signup/", form)

    assert answer.status_code == 422
    assert b"very fast" in answer.content


def test_a_proof_belongs_to_its_form(service: Client) -> None:  # promise 55
    stolen = filled(service)["proof"]

    answer = service.post("/signup/", filled(service, proof=stolen))

    assert answer.status_code == 422
    assert not Registration.objects.exists()


def test_hidden_fields_set_nothing(service: Client) -> None:  # promise 27
    service.post(
        "/signup/",
        filled(
            service, plan="team", status="active", is_operator="1", trial_ends_at="2099-01-01", role="guest", portal="1"
        ),
    )

    portal = Portal.objects.get(slug="initech")
    assert (portal.is_operator, portal.status) == (False, "trial")
    assert Subscription.objects.get(portal=portal).version.plan.slug == "company"


def test_without_javascript_a_letter_stands_in_for_the_proof(service: Client, letters: list[tuple[str, ...]]) -> None:
    answer = service.post("/signup/", filled(service, proof=""))
    assert answer.status_code == 200
    assert b"mailbox" in answer.content
    assert not Portal.objects.filter(slug="initech").exists()
    [(to, _subject, text, _html)] = letters
    assert to == "ivan@initech.example"
    link = next(word for word in text.split() if "letter=" in word)

    fields = Fields(service.get("/signup/", {"letter": link.partition("letter=")[2]}).content.decode()).values
    assert (fields["company"], fields["email"], fields["address"]) == ("Initech", "ivan@initech.example", "initech")
    stolen = service.post("/signup/", filled(service, proof="", letter=fields["letter"], email="eve@evil.example"))
    assert b"mailbox" in stolen.content
    done = service.post("/signup/", filled(service, proof="", letter=fields["letter"]))

    assert done.status_code == 302
    assert Portal.objects.filter(slug="initech").count() == 1


def test_one_visitor_registers_five_portals_an_hour(service: Client) -> None:
    for number in range(protection.REGISTRATIONS.times):
        answer = service.post("/signup/", filled(service, address=f"initech-{number}"))
        assert answer.status_code == 302

    refused = service.post("/signup/", filled(service, address="initech-more"))

    assert refused.status_code == 429
    assert not Portal.objects.filter(slug="initech-more").exists()


def test_without_redis_nobody_registers_uncounted(service: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object) -> None:
        raise RedisError

    sent = filled(service)
    monkeypatch.setattr("saas.throttle.cache.add", away)  # promise 75
    assert service.post("/signup/", sent).status_code == 503
    assert not Portal.objects.filter(slug="initech").exists()


def test_registering_says_nothing_about_accounts(service: Client, alice: User) -> None:  # promise 23
    fresh = service.post("/signup/", filled(service, email="nobody@example.com", address="fresh-one"))
    known = service.post("/signup/", filled(service, email=alice.email, address="fresh-two"))

    assert fresh.status_code == known.status_code == 302


def test_the_address_is_suggested_and_checked_while_typing(service: Client, acme: Portal) -> None:
    assert service.get("/signup/suggestion/", {"company": "Рога и Копыта"}).json() == {"address": "roga-i-kopyta"}
    assert service.get("/signup/suggestion/", {"company": "Acme"}).json() == {"address": "acme-2"}
    assert "is free" in service.get("/signup/address/", {"address": "initech"}).content.decode()
    assert "taken" in service.get("/signup/address/", {"address": "Acme"}).content.decode()
    assert service.get("/signup/address/", {"address": ""}).content.strip() == b""
