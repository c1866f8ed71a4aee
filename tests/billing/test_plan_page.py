"""The page "Plan and usage", the API beside it, and asking for more."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from django.core.cache import cache
from django.test import Client

from billing.contracts import Period
from billing.domain import catalogue, subscription
from billing.models import Plan, Subscription, UpgradeRequest
from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.ui.models import Notification
from tenants.people.models import User
from tenants.portals.models import Portal

As = Callable[[User], Client]


def put_on(portal: Portal, slug: str) -> None:
    version = catalogue.current_version(Plan.objects.get(slug=slug))
    subscription.change_plan(actor=SYSTEM, portal=portal, version=version, period=Period.MONTH, reason="test")


def test_the_owner_sees_what_is_used_and_what_plans_would_give(as_: As, alice: User) -> None:
    page = as_(alice).get("/billing/").content.decode()

    assert "30 days of the trial left" in page
    assert "3 · unlimited" in page  # people
    assert all(name in page for name in ("Free", "Project", "Team", "Company"))
    assert "Ask for “Team”" in page


def test_a_colleague_is_told_whom_to_ask_and_asks_with_one_click(as_: As, bob: User, acme: Portal, alice: User) -> None:
    cache.clear()
    browser = as_(bob)
    page = browser.get("/billing/").content.decode()
    assert "The plan is changed by Alice" in page
    assert "Ask for “Team”" not in page

    assert browser.post("/billing/ask", {"plan": "team"}).status_code == 403
    browser.post("/billing/ask-owner")
    browser.post("/billing/ask-owner")

    with enter(acme):
        assert Notification.objects.filter(person_id=alice.pk).count() == 1
    assert not UpgradeRequest.objects.exists()


def test_guests_do_not_see_the_plan(as_: As, dave: User) -> None:
    assert as_(dave).get("/billing/").status_code == 403


def test_an_administrator_asks_changes_their_mind_and_takes_it_back(as_: As, carol: User, acme: Portal) -> None:
    browser = as_(carol)
    browser.post("/billing/ask", {"plan": "team", "period": "year"})
    browser.post("/billing/ask", {"plan": "project", "period": "month"})
    request = UpgradeRequest.objects.get(portal=acme)
    assert (request.plan.slug, request.period, request.answered_at) == ("project", "month", None)
    assert "asked for the plan “Project”" in browser.get("/billing/").content.decode()

    browser.post("/billing/withdraw")
    assert not UpgradeRequest.objects.exists()
    assert browser.post("/billing/ask", {"plan": "unicorn"}).status_code == 404


def test_a_plan_that_is_too_small_is_said_on_every_page(as_: As, alice: User, acme: Portal) -> None:  # promise 36
    put_on(acme, "free")  # one guest is too many

    page = as_(alice).get("/billing/").content.decode()
    assert "Guests: remove 1 of 1" in page
    since = Subscription.objects.get(portal=acme).over_since
    assert since is not None
    assert "uses more than its plan gives. From" in as_(alice).get("/people/").content.decode()
    with time_machine.travel(since + timedelta(days=15), tick=False):
        assert "so it can only be read" in as_(alice).get("/people/").content.decode()


def test_the_end_of_the_trial_is_announced_a_week_before(as_: As, alice: User, acme: Portal) -> None:
    ends_at = Subscription.objects.get(portal=acme).trial_ends_at
    assert ends_at is not None

    assert "of the trial left" not in as_(alice).get("/people/").content.decode()
    with time_machine.travel(ends_at - timedelta(days=2, hours=1), tick=False):
        assert "3 days of the trial left" in as_(alice).get("/people/").content.decode()


def test_the_api_says_the_same(api: Callable[..., Client], alice: User, acme: Portal) -> None:
    put_on(acme, "team")

    said = api(alice).get("/api/v1/billing/plan").json()

    assert (said["plan"], said["trial_ends_at"]) == ("team", None)
    people = next(limit for limit in said["limits"] if limit["key"] == "people.seats")
    assert people == {"key": "people.seats", "title": "People", "unit": "people", "used": 3, "maximum": 50, "over": 0}


def test_the_api_writes_nothing(api: Callable[..., Client], alice: User, acme: Portal) -> None:  # promise 27
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(api(alice), method)("/api/v1/billing/plan", {"plan": "team"}, content_type="application/json")
        assert answer.status_code == 405
    assert Subscription.objects.get(portal=acme).version.plan.slug == "company"
