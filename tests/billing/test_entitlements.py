"""From plan, trial and overrides to what a portal may do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from billing.contracts import Period
from billing.domain import catalogue, entitlement, memory, override, subscription
from billing.models import Override, Plan, Subscription, SubscriptionChange
from infra.db.current import enter
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Invalid, Unavailable, UnknownName
from tenants.portals.models import Portal

TB = 2**40


def plan(slug: str):
    return catalogue.current_version(Plan.objects.get(slug=slug))


def test_a_new_portal_tries_the_top_plan(portal: Portal) -> None:
    rights = memory.entitlements(portal.schema_name)

    assert rights.plan == "company"
    assert gates.limit_of("people.seats") is None
    assert gates.limit_of("portals.disk_bytes") == TB


def test_a_trial_that_is_over_is_free_at_once_and_loses_nothing(portal: Portal) -> None:
    ends_at = Subscription.objects.get(portal=portal).trial_ends_at
    assert ends_at is not None

    with time_machine.travel(ends_at - timedelta(seconds=1), tick=False):
        assert gates.limit_of("people.seats") is None
    with time_machine.travel(ends_at, tick=False):
        assert gates.limit_of("people.seats") == 12
        assert gates.usage("people.seats").used == 3


def test_the_job_writes_the_end_of_a_trial_down_once(portal: Portal) -> None:
    after = datetime.now(UTC) + timedelta(days=31)

    assert subscription.end_trials(after) >= 1
    assert subscription.end_trials(after) == 0

    found = Subscription.objects.get(portal=portal)
    assert (found.version.plan.slug, found.trial_ends_at) == ("free", None)
    assert SubscriptionChange.objects.filter(portal=portal, reason="trial ended").count() == 1


def test_a_second_trial_is_not_given(portal: Portal) -> None:
    subscription.end_trials(datetime.now(UTC) + timedelta(days=31))

    subscription.start_trial(portal=portal)

    assert memory.entitlements(portal.schema_name).plan == "free"


def test_a_change_of_plan_counts_at_once_and_is_recorded(portal: Portal) -> None:
    subscription.change_plan(
        actor=SYSTEM, portal=portal, version=plan("team"), period=Period.YEAR, reason="Paid by invoice 7"
    )

    assert gates.limit_of("people.seats") == 50
    assert memory.entitlements(portal.schema_name).trial_ends_at is None
    change = SubscriptionChange.objects.filter(portal=portal).first()
    assert change is not None
    assert (change.before.plan.slug, change.after.plan.slug, change.period) == ("company", "team", "year")
    from infra.audit.models import AuditEntry

    assert AuditEntry.objects.filter(action="billing.plan.change").count() == 1

    subscription.change_plan(
        actor=SYSTEM, portal=portal, version=plan("team"), period=Period.YEAR, reason="Paid by invoice 7"
    )
    assert AuditEntry.objects.filter(action="billing.plan.change").count() == 1  # the second click


def test_two_operators_at_once_do_not_overwrite_each_other(portal: Portal) -> None:
    seen = Subscription.objects.get(portal=portal).version
    subscription.change_plan(
        actor=SYSTEM, portal=portal, version=plan("team"), period=Period.MONTH, reason="one", expected=seen
    )

    with pytest.raises(Conflict):
        subscription.change_plan(
            actor=SYSTEM, portal=portal, version=plan("free"), period=Period.MONTH, reason="two", expected=seen
        )

    assert memory.entitlements(portal.schema_name).plan == "team"


def test_a_portal_keeps_the_version_it_bought(portal: Portal) -> None:
    from dataclasses import replace

    subscription.change_plan(actor=SYSTEM, portal=portal, version=plan("team"), period=Period.MONTH, reason="invoice")
    terms = plan("team").terms
    catalogue.publish_version(
        actor=SYSTEM,
        plan=Plan.objects.get(slug="team"),
        terms=replace(terms, limits={**terms.limits, "people.seats": 40}),
    )

    assert gates.limit_of("people.seats") == 50


def test_an_override_counts_until_it_expires(portal: Portal) -> None:
    subscription.change_plan(actor=SYSTEM, portal=portal, version=plan("free"), period=Period.MONTH, reason="test")
    ends = datetime.now(UTC) + timedelta(days=3)
    override.override_limit(
        actor=SYSTEM, portal=portal, limit="people.seats", maximum=20, reason="Fair", expires_at=ends
    )

    assert gates.limit_of("people.seats") == 20
    with time_machine.travel(ends, tick=False):
        assert gates.limit_of("people.seats") == 12


def test_a_newer_override_replaces_the_older_and_withdrawing_ends_it(portal: Portal) -> None:
    override.override_limit(actor=SYSTEM, portal=portal, limit="people.seats", maximum=20, reason="First")
    override.override_limit(actor=SYSTEM, portal=portal, limit="people.seats", maximum=0, reason="Second")
    assert gates.limit_of("people.seats") == 0

    assert override.withdraw_override(actor=SYSTEM, portal=portal, key="people.seats") is True
    assert gates.limit_of("people.seats") is None
    assert override.withdraw_override(actor=SYSTEM, portal=portal, key="people.seats") is False


def test_an_override_without_reason_or_of_an_unknown_name_is_refused(portal: Portal) -> None:
    with pytest.raises(Invalid):
        override.override_limit(actor=SYSTEM, portal=portal, limit="people.seats", maximum=20, reason=" ")
    with pytest.raises(Invalid):
        override.override_limit(actor=SYSTEM, portal=portal, limit="people.seats", maximum=-1, reason="Fair")
    with pytest.raises(UnknownName):
        override.override_limit(actor=SYSTEM, portal=portal, limit="people.unicorns", maximum=1, reason="Fair")
    with pytest.raises(UnknownName):
        override.override_feature(actor=SYSTEM, portal=portal, feature="people.seats", included=True, reason="Fair")
    assert not Override.objects.filter(portal=portal).exists()


def test_names_nobody_declares_are_refused(portal: Portal) -> None:
    for ask in (gates.limit_of, gates.usage, gates.has, gates.require, gates.reserve):
        with pytest.raises(UnknownName):
            ask("crm.unicorns")


def test_a_portal_without_subscription_may_nothing(portal: Portal) -> None:
    Subscription.objects.filter(portal=portal).delete()
    memory.forget(portal.schema_name)

    with pytest.raises(Unavailable):
        gates.limit_of("people.seats")


def test_an_answer_from_memory_asks_no_database(acme: Portal, django_assert_num_queries) -> None:
    memory._kept[acme.schema_name] = memory._Kept(entitlement.load(acme.schema_name), float("inf"))
    try:
        with enter(acme):
            connection.ensure_connection()
            with django_assert_num_queries(0):
                gates.limit_of("people.seats")
    finally:
        memory.forget(acme.schema_name)


def test_one_portal_s_plan_says_nothing_about_another_s(acme: Portal, globex: Portal) -> None:  # promise 1
    subscription.change_plan(actor=SYSTEM, portal=acme, version=plan("free"), period=Period.MONTH, reason="test")

    with enter(acme):
        assert gates.limit_of("people.seats") == 12
    with enter(globex):
        assert gates.limit_of("people.seats") is None
