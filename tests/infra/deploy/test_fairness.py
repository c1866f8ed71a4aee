"""Portals take turns on a web process's threads (promise 76)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from infra.deploy.fairness import FairPool, Overloaded, host_in
from tests.infra.waiting import until

Pool = Callable[..., FairPool]


@pytest.fixture
def pool() -> Iterator[Pool]:
    made: list[FairPool] = []

    def make(threads: int, **options: Any) -> FairPool:
        made.append(FairPool(threads, **options))
        return made[-1]

    yield make
    for one in made:
        one.shutdown()


class Flood:
    """Requests that hold their threads until `open` is set; `began` counts those that got one."""

    def __init__(self, pool: FairPool, lane: str, number: int) -> None:
        self.open, self.began, self._count = threading.Event(), 0, threading.Lock()
        self.futures: list[Future[None]] = [pool.submit(lane, self._hold) for _ in range(number)]

    def _hold(self) -> None:
        with self._count:
            self.began += 1
        self.open.wait(120)

    def end(self) -> None:
        self.open.set()
        for future in self.futures:
            future.result(60)


def test_a_flood_leaves_a_thread_for_the_others(pool: Pool) -> None:  # promise 76
    threads = pool(4)
    flood = Flood(threads, "big", 50)
    until(lambda: flood.began == 3)
    assert threads.submit("small", lambda: "answered").result(60) == "answered"
    assert flood.began == 3
    flood.end()
    assert flood.began == 50


def test_beside_a_neighbour_a_quarter_of_the_threads(pool: Pool) -> None:
    threads = pool(8)
    threads.submit("small", lambda: None).result(60)
    flood = Flood(threads, "big", 10)
    until(lambda: flood.began == 2)
    neighbours = Flood(threads, "small", 10)
    until(lambda: neighbours.began == 2)
    assert (flood.began, neighbours.began) == (2, 2)
    flood.end()
    neighbours.end()


def test_lanes_take_turns_and_keep_their_order(pool: Pool) -> None:
    threads, order = pool(1), []
    gate = threading.Event()
    first = threads.submit("big", gate.wait, 60)
    waiting = [threads.submit("big", order.append, f"big {number}") for number in range(4)]
    waiting += [threads.submit(lane, order.append, lane) for lane in ("small", "tiny")]
    gate.set()
    for future in (first, *waiting):
        future.result(60)
    assert order[1:] == [name for name in ("small", "tiny", "big 0", "big 1", "big 2", "big 3") if name in order[1:]]
    assert [name for name in order if name.startswith("big")] == ["big 0", "big 1", "big 2", "big 3"]
    assert order.index("small") <= 1
    assert order.index("tiny") <= 2


def test_what_cannot_wait_is_refused_and_the_others_are_not(pool: Pool) -> None:
    threads = pool(2, waiting=5)
    flood = Flood(threads, "big", 1)
    until(lambda: flood.began == 1)
    more = [threads.submit("big", lambda: None) for _ in range(5)]
    with pytest.raises(Overloaded):
        threads.submit("big", lambda: None)
    threads.submit("small", lambda: None).result(60)
    flood.end()
    for future in more:
        future.result(60)


def test_a_fault_reaches_who_asked_and_the_thread_goes_on(pool: Pool) -> None:
    threads = pool(1)

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        threads.submit("one", fail).result(60)
    assert threads.submit("one", lambda: 7).result(60) == 7


@pytest.mark.parametrize(
    ("head", "host"),
    [
        (b"GET / HTTP/1.1\r\nHost: acme.example:80\r\nA: b\r\n\r\n", "acme.example:80"),
        (b"GET / HTTP/1.1\r\nA: b\r\nhOST:acme.example\r\n", "acme.example"),
        (b"POST / HTTP/1.1\r\nA: b\r\n\r\n\r\nHost: body.example\r\n", ""),
        (b"GET / HTTP/1.1\r\nX-Host: other.example\r\n\r\n", ""),
        (b"", ""),
    ],
)
def test_the_host_is_read_from_the_head_alone(head: bytes, host: str) -> None:
    assert host_in(head) == host
