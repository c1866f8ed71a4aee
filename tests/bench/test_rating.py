"""How fast calls are rated: from files, one durable commit each, and asked for over HTTP at a steady pace."""

from __future__ import annotations

import http.client
import json
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from billing.domain.override import override_limit
from billing.rating.domain.authorize import CallRequest, authorize
from billing.rating.domain.settle import Cdr, settle
from billing.rating.engine.calls import rate_calls, read_calls
from billing.rating.engine.deck import Deck
from billing.rating.engine.decks import read_deck
from billing.rating.models import Call, SipUser
from infra.db.current import enter
from infra.kit.access import SYSTEM
from tenants.portals.models import Portal
from tests.bench.durable import durable
from tests.bench.figures import ROUNDS, figure, p95
from tests.bench.web import gunicorn
from tests.factories.call import DECK, caller, deck, money

pytestmark = [pytest.mark.bench, pytest.mark.commits]
CALLS = 100_000
SETTLED = 2_000
CONNECTIONS = 8
WAL = 3_900  # bytes that settling a call adds to the log
PACE = 50  # calls a second
SECONDS = 12
TOKEN = "bench"


def a_deck() -> Deck:
    """600 prefixes at two kinds of steps."""
    lines = [
        f"{prefix},Place {prefix},{prefix % 97}.1234,0,{60 if prefix % 2 else 1},60\n" for prefix in range(100, 700)
    ]
    return read_deck(["prefix,destination,rate_per_minute,connect_fee,increment_seconds,minimum_seconds\n", *lines])


def test_batches() -> None:
    prices, chance = a_deck(), random.Random(7)
    lines = [
        f"{number},+{chance.randrange(100, 700)}5550123,2026-03-0{1 + number % 9}T10:00:00Z,{chance.randrange(900)}\n"
        for number in range(CALLS)
    ]
    head = "id,number,answered_at,duration_seconds\n"
    calls = list(read_calls([head, *lines]))
    rounds, with_reading, sums = [], [], set()
    for _ in range(ROUNDS):
        began = time.process_time()
        sums.add(sum((rated.amount for rated in rate_calls(prices, calls)), Decimal(0)))
        rounds.append(CALLS / (time.process_time() - began))
        began = time.process_time()
        sums.add(sum((rated.amount for rated in rate_calls(prices, read_calls([head, *lines]))), Decimal(0)))
        with_reading.append(CALLS / (time.process_time() - began))
    assert len(sums) == 1
    beside = f"reading the CSV as well {max(with_reading):,.0f}/s; CGRateS claims 50,000"
    figure("rating, batches, calls a second and core", max(rounds), at_least=40_000, beside=beside)


class Callers:
    """Portals with money and a telephone each, whose calls cost 0.6 a minute."""

    def __init__(self, portals: list[Portal]) -> None:
        self.devices = [self._device(portal) for portal in portals]

    def _device(self, portal: Portal) -> SipUser:
        with enter(portal):
            override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="bench")
            override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=1000, reason="bench")
            money(portal, "100000")
            return caller(portal, max_concurrent=1000, max_per_minute=32_000, max_seconds=60)

    def calls(self, number: int) -> list[str]:
        """`number` calls that may be settled, of each portal in turn."""
        names = [f"d{secrets.token_hex(6)}" for _ in range(number)]
        for place, name in enumerate(names):
            device = self.devices[place % len(self.devices)]
            authorize(CallRequest(call_id=name, device=device, number="+442079460123"))
        return names


@pytest.fixture
def callers(fresh_portal: Callable[..., Portal]) -> Iterator[Callers]:
    made = [fresh_portal("Bench") for _ in range(CONNECTIONS)]
    with enter(made[0]):
        prices = deck(DECK)
    yield Callers(made)
    Call.objects.filter(portal__in=made).delete()
    prices.delete()


def settled(name: str) -> None:
    """The end of a call that took 45 seconds."""
    now = timezone.now()
    settle(Cdr(call_id=name, answered_at=now, ended_at=now + timedelta(seconds=45)))


def flushed(_name: str) -> None:
    """The floor: a commit that does nothing but bring as much to the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'bench', repeat('x', %s))", [WAL])


def done_a_second(work: Callable[[str], None], shares: list[list[str]]) -> float:
    """Do `work` for each share over a connection of its own, all at once."""
    ready = threading.Barrier(len(shares) + 1)

    def work_all(share: list[str]) -> None:
        connection.ensure_connection()
        ready.wait()
        for name in share:
            work(name)
        connection.close()

    threads = [threading.Thread(target=work_all, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(map(len, shares)) / (time.perf_counter() - began)


def test_one_durable_commit_a_call(callers: Callers) -> None:
    together, alone, floor = [], [], []
    with durable():
        for _ in range(ROUNDS):
            names = callers.calls(SETTLED)
            shares = [names[place::CONNECTIONS] for place in range(CONNECTIONS)]
            floor.append(done_a_second(flushed, shares))
            together.append(done_a_second(settled, shares))
            total = Call.objects.filter(call_id__in=names).aggregate(sum=Sum("charge"))["sum"]
            assert total == Decimal("0.6") * SETTLED
            alone.append(done_a_second(settled, [callers.calls(SETTLED // 4)]))
    beside = f"{CONNECTIONS} connections and portals; one alone {max(alone):,.0f}/s; naive ORM 656"
    beside += f"; an empty commit of as many bytes {max(floor):,.0f}/s"
    figure("rating, one durable commit a call", max(together), "/s", at_least=2_000, beside=beside)


def test_authorize_over_http(callers: Callers) -> None:
    device = callers.devices[0]
    headers = {"Host": settings.BASE_DOMAIN, "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    taken: list[float] = []
    with gunicorn("saas.wsgi:application", SWITCH_TOKENS=TOKEN, TRUSTED_PROXY_HOPS="0") as server:

        def ask(client: http.client.HTTPConnection, name: str) -> float:
            body = json.dumps({"call_id": name, "username": device.username, "number": "+442079460123"})
            began = time.perf_counter()
            client.request("POST", "/switch/v1/authorize", body, headers)
            answer = client.getresponse()
            said = answer.read()
            assert answer.status == 200, said
            return time.perf_counter() - began

        def work(share: int) -> None:
            client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            for _ in range(5):
                ask(client, secrets.token_hex(8))
            begin = time.perf_counter()
            for number in range(share, PACE * SECONDS, 4):
                wait = begin + number / PACE - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                name = secrets.token_hex(8)
                taken.append(ask(client, name))
                with lock:
                    asked.append(name)

        lock, asked = threading.Lock(), list[str]()
        threads = [threading.Thread(target=work, args=(share,)) for share in range(4)]
        for thread in threads:
            thread.start()
        ending = threading.Event()

        def end_calls() -> None:
            """Calls end as others begin, so that their number stays as in life."""
            while not ending.wait(0.2):
                with lock:
                    done, asked[:] = asked[:-20], asked[-20:]
                for name in done:
                    settle(Cdr(call_id=name, answered_at=None, ended_at=timezone.now()))
            connection.close()

        closer = threading.Thread(target=end_calls)
        closer.start()
        for thread in threads:
            thread.join()
        ending.set()
        closer.join()
    beside = f"median {sorted(taken)[len(taken) // 2] * 1000:.1f} ms; a switch waits 2 s at most"
    figure("authorize over HTTP at 50 calls a second, p95", p95(taken) * 1000, "ms", at_most=10, beside=beside)
