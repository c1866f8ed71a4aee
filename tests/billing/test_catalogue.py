"""The catalogue: whole, immutable, versioned."""

import tomllib
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, transaction

from billing.contracts import Period, PlanTerms
from billing.domain import catalogue
from billing.domain.currency import CATALOGUE
from billing.models import Plan, PlanVersion
from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from infra.kit.registry import registry

GB = 2**30


def test_the_release_brings_four_plans(db: None) -> None:
    plans = {version.plan.slug: version for version in catalogue.plans_on_sale()}

    assert list(plans) == ["free", "project", "team", "company"]
    assert [version.limits["people.seats"] for version in plans.values()] == [12, 24, 50, None]
    assert [version.limits["people.guests"] for version in plans.values()] == [0, 10, 100, None]
    assert plans["free"].limits["portals.disk_bytes"] == 5 * GB
    assert plans["company"].limits["portals.disk_bytes"] == 1024 * GB
    assert plans["team"].terms.prices == {
        "RUB": Decimal(4990), "USD": Decimal(59), "EUR": Decimal(54), "KZT": Decimal(28900), "JPY": Decimal(8900),
        "KWD": Decimal(18),
    }  # fmt: skip
    assert plans["team"].terms.price("RUB", Period.YEAR) == Decimal(49900)
    assert Plan.objects.get(role=Plan.Role.TRIAL).trial_days == 30


def test_the_file_names_every_declared_feature_and_limit_and_no_other() -> None:
    for entry in tomllib.loads(CATALOGUE.read_text())["plan"]:
        assert set(entry["features"]) == {item.key for item in registry.features}
        assert set(entry["limits"]) == {item.key for item in registry.limits}
    for default in catalogue.default_catalogue():
        catalogue.check_terms(default.terms)


def test_installing_twice_adds_nothing(db: None) -> None:
    before = PlanVersion.objects.count()

    assert catalogue.install_defaults() == []
    assert PlanVersion.objects.count() == before


def terms_of(slug: str) -> PlanTerms:
    return catalogue.current_version(Plan.objects.get(slug=slug)).terms


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limits": {"crm.unicorns": 3}}, "limits.crm.unicorns"),
        ({"features": {"crm.unicorns": True}}, "features.crm.unicorns"),
        ({"limits": {"people.seats": -1}}, "limits.people.seats"),
        ({"limits": {"people.seats": True}}, "limits.people.seats"),
        ({"limits": {"people.seats": 2**63}}, "limits.people.seats"),
        ({"prices": {"USD": Decimal("-1")}}, "prices.USD"),
        ({"prices": {"USD": Decimal("1.005")}}, "prices.USD"),
        ({"prices": {"USD": Decimal("NaN")}}, "prices.USD"),
        ({"prices": {"XXX": Decimal(1)}}, "prices.XXX"),
        ({"titles": {"en": " "}}, "titles"),
        ({"year_months": 13}, "year_months"),
    ],
)
def test_wrong_terms_are_refused_and_change_nothing(db: None, change: dict, field: str) -> None:
    plan = Plan.objects.get(slug="team")
    good = terms_of("team")
    wrong = replace(
        good,
        **{key: {**getattr(good, key), **value} if isinstance(value, dict) else value for key, value in change.items()},
    )

    with pytest.raises(Invalid) as refusal:
        catalogue.publish_version(actor=SYSTEM, plan=plan, terms=wrong)

    assert field in refusal.value.fields
    assert plan.versions.count() == 1


def test_a_forgotten_limit_is_refused(db: None) -> None:
    good = terms_of("team")
    wrong = replace(good, limits={key: value for key, value in good.limits.items() if key != "people.seats"})

    with pytest.raises(Invalid) as refusal:
        catalogue.check_terms(wrong)

    assert list(refusal.value.fields) == ["limits.people.seats"]


def test_an_edit_makes_a_new_version_and_leaves_the_old_one(db: None) -> None:
    plan = Plan.objects.get(slug="team")
    good = terms_of("team")
    dearer = replace(good, prices={**good.prices, "USD": Decimal("65.50")})

    version = catalogue.publish_version(actor=SYSTEM, plan=plan, terms=dearer, note="Dearer")

    assert version.number == 2
    assert catalogue.current_version(plan).terms.prices["USD"] == Decimal("65.50")
    assert plan.versions.get(number=1).terms == good
    assert catalogue.publish_version(actor=SYSTEM, plan=plan, terms=dearer).number == 2  # the second click


def test_the_application_cannot_change_a_version(db: None) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        PlanVersion.objects.update(prices={})
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_planversion")


def test_a_release_adds_new_names_and_keeps_what_the_operator_set(db: None) -> None:
    plan = Plan.objects.get(slug="team")
    good = terms_of("team")
    limits = {**good.limits, "people.seats": 60}
    catalogue.publish_version(actor=SYSTEM, plan=plan, terms=replace(good, limits=limits))
    older = plan.versions.get(number=2)
    missing = {key: value for key, value in older.limits.items() if key != "sites.published"}
    PlanVersion.objects.create(
        plan=plan,
        number=3,
        titles=older.titles,
        summaries=older.summaries,
        prices=older.prices,
        year_months=older.year_months,
        features=older.features,
        limits=missing,
    )

    added = catalogue.install_defaults()

    assert [(version.plan.slug, version.number) for version in added] == [("team", 4)]
    assert added[0].limits["people.seats"] == 60
    assert added[0].limits["sites.published"] == 10


@pytest.mark.parametrize(
    ("typed", "meant"), [("1 990", "1990"), ("1\u00a0990,50", "1990.50"), ("59", "59"), ("0", "0")]
)
def test_prices_are_read_as_people_type_them(typed: str, meant: str) -> None:
    assert catalogue.parse_price(typed) == Decimal(meant)


def test_what_is_no_price_is_refused() -> None:
    with pytest.raises(Invalid):
        catalogue.parse_price("cheap")
