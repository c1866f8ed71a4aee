"""What a plan would touch, and when a limit will be reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.domain import forecast, memory, simulator, usage
from billing.models import UsageDay
from infra.kit import gates
from infra.ui.models import Notification
from infra.webhooks.models import Webhook
from modules.crm.domain.files import keep_upload
from modules.crm.domain.kinds import LEAD
from modules.sites.models import Site
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.billing.conftest import Shop
from tests.factories.record import record
from tests.factories.site import site

As = Callable[[User], Client]
TODAY = date(2027, 3, 1)


def test_each_record_that_would_be_over_is_named(portal: Portal, alice: User, as_: As, dave: User) -> None:
    for number in range(3):
        made = site(f"shop-{number}", actor=alice, name=f"Site {number}")
    rights = memory.entitlements(portal.schema_name)
    limits = {**rights.limits, "people.guests": 0, "people.seats": 2, "sites.published": 1, "crm.pipelines": 5}

    found = simulator.simulate(rights=rights, meters=usage.meters(rights), limits=limits, features={})

    touched = {touch.key: touch for touch in found if touch.over}
    assert set(touched) == {"people.guests", "people.seats", "sites.published"}
    assert [card.title for card in touched["people.guests"].cards] == [dave.display_name]
    assert (touched["people.seats"].over, len(touched["people.seats"].cards)) == ("1", 1)
    assert [card.title for card in touched["sites.published"].cards] == ["Site 2", "Site 1"]
    assert touched["sites.published"].cards[0].url == f"/sites/{made.pk}/"
    page = as_(alice).get("/billing/choose/free/").content.decode()
    assert dave.display_name in page
    assert User.objects.filter(is_active=True).count() == 4  # looking touches nothing


def test_what_does_not_fit_in_the_list_is_counted(shop: Shop, alice: User) -> None:
    rights = memory.entitlements(shop.portal.schema_name)
    basket = shop.basket("free")
    found = simulator.simulate(rights=rights, meters=usage.meters(rights), limits=basket.limits(), features={})
    assert [touch.over for touch in found][:1] == ["1"]  # what is lost comes first


def line(*used: int) -> list[tuple[date, int]]:
    return [(TODAY - timedelta(days=len(used) - 1 - place), amount) for place, amount in enumerate(used)]


def test_the_day_a_limit_is_reached() -> None:
    assert forecast.full_on(line(1, 2, 3, 4, 5, 6, 7), 12, TODAY) == TODAY + timedelta(days=5)
    assert forecast.full_on(line(7, 7, 7, 7, 7, 7, 7), 12, TODAY) is None
    assert forecast.full_on(line(1, 2, 3), 12, TODAY) is None  # three days say nothing
    assert forecast.full_on(line(1, 2, 3, 4, 5, 6, 12), 12, TODAY) is None  # it is full already
    assert forecast.full_on(line(1, 2, 3, 4, 5, 6, 7), None, TODAY) is None
    assert forecast.full_on(line(1, 1, 1, 1, 1, 1, 2), 10**6, TODAY) is None  # not within a year


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 10**12), min_size=7, max_size=60), st.integers(0, 10**12))
def test_a_forecast_lies_ahead_and_within_a_year(used: list[int], maximum: int) -> None:
    day = forecast.full_on(line(*used), maximum, TODAY)
    assert day is None or TODAY < day <= TODAY + timedelta(days=366)


def test_use_is_kept_by_day_and_shown(portal: Portal, alice: User, as_: As) -> None:
    rights = memory.entitlements(portal.schema_name)
    found = usage.meters(rights)
    for back in range(8, 0, -1):
        day = datetime.now(UTC).date() - timedelta(days=back)
        forecast.note_usage(portal.pk, [meter for meter in found if meter.used is not None], today=day)
        forecast.note_usage(portal.pk, [meter for meter in found if meter.used is not None], today=day)
    assert UsageDay.objects.filter(portal=portal, limit="people.seats").count() == 8
    page = as_(alice).get("/billing/").content.decode()
    assert "<polyline" in page


def test_a_refusal_says_why_and_asks_with_one_click(
    as_: As, bob: User, carol: User, dave: User, alice: User, portal: Portal
) -> None:
    cache.clear()
    browser = as_(bob)
    answer = browser.post("/billing/ask-owner", {"for": "people.seats"})
    assert answer.status_code == 302
    note = Notification.objects.get(person_id=alice.pk)
    assert note.url == "/billing/?for=people.seats"
    assert "People" in note.text
    assert Notification.objects.filter(person_id=carol.pk).count() == 1  # administrators may change it, too
    browser.post("/billing/ask-owner", {"for": "people.seats"})
    assert Notification.objects.filter(person_id=alice.pk).count() == 1
    for odd in ("x", "y", "z" * 300):  # a name that is none is asked about once
        browser.post("/billing/ask-owner", {"for": odd})
    assert Notification.objects.filter(person_id=alice.pk).count() == 2
    guest = as_(dave).post("/billing/ask-owner", {"for": "portals.disk_bytes"})  # who may not see the plan may ask
    assert (guest.status_code, guest["Location"]) == (302, "/")
    assert Notification.objects.filter(person_id=alice.pk).count() == 3


def test_the_largest_files_are_named_for_a_smaller_disk(portal: Portal, alice: User) -> None:
    lead = record(alice, LEAD, title="Oven")
    for name, size in (("plan.pdf", 30), ("film.mp4", 900), ("note.txt", 5)):
        keep_upload(actor=alice, record=lead, upload=SimpleUploadedFile(name, b"x" * size))
    gates.reserve("portals.disk_bytes", 10_000_000_000)
    rights = memory.entitlements(portal.schema_name)
    limits = {**rights.limits, "portals.disk_bytes": 5_368_709_120}
    found = simulator.simulate(rights=rights, meters=usage.meters(rights), limits=limits, features={})
    disk = next(touch for touch in found if touch.key == "portals.disk_bytes")
    assert [card.title for card in disk.cards] == ["film.mp4", "plan.pdf", "note.txt"]
    assert (disk.over, disk.hidden, disk.cards[0].subtitle) == ("4.3\xa0GB", 0, "900\xa0bytes")


def test_webhooks_and_own_code_are_named_too(portal: Portal, alice: User) -> None:
    for name in ("Ledger", "Shop"):
        Webhook(name=name, url="https://hooks.example/", author_id=alice.pk, secret="x" * 32, events=[]).save()
    shop = site("window", actor=alice, name="Shop window", published=False)
    Site.objects.filter(pk=shop.pk).update(head_html="<meta name=x>")
    rights = memory.entitlements(portal.schema_name)
    limits = {**rights.limits, "webhooks.webhooks": 1}
    features = {"sites.own_code": False}
    found = simulator.simulate(rights=rights, meters=usage.meters(rights), limits=limits, features=features)
    touched = {touch.key: [card.title for card in touch.cards] for touch in found}
    assert touched == {"webhooks.webhooks": ["Shop"], "sites.own_code": ["Shop window"]}
