"""Calls that come in: let in, counted, and paid where the number has a price."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from billing.domain import memory, simulator, usage, wallet
from billing.domain.override import override_limit
from billing.rating.domain import dids, guard, numbers
from billing.rating.domain.bundles import grant
from billing.rating.domain.events import Word, tell
from billing.rating.domain.inbound import InboundRequest, authorize_inbound
from billing.rating.domain.refused import CallRefused
from billing.rating.models import Call, CallAccount, Did, ProvenNumber, Refusal
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Invalid, LimitReached
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.call import at, call, caller, deck, money
from tests.factories.operator import Console

NUMBER = "+44 800 123 4567"
CALLER = "+447400123456"


@pytest.fixture
def toll_free(portal: Portal) -> Did:
    """acme's number, on which a minute costs it 0.06 to the second, after a fee of 0.02."""
    deck()
    money(portal, "6.02")
    caller(portal)
    override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=10, reason="test")
    give = {"number": NUMBER, "rate": Decimal("0.06"), "fee": Decimal("0.02"), "step": 1}
    return dids.give_number(actor=Console(), portal=portal, **give)


def ring(call_id: str = "in1", number: str = NUMBER, **more: Any) -> Call:
    return authorize_inbound(InboundRequest(call_id=call_id, number=number, caller=CALLER), **more).call


def test_an_incoming_call_is_paid_by_the_price_of_its_number(toll_free: Did) -> None:
    found = ring()
    assert (found.number, found.caller, found.country, found.route) == ("448001234567", "447400123456", "GB", "inbound")
    assert (found.granted, found.reserved) == (582, Decimal("0.6020"))  # a tenth of the wallet: ten calls may run
    assert ring() == found  # asked twice, reserved once
    tell(Word(call_id="in1", kind="answer", at=at(0)))
    settled = tell(Word(call_id="in1", kind="end", at=at(100))).call
    assert settled.charge == Decimal("0.12")
    assert wallet.balance(toll_free.portal_id) == Decimal("5.9")


def test_without_a_price_it_is_free_and_needs_no_money(portal: Portal) -> None:
    caller(portal, stopped_at=at(0))
    dids.give_number(actor=Console(), portal=portal, number=NUMBER)
    found = ring()
    assert (found.reserved, found.granted) == (Decimal(0), 14_400)
    assert tell(Word(call_id="in1", kind="answer", at=at(0))).hang_up == ""  # stopped for going out alone
    assert guard.to_cut() == []
    assert tell(Word(call_id="in1", kind="end", at=at(600))).call.charge == Decimal(0)


@pytest.mark.parametrize(
    ("account", "spent", "code"),
    [
        ({"max_concurrent": 0}, "0", "concurrent_cap"),
        ({"stopped_at": at(0)}, "0", "stopped"),
        ({"max_price": Decimal("0.05")}, "0", "price_cap"),
        ({}, "6", "no_funds"),
    ],
)
def test_a_paid_call_is_refused_like_one_that_goes_out(
    toll_free: Did, account: dict[str, Any], spent: str, code: str
) -> None:
    CallAccount.objects.filter(portal=toll_free.portal).update(**account)
    wallet.charge(portal_id=toll_free.portal_id, amount=Decimal(spent), cause="usage:test")
    with pytest.raises(CallRefused) as refused:
        ring()
    assert refused.value.code == code
    assert not Call.objects.exists()
    assert list(Refusal.objects.values_list("code", flat=True)) == [code]


def test_a_number_nobody_has_is_refused(toll_free: Did) -> None:
    for number, code in (("+442071234567", "unknown_number"), ("abc", "bad_number")):
        with pytest.raises(CallRefused) as refused:
            ring(number=number)
        assert refused.value.code == code


def test_included_minutes_are_for_calls_out(toll_free: Did) -> None:
    everywhere = grant(portal_id=toll_free.portal_id, title="Pack", seconds=600, cause="pack:1", starts_at=at(-9))
    ring()
    everywhere.refresh_from_db()
    assert everywhere.held == 0
    inbound = grant(
        portal_id=toll_free.portal_id,
        title="In",
        seconds=60,
        cause="pack:2",
        destinations=["inbound"],
        starts_at=at(-9),
    )
    ring("in2")
    inbound.refresh_from_db()
    assert inbound.held > 0


def test_incoming_and_outgoing_calls_share_the_channels(toll_free: Did) -> None:
    device = caller(toll_free.portal, max_concurrent=1)
    call(device)
    with pytest.raises(CallRefused) as refused:
        ring()
    assert refused.value.code == "concurrent_cap"


def test_the_switch_asks_with_the_direction(toll_free: Did, settings: Any) -> None:
    settings.SWITCH_TOKENS = ["x"]
    switch = Client(SERVER_NAME=settings.BASE_DOMAIN, HTTP_HOST=settings.BASE_DOMAIN)

    def ask(**body: str) -> Any:
        return switch.post(
            "/switch/v1/authorize",
            body,
            "application/json",
            HTTP_AUTHORIZATION="Bearer x",
            HTTP_HOST=settings.BASE_DOMAIN,
        )

    answer = ask(call_id="in1", direction="in", number="448001234567", caller=CALLER)
    assert (answer.status_code, answer.json()["route"], answer.json()["reserved"]) == (200, "inbound", "0.6020")
    assert ask(call_id="in2", direction="up", number="1").status_code == 400
    assert ask(call_id="in2", direction="in", number="441").status_code == 404


def test_numbers_are_a_limit_of_the_plan(
    portal: Portal, globex: Portal, as_: Callable[[User], Client], alice: User
) -> None:
    override_limit(actor=SYSTEM, portal=portal, limit="rating.numbers", maximum=1, reason="test")
    dids.give_number(actor=Console(), portal=portal, number=NUMBER)
    with pytest.raises(LimitReached):
        dids.give_number(actor=Console(), portal=portal, number="+442071234567")
    assert dids.give_number(actor=Console(), portal=portal, number=NUMBER, rate=Decimal(1)).tariff is not None
    with pytest.raises(Conflict):
        dids.give_number(actor=Console(), portal=globex, number=NUMBER)
    with pytest.raises(Conflict):  # nor may its calls show it (promise 74)
        numbers.prove_number(actor=Console(), portal=globex, number=NUMBER)
    with pytest.raises(Invalid):
        dids.give_number(actor=Console(), portal=portal, number="none")
    assert ProvenNumber.objects.get(portal=portal).number == "448001234567"  # its calls may show it
    assert "+44 800 123 4567" in as_(alice).get("/billing/calls/devices/").content.decode()

    rights = memory.entitlements(portal.schema_name)
    touched = simulator._limit("rating.numbers", 1, 0, 1)
    assert [str(card.title) for card in touched.cards] == ["+44 800 123 4567"]
    assert next(meter.used for meter in usage.meters(rights) if meter.key == "rating.numbers") == 1
    dids.withdraw_number(actor=Console(), portal=portal, did_id=Did.objects.get().pk)
    assert not ProvenNumber.objects.filter(portal=portal).exists()


def test_a_number_that_has_moved_is_shown_by_its_new_company_alone(
    portal: Portal, globex: Portal
) -> None:  # promise 74
    numbers.prove_number(actor=Console(), portal=globex, number=NUMBER)
    dids.give_number(actor=Console(), portal=portal, number=NUMBER)
    assert numbers.numbers_of(globex) == []
    assert len(numbers.numbers_of(portal)) == 1
