"""Pages and API of calls, as people and programs use them."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.domain.meter import set_cap, used_in_month
from billing.domain.override import override_limit
from billing.models import Posting
from billing.rating.domain.devices import add_device
from billing.rating.domain.refused import CallRefused
from billing.rating.domain.settle import Cdr, settle
from billing.rating.models import Call, CallAccount, SipUser
from infra.kit.access import SYSTEM
from tenants.people.domain.department import create_department
from tenants.people.domain.person import place_person
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.call import at, call, caller, deck, money


@pytest.fixture
def device(portal: Portal) -> SipUser:
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    money(portal, "60")
    return caller(portal)


def talked(device: SipUser, name: str, seconds: int = 90) -> Call:
    call(device, "+447400123456", call_id=name)
    return settle(Cdr(call_id=name, answered_at=at(0), ended_at=at(seconds)))


def test_the_page_says_what_a_call_costs_now(device: SipUser, as_: Callable[[User], Client], bob: User) -> None:
    page = as_(bob).get("/billing/calls/?number=%2B44 7400 123456").content.decode()
    assert "United Kingdom mobile" in page
    assert "$1.20" in page
    assert "447… in “Test”" in page
    assert "no price for this number" in as_(bob).get("/billing/calls/?number=%2B8112345678").content.decode()
    assert "Emergency calls are always allowed" in as_(bob).get("/billing/calls/?number=112").content.decode()


def test_the_api_names_the_rule(device: SipUser, api: Callable[..., Client], bob: User) -> None:
    answer = api(bob).get("/api/v1/call-prices/check?number=%2B447400123456").json()
    assert (answer["prefix"], answer["connect_fee"], answer["source"]) == ("447", "0.15", "deck")
    assert answer["samples"][1] == {"seconds": 60, "charge": "1.3500"}
    assert answer["refusal"] is None
    CallAccount.objects.update(international=False)
    refused = api(bob).get("/api/v1/call-prices/check?number=%2B12125550123").json()
    assert refused["refusal"]["code"] == "international"
    assert api(bob).get("/api/v1/call-prices/check").status_code == 400


def test_a_call_is_explained(device: SipUser, as_: Callable[[User], Client], alice: User) -> None:
    found = talked(device, "c1")
    page = as_(alice).get(f"/billing/calls/{found.pk}/").content.decode()
    for text in ("$1.95", "Connection fee", "2 × 30 = 60", "1.9500", "447… in “Test”"):
        assert text in page


def test_people_see_their_own_telephones_calls(
    device: SipUser, as_: Callable[[User], Client], alice: User, bob: User
) -> None:
    found = talked(device, "c1")
    assert as_(bob).get(f"/billing/calls/{found.pk}/").status_code == 404
    assert "United Kingdom mobile" not in as_(bob).get("/billing/calls/").content.decode()
    SipUser.objects.update(person_id=bob.pk)
    assert as_(bob).get(f"/billing/calls/{found.pk}/").status_code == 200
    assert "United Kingdom mobile" in as_(alice).get("/billing/calls/").content.decode()


def test_the_list_asks_as_much_for_three_as_for_one(
    device: SipUser, as_: Callable[[User], Client], alice: User
) -> None:
    browser = as_(alice)
    talked(device, "c1")
    browser.get("/billing/calls/")

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/billing/calls/").status_code == 200
        return len(queries)

    before = count()
    talked(device, "c2")
    talked(device, "c3")
    assert count() == before


def test_only_a_second_factor_opens_the_world(device: SipUser, as_: Callable[[User], Client], alice: User) -> None:
    CallAccount.objects.all().delete()
    browser = as_(alice)
    refused = browser.post("/billing/calls/protection/", {"international": "on"})
    assert refused.status_code == 422
    assert "Set up two-step sign-in first" in refused.content.decode()
    assert not CallAccount.objects.filter(international=True).exists()
    assert browser.post("/billing/calls/protection/", {"max_spend": "10"}).status_code == 422  # a cap of one's own
    Authenticator.objects.create(user_id=alice.pk, type=Authenticator.Type.TOTP, data={})
    assert browser.post("/billing/calls/protection/", {"international": "on", "max_price": "2"}).status_code == 302
    account = CallAccount.objects.get()
    assert (account.international, account.premium, account.max_price) == (True, False, Decimal(2))
    Authenticator.objects.all().delete()
    assert browser.post("/billing/calls/protection/", {"max_price": "1"}).status_code == 302  # closing needs none
    assert CallAccount.objects.get().international is False


def test_administrators_do_not_set_the_protection(
    device: SipUser, as_: Callable[[User], Client], carol: User, bob: User
) -> None:
    for person in (carol, bob):
        assert as_(person).get("/billing/calls/protection/").status_code == 403
        assert as_(person).post("/billing/calls/protection/resume/").status_code == 403


def test_a_stopped_portal_is_started_by_an_owner(device: SipUser, as_: Callable[[User], Client], alice: User) -> None:
    CallAccount.objects.update(stopped_at=timezone.now(), stop_reason="burst")
    browser = as_(alice)
    assert "Calls are stopped" in browser.get("/billing/calls/").content.decode()
    assert browser.post("/billing/calls/protection/resume/").status_code == 403
    Authenticator.objects.create(user_id=alice.pk, type=Authenticator.Type.TOTP, data={})
    assert browser.post("/billing/calls/protection/resume/").status_code == 302
    assert CallAccount.objects.get().stopped_at is None


def test_a_telephones_secret_is_shown_once(portal: Portal, as_: Callable[[User], Client], carol: User) -> None:
    browser = as_(carol)
    page = browser.post("/billing/calls/devices/", {"label": "Reception", "person": str(carol.pk)}).content.decode()
    device = SipUser.objects.get(label="Reception")
    secret = page.split("<code>")[3].split("</code>")[0]
    assert len(secret) >= 27
    assert secret not in browser.get("/billing/calls/devices/").content.decode()
    assert device.person_id == carol.pk
    SipUser.objects.update(locked_until=timezone.now() + timedelta(minutes=5))
    browser.post(f"/billing/calls/devices/{device.pk}/", {"do": "off"})
    browser.post(f"/billing/calls/devices/{device.pk}/", {"do": "on"})
    assert SipUser.objects.get().locked_until is None
    before = device.ha1_md5
    assert "<code>" in browser.post(f"/billing/calls/devices/{device.pk}/", {"do": "secret"}).content.decode()
    assert SipUser.objects.get().ha1_md5 != before


def test_a_line_of_the_statement_opens_its_call(device: SipUser, as_: Callable[[User], Client], alice: User) -> None:
    found = talked(device, "c1")
    line = Posting.objects.get(cause=f"call:{found.pk}")
    assert f"/billing/calls/{found.pk}/" in as_(alice).get(f"/billing/statement/{line.pk}/").content.decode()
    assert used_in_month(portal_id=device.portal_id, meter="minutes", day=at(0).date()) == Decimal("1.5")


def test_the_companys_cap_on_minutes_holds(device: SipUser, alice: User) -> None:
    set_cap(actor=alice, meter="minutes", maximum=Decimal(2))
    assert call(device).allowed == 120
    settle(Cdr(call_id="c1", answered_at=timezone.now(), ended_at=timezone.now() + timedelta(minutes=5)))
    with pytest.raises(CallRefused) as refused:
        call(device, call_id="c2")
    assert refused.value.code == "minutes_cap"


def test_a_departments_cap_on_minutes_holds_for_its_telephones(portal: Portal, alice: User, bob: User) -> None:
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    money(portal, "60")
    caller(portal)
    sales = create_department(actor=alice, name="Sales")
    place_person(actor=alice, person=bob, department=sales)
    bobs = add_device(actor=alice, label="Bob", person_id=bob.pk).device
    others = add_device(actor=alice, label="Hall").device
    set_cap(actor=alice, meter="minutes", maximum=Decimal(2), department_id=sales.pk)

    assert call(bobs, call_id="b1").allowed == 120
    settle(Cdr(call_id="b1", answered_at=timezone.now(), ended_at=timezone.now() + timedelta(minutes=5)))
    with pytest.raises(CallRefused) as refused:
        call(bobs, call_id="b2")
    assert refused.value.code == "minutes_cap"
    assert call(others, call_id="o1").allowed > 120  # nobody's telephone is bound by the company's cap alone
    used = used_in_month(portal_id=portal.pk, meter="minutes", day=timezone.now().date(), department_id=sales.pk)
    assert used == 2
    place_person(actor=alice, person=bob, department=None)
    bobs.refresh_from_db()
    assert bobs.department_id is None
    assert call(bobs, call_id="b3").allowed > 120
