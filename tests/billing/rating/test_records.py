"""Our calls held against the switch's records (promise 71)."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing.domain.override import override_limit
from billing.rating.domain import reaper
from billing.rating.domain.events import Word, tell
from billing.rating.domain.rerate import charge_of
from billing.rating.models import Call, RecordComparison, SipUser
from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.outbox.models import OutboxEvent
from tenants.portals.models import Portal
from tests.factories.call import at, call, caller, deck, money

Ask = Any


@pytest.fixture
def device(portal: Portal) -> SipUser:
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=10, reason="test")
    money(portal, "60")
    return caller(portal)


@pytest.fixture
def switch(settings: Any) -> Ask:
    settings.SWITCH_TOKENS = ["x"]
    client = Client(SERVER_NAME=settings.BASE_DOMAIN, HTTP_HOST=settings.BASE_DOMAIN)

    def ask(calls: Any, since: float = -60, until: float = 3600) -> Any:
        body = {"since": at(since).isoformat(), "until": at(until).isoformat(), "calls": calls}
        return client.post("/switch/v1/records", body, "application/json", HTTP_AUTHORIZATION="Bearer x")

    return ask


def record(call_id: str, seconds: float, answered: bool = True) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "answered_at": at(0).isoformat() if answered else None,
        "ended_at": at(seconds).isoformat(),
    }


def test_a_day_is_compared_and_what_was_lost_is_settled(
    device: SipUser, switch: Ask, globex: Portal
) -> None:  # promise 71
    Portal.objects.filter(pk=globex.pk).update(is_operator=True)
    for name in ("same", "no-end", "no-answer", "guessed", "longer", "ours"):
        call(device, call_id=name, now=at(-5))
    for name in ("same", "no-answer", "longer", "ours"):
        answered = None if name == "no-answer" else at(0)
        tell(Word(call_id=name, kind="end", at=at(60), answered_at=answered))
    tell(Word(call_id="no-end", kind="answer", at=at(0)))
    tell(Word(call_id="guessed", kind="answer", at=at(0)))
    Call.objects.filter(call_id="guessed").update(proved_at=at(30))
    Call.objects.filter(call_id="no-end").update(proved_at=timezone.now(), granted=14_400, answered_at=timezone.now())
    reaper.reap(at(5000))
    assert Call.objects.get(call_id="guessed").estimated

    sent = [record("same", 60.4), record("no-end", 90), record("no-answer", 60), record("guessed", 100),
            record("longer", 75), record("stranger", 10)]  # fmt: skip
    answer = switch(sent).json()

    assert (answer["theirs"], answer["differing"]) == (6, 6)
    assert {one["call_id"]: one["what"] for one in answer["differences"]} == {
        "no-end": "not ended here",
        "no-answer": "not answered here",
        "guessed": "estimated",
        "longer": "duration",
        "stranger": "unknown here",
        "ours": "unknown to the switch",
    }
    charges = {one.call_id: str(charge_of(one).normalize()) for one in Call.objects.all()}
    assert charges == {
        "same": "0.6", "no-end": "0.9", "no-answer": "0.6", "guessed": "1", "longer": "0.6", "ours": "0.6",
    }  # fmt: skip
    with enter(globex):
        assert OutboxEvent.objects.filter(name="rating.records_differ").count() == 1

    again = switch(sent).json()
    assert {one["what"] for one in again["differences"]} == {"duration", "unknown here", "unknown to the switch"}
    assert charges == {one.call_id: str(charge_of(one).normalize()) for one in Call.objects.all()}


def test_a_day_that_agrees_says_so(device: SipUser, switch: Ask) -> None:
    call(device, now=at(-5))
    tell(Word(call_id="c1", kind="end", at=at(60), answered_at=at(0)))
    assert switch([record("c1", 60)]).json() == {"ours": 1, "theirs": 1, "differing": 0, "differences": []}
    assert RecordComparison.objects.get().differences == []


@pytest.mark.parametrize(
    ("calls", "until"), [("c1", 3600), (["c1"], 3600), ([{"call_id": "c1"}], 3600), ([], -61), ([], 100_000)]
)
def test_what_is_no_day_of_records_is_refused(device: SipUser, switch: Ask, calls: Any, until: float) -> None:
    assert switch(calls, until=until).status_code == 400
    assert not RecordComparison.objects.exists()
