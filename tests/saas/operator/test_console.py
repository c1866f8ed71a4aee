"""The operator's console."""

from collections.abc import Callable

import pytest
from django.test import Client

from billing.contracts import Period, PlanAsked
from billing.domain import catalogue, memory, upgrade
from billing.models import Override, Plan, PlanVersion, Subscription, UpgradeRequest
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit import gates
from infra.ui.models import Notification
from saas.operator.receivers import plan_asked
from tenants.people.models import User
from tenants.portals.models import Portal

As = Callable[[User], Client]
PAGES = [
    "/operator/", "/operator/portals/1/", "/operator/plans/", "/operator/plans/team/", "/operator/packs/",
    "/operator/packs/people-10/", "/operator/codes/", "/operator/card-payments/", "/operator/portals/1/payments/",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_the_console_is_only_in_the_operator_s_portal(as_: As, alice: User, path: str) -> None:  # promise 17
    assert as_(alice).get(path).status_code in (403, 404)


@pytest.mark.parametrize("path", PAGES)
def test_and_only_for_people_with_the_right(as_: As, house: Portal, path: str) -> None:
    with enter(house):
        gina = User.objects.get(email="gina@globex.example")
    assert as_(gina).get(path).status_code == 403


def test_the_list_finds_portals_and_costs_the_same_for_many(
    as_: As, oscar: User, acme: Portal, django_assert_max_num_queries: Callable[..., object]
) -> None:
    page = as_(oscar).get("/operator/", {"q": "acm"}).content.decode()

    assert "Acme" in page
    assert f"/operator/portals/{acme.pk}/" in page


def test_the_page_shows_figures_and_no_contents(as_: As, oscar: User, acme: Portal) -> None:  # promise 17
    page = as_(oscar).get(f"/operator/portals/{acme.pk}/").content.decode()

    assert "Company" in page
    assert "acme-canary" not in page.lower()


def test_a_plan_is_switched_once_and_counts_at_once(as_: As, oscar: User, acme: Portal, alice: User) -> None:
    before = Subscription.objects.get(portal=acme).version
    free = catalogue.current_version(Plan.objects.get(slug="free"))
    form = {"version": free.pk, "period": "month", "reason": "Agreed by phone", "expected": before.pk}

    answer = as_(oscar).post(f"/operator/portals/{acme.pk}/plan/", form)

    assert answer.status_code == 302
    with enter(acme):
        assert gates.limit_of("people.seats") == 12
        entry = AuditEntry.objects.filter(action="billing.plan.change").get()
        assert (entry.note, "Charlie" in entry.actor_name) == ("Agreed by phone", True)
        assert Notification.objects.filter(person_id=alice.pk, url="/billing/").count() == 1

    stale = as_(oscar).post(f"/operator/portals/{acme.pk}/plan/", form)
    assert stale.status_code == 422
    assert "Someone changed this" in stale.content.decode()


def test_a_plan_is_not_switched_without_a_reason(as_: As, oscar: User, acme: Portal) -> None:
    before = Subscription.objects.get(portal=acme).version
    free = catalogue.current_version(Plan.objects.get(slug="free"))

    answer = as_(oscar).post(
        f"/operator/portals/{acme.pk}/plan/", {"version": free.pk, "period": "month", "expected": before.pk}
    )

    assert answer.status_code == 422
    assert Subscription.objects.get(portal=acme).version == before


def test_suspending_closes_the_doors_and_resuming_opens_them(as_: As, oscar: User, acme: Portal, alice: User) -> None:
    operator = as_(oscar)
    operator.post(f"/operator/portals/{acme.pk}/status/", {"do": "suspend", "reason": "Spam"})
    assert Portal.objects.get(pk=acme.pk).status == "suspended"

    operator.post(f"/operator/portals/{acme.pk}/status/", {"do": "resume"})
    assert Portal.objects.get(pk=acme.pk).status == "trial"
    with enter(acme):
        assert AuditEntry.objects.filter(action="portal.suspend", note="Spam").count() == 1


def test_an_exception_is_made_and_ended(as_: As, oscar: User, acme: Portal) -> None:
    operator = as_(oscar)
    path = f"/operator/portals/{acme.pk}/override/"

    wrong = operator.post(path, {"key": "people.seats", "value": "many", "reason": "Fair"})
    assert wrong.status_code == 422
    operator.post(path, {"key": "people.seats", "value": "3", "reason": "Fair"})
    with enter(acme):
        assert gates.limit_of("people.seats") == 3
    operator.post(path, {"withdraw": "people.seats"})
    with enter(acme):
        assert gates.limit_of("people.seats") is None
    assert Override.objects.filter(portal=acme).count() == 1


def test_a_new_version_of_a_plan_leaves_bought_ones(as_: As, oscar: User) -> None:
    operator = as_(oscar)
    page = operator.get("/operator/plans/team/")
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    form.update({"note": "Dearer", "prices.USD": "65,50", "limits.people.seats": ""})

    looked = operator.post("/operator/plans/team/", form)
    shown = looked.content.decode()
    assert "No portal has it." in shown
    assert "50 → <b>unlimited</b>" in shown
    assert PlanVersion.objects.filter(plan__slug="team").count() == 1  # looking changes nothing
    answer = operator.post("/operator/plans/team/", {**form, "publish": "yes", "shown": looked.context["shown"]})

    assert answer.status_code == 302
    newest = catalogue.current_version(Plan.objects.get(slug="team"))
    assert (newest.number, newest.prices["USD"], newest.limits["people.seats"]) == (2, "65.50", None)
    assert PlanVersion.objects.get(plan__slug="team", number=1).limits["people.seats"] == 50
    wrong = operator.post("/operator/plans/team/", {**form, "prices.USD": "cheap"})
    assert wrong.status_code == 422
    assert PlanVersion.objects.filter(plan__slug="team").count() == 2


def test_the_operator_is_told_who_asks_for_a_plan(
    oscar: User, house: Portal, acme: Portal, alice: User, letters: list[tuple[str, ...]]
) -> None:
    with enter(acme):
        upgrade.ask_for_plan(actor=alice, plan=Plan.objects.get(slug="team"), period=Period.YEAR)
        plan_asked(PlanAsked(portal_id=acme.pk, plan="team", asked_by=alice.display_name), delivery=None)

    assert UpgradeRequest.objects.get(portal=acme).plan.slug == "team"
    with enter(house):
        assert Notification.objects.get(person_id=oscar.pk).url == f"/operator/portals/{acme.pk}/"
    assert f"/operator/portals/{acme.pk}/" in letters[0][2]
    assert memory.entitlements(acme.schema_name).plan == "company"


def test_what_the_service_did_is_told_in_words(as_: As, oscar: User, acme: Portal) -> None:
    before = Subscription.objects.get(portal=acme).version
    free = catalogue.current_version(Plan.objects.get(slug="free"))
    form = {"version": free.pk, "period": "month", "reason": "Agreed by phone", "expected": before.pk}
    as_(oscar).post(f"/operator/portals/{acme.pk}/plan/", form)

    page = as_(oscar).get(f"/operator/portals/{acme.pk}/").content.decode()

    assert "Plan changed" in page
    assert "billing.plan.change" not in page
    assert "Company → Free" in page
