"""How fast calls are rated: from files, one durable commit each, and asked for over HTTP at a steady pace."""

from __future__ import annotations

import http.client
import json
import os
import random
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
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
from tests.bench.figures import ROUNDS, figure, p95, walls
from tests.bench.web import gunicorn
from tests.factories.call import DECK, caller, deck, money

pytestmark = [pytest.mark.bench, pytest.mark.commits]
CALLS = 100_000
SETTLED = 300
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


def flush_milliseconds() -> float:
    """What flushing a page of the log to this disk takes: the tests' server commits without it."""
    with tempfile.NamedTemporaryFile() as file:

        def flush() -> None:
            file.write(b"x" * 8192)
            file.flush()
            os.fdatasync(file.fileno())

        return min(statistics.median(walls(flush, 50)) for _ in range(ROUNDS)) * 1000


@pytest.fixture
def device(fresh_portal: Callable[..., Portal]) -> Iterator[SipUser]:
    portal = fresh_portal("Bench")
    with enter(portal):
        made = deck(DECK)
        override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="bench")
        override_limit(actor=SYSTEM, portal=portal, limit="rating.channels", maximum=1000, reason="bench")
        money(portal, "100000")
        yield caller(portal, max_concurrent=1000, max_per_minute=32_000, max_seconds=60)
        Call.objects.filter(portal=portal).delete()
        made.delete()


def test_one_durable_commit_a_call(device: SipUser) -> None:
    names = [f"d{secrets.token_hex(6)}" for _ in range(SETTLED)]
    for name in names:
        authorize(CallRequest(call_id=name, device=device, number="+442079460123"))
    now = timezone.now()
    began = time.perf_counter()
    for name in names:
        settle(Cdr(call_id=name, answered_at=now, ended_at=now + timedelta(seconds=45)))
    took = time.perf_counter() - began
    total = sum(Call.objects.filter(call_id__in=names).values_list("charge", flat=True))
    assert total == Decimal("0.6") * SETTLED
    beside = f"naive ORM 656; a flush of this disk adds {flush_milliseconds():.2f} ms"
    figure("rating, one commit a call, ledger and meter included", SETTLED / took, "/s", at_least=2_000, beside=beside)


def test_authorize_over_http(device: SipUser) -> None:
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
