"""The console's pages about decks and calls."""

import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from billing.domain import wallet
from billing.domain.override import override_limit
from billing.rating.domain import decks
from billing.rating.domain.guard import BURST, refused
from billing.rating.domain.imports import Result, import_file, keep_file
from billing.rating.domain.settle import Cdr, settle
from billing.rating.models import (
    Alert,
    Bundle,
    Call,
    CallAccount,
    Correction,
    Deck,
    Did,
    Markup,
    OwnRate,
    ProvenNumber,
    SipUser,
)
from infra.db.current import enter
from infra.jobs.domain.running import run
from infra.jobs.models import Job
from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.call import DECK, at, call, caller, deck, money
from tests.factories.operator import Console

As = Callable[[User], Client]


def upload(browser: Client, text: str, **more: str) -> Deck:
    """Send a deck by the form, and run its job."""
    data = {"name": "March", "currency": "USD", "valid_from": "2026-03-01", "zone": "Europe/Moscow", "margin": "0"}
    file = SimpleUploadedFile("deck.csv", text.encode(), "text/csv")
    assert browser.post("/operator/decks/", {**data, **more, "file": file}).status_code == 302
    found = Deck.objects.latest("pk")
    with enter(Portal.objects.get(is_operator=True)):
        job = Job.objects.latest("pk")
        assert (job.task, job.args) == ("rating.check_deck", [found.pk])
        run(job.pk, lambda work, deck_id: str(decks.check_deck(work, deck_id).pk), resumable=False)
    found.refresh_from_db()
    return found


def test_a_deck_from_upload_to_activation(as_: As, oscar: User) -> None:
    browser = as_(oscar)
    first = upload(browser, DECK)
    assert (first.state, first.rate_count) == ("ready", 6)
    page = browser.get(f"/operator/decks/{first.pk}/").content.decode()
    assert "The first deck of its currency." in page
    assert browser.post(f"/operator/decks/{first.pk}/", {"do": "activate"}).status_code == 302
    changed = DECK.replace("447,United Kingdom mobile,1.2", "447,United Kingdom mobile,2.4").replace(
        "49,Germany,0.5,0,60,60,0.9\n", "33,France,0.4,0,60,60,0.5\n"
    )
    second = upload(browser, changed, name="April")
    report = second.report
    assert (report["added"], report["changed"], report["same"]) == (1, 1, 4)
    assert report["missing"] == [["49", "Germany", ""]]
    assert report["jumps"] == [["447", "United Kingdom mobile", "1.2", "2.4"]]
    assert report["below_cost"] == [["33", "France", "0.4", "0.5"]]
    browser.post(f"/operator/decks/{second.pk}/", {"do": "activate"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.state, first.valid_until) == ("active", second.valid_from)
    assert browser.post(f"/operator/decks/{second.pk}/", {"do": "withdraw"}).status_code == 409


def test_a_faulty_deck_names_its_lines_and_is_never_active(as_: As, oscar: User) -> None:
    browser = as_(oscar)
    found = upload(browser, DECK + "33,France,cheap,0,60,60,\n44,Again,1,0,60,60,\n")
    assert (found.state, found.rates.count()) == ("faulty", 0)
    page = browser.get(f"/operator/decks/{found.pk}/").content.decode()
    assert "Line 8" in page
    assert "rate_per_minute: “cheap” is no price" in page
    assert "prefix 44 stands on line 4 already" in page
    assert browser.post(f"/operator/decks/{found.pk}/", {"do": "activate"}).status_code == 409


def test_a_later_deck_is_withdrawn_before_its_day(as_: As, oscar: User) -> None:
    browser = as_(oscar)
    now = upload(browser, DECK)
    browser.post(f"/operator/decks/{now.pk}/", {"do": "activate"})
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    later = upload(browser, DECK, valid_from=tomorrow)
    browser.post(f"/operator/decks/{later.pk}/", {"do": "activate"})
    now.refresh_from_db()
    assert now.valid_until is not None
    browser.post(f"/operator/decks/{later.pk}/", {"do": "withdraw"})
    now.refresh_from_db()
    assert now.valid_until is None


def test_nobody_else_sees_the_console(as_: As, house: Portal, alice: User) -> None:
    for page in ("/operator/decks/", "/operator/calls/", "/operator/calls/1/"):
        assert as_(alice).get(page).status_code in (403, 404)


@pytest.fixture
def device(acme: Portal, house: Portal) -> SipUser:
    with enter(acme):
        deck()
        override_limit(actor=SYSTEM, portal=acme, limit="rating.minutes", maximum=0, reason="test")
        money(acme, "60")
        return caller(acme)


def test_mark_up_own_price_minutes_and_numbers(as_: As, oscar: User, acme: Portal, device: SipUser) -> None:
    browser, page = as_(oscar), f"/operator/calls/{acme.pk}/"
    assert browser.get(page).status_code == 200
    assert browser.post("/operator/calls/", {"plan": "company", "percent": "50"}).status_code == 302
    assert call(device, call_id="m1").call.snapshot["tariff"]["slots"][0]["price"] == "0.9"
    browser.post(f"{page}markup/", {"percent": "10"})
    assert call(device, call_id="m2").call.snapshot["markup"] == "10.00"
    own = {
        "prefix": "4420",
        "destination": "Friends",
        "rate_per_minute": "0.12",
        "increment_seconds": "60",
        "minimum_seconds": "60",
    }
    assert browser.post(f"{page}rate/", own).status_code == 302
    found = call(device, call_id="m3").call
    assert (found.prefix, found.snapshot["source"], found.snapshot["markup"]) == ("4420", "own", "0")
    browser.post(f"{page}act/", {"do": "end_rate", "id": str(OwnRate.objects.get().pk)})
    assert call(device, call_id="m4").call.prefix == "442"
    assert browser.post(f"{page}rate/", {**own, "rate_per_minute": "cheap"}).status_code == 422
    assert browser.post(f"{page}pack/", {"minutes": "100", "title": "Gift", "destinations": "44"}).status_code == 302
    assert (Bundle.objects.get().seconds, Bundle.objects.get().destinations) == (6000, ["44"])
    browser.post(f"{page}number/", {"number": "020 7123 4567"})
    assert ProvenNumber.objects.get().number == "442071234567"
    browser.post(f"{page}markup/", {"percent": ""})
    assert not Markup.objects.filter(portal=acme).exists()


def test_rating_again_from_the_console(as_: As, oscar: User, acme: Portal, device: SipUser) -> None:
    call(device)
    settle(Cdr(call_id="c1", answered_at=at(0), ended_at=at(60)))
    with enter(acme):
        other = deck(DECK.replace("London,0.6", "London,0.5"), since=at(9), activate=False)
    data = {"deck": str(other.pk), "since": "2026-03-04", "until": "2026-03-05", "reason": "Wrong list"}
    assert as_(oscar).post(f"/operator/calls/{acme.pk}/rerate/", data).status_code == 302
    assert Correction.objects.get().after == Decimal("0.5")
    assert wallet.balance(acme.pk) == Decimal("59.5")


def test_a_burst_of_forbidden_calls_stops_the_portal(  # promise 70
    as_: As, oscar: User, acme: Portal, device: SipUser, letters: list
) -> None:
    call(device)
    for index in range(BURST):
        refused(portal=acme, call_id=f"x{index}", number="+19005550123", code="premium", now=timezone.now())
    assert CallAccount.objects.get(portal=acme).stop_reason == "burst"
    assert Alert.objects.filter(portal=acme, kind="stopped").count() == 1
    browser = as_(oscar)
    page = browser.get("/operator/calls/").content.decode()
    assert "Acme" in page
    assert "stopped" in page
    alert = Alert.objects.get(portal=acme, kind="stopped")
    browser.post(f"/operator/calls/{acme.pk}/act/", {"do": "seen", "id": str(alert.pk)})
    assert Alert.objects.get(pk=alert.pk).seen_by
    with enter(Portal.objects.get(is_operator=True)):
        Authenticator.objects.create(user_id=oscar.pk, type=Authenticator.Type.TOTP, data={})
    browser.post(f"/operator/calls/{acme.pk}/act/", {"do": "resume"})
    assert CallAccount.objects.get(portal=acme).stopped_at is None


def test_records_by_file_are_charged_once_or_not_at_all(acme: Portal, house: Portal, device: SipUser) -> None:
    def load(text: str, pack: Callable[[bytes], bytes] = bytes) -> Result:
        with enter(house):
            data = pack(text.encode())
            key = keep_file(actor=Console(), file=io.BytesIO(data), size=len(data))
            return import_file(None, key)

    head = "id,account,number,answered_at,duration_seconds\n"
    good = (
        f"r1,{device.username},442079460123,2026-03-04T12:00:00Z,61\nr2,{device.username},112,2026-03-04T12:00:00Z,9\n"
    )
    result = load(head + good)
    assert (result.made, result.known, result.total) == (2, 0, Decimal("0.61"))
    assert load(head + good).known == 2
    assert load(head + good, gzip.compress).known == 2
    assert wallet.balance(acme.pk) == Decimal("59.39")
    before = Call.objects.count()
    for bad, said in (
        (f"r3,{device.username},442079460123,2026-03-04T12:00:00Z,9\nr4,nobody,44,2026-03-04T12:00:00Z,9\n", "Line 3"),
        (f"r3,{device.username},33123,2026-03-04T12:00:00Z,9\n", "no prefix for 33123"),
        (
            "r3,nobody,33123,2026-03-04T12:00:00Z,9\nr4,nobody,44,2026-03-04T12:00:00Z,x\n",
            "; Line 3: duration_seconds: ",
        ),
    ):
        with pytest.raises(Invalid) as refusal:
            load(head + bad)
        assert said in str(refusal.value)
    assert (Call.objects.count(), wallet.balance(acme.pk)) == (before, Decimal("59.39"))


def test_the_operator_gives_a_number_in_the_console(portal: Portal, as_: As, oscar: User, house: Portal) -> None:
    browser = as_(oscar)
    url = f"/operator/calls/{portal.pk}/"
    browser.post(f"{url}did/", {"number": "+44 800 123 4567", "rate": "0.06", "step": "1"})
    assert "$0.06 an incoming minute" in browser.get(url).content.decode()
    browser.post(f"{url}act/", {"do": "end_did", "id": str(Did.objects.get().pk)})
    assert not Did.objects.exists()
