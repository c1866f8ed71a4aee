"""Live updates: deliveries a second, memory a socket, and how soon 500 sockets are reached, beside a bare server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.live import keys, sending
from tests.bench.figures import ROUNDS, figure
from tests.bench.live_clients import Crowd
from tests.bench.live_server import SCHEMA

pytestmark = pytest.mark.bench
SOCKETS, MESSAGES = 500, 200
HOST = "acme.portal.localhost"
GROUP = "list:crm.lead"
CHANNELS = 9_200  # deliveries a second of Channels on uvicorn
BODY = b'{"type":"record.changed","data":{"id":12345,"by":67}}'


@contextmanager
def serving(kind: str) -> Iterator[tuple[int, int]]:
    """(port, process id) of a server of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.live_server", kind], stdout=subprocess.PIPE, env=os.environ, text=True
    )
    assert process.stdout is not None
    try:
        port = next(int(line.split()[1]) for line in process.stdout if line.startswith("port "))
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def publish(kind: str) -> None:
    if kind == "gateway":
        sending._send([(SCHEMA, GROUP, BODY)])
    else:
        sending.redis().publish(keys.channel(SCHEMA), BODY)


async def measure(kind: str) -> dict[str, float]:
    with serving(kind) as (port, pid):
        hello, marker = '{"join":["list:crm.lead"]}', b"record.changed"
        await Crowd(
            HOST, port, 50, hello.replace("lead", "deal"), marker
        ).connect()  # what is there once, not per socket
        before = resident_kb(pid)
        crowd = Crowd(HOST, port, SOCKETS, hello, marker)
        await crowd.connect()
        found = {"KB a socket": (resident_kb(pid) - before) / SOCKETS}
        reached, rates, work = [], [], []
        for _ in range(ROUNDS * 5):
            crowd.expect(1)
            began = time.perf_counter()
            await asyncio.to_thread(publish, kind)
            await asyncio.wait_for(crowd.done.wait(), 10)
            reached.append(time.perf_counter() - began)
        for _ in range(ROUNDS):
            crowd.expect(MESSAGES)
            began, burnt = time.perf_counter(), cpu_seconds(pid)
            await asyncio.to_thread(lambda: [publish(kind) for _ in range(MESSAGES)])
            await asyncio.wait_for(crowd.done.wait(), 60)
            rates.append(SOCKETS * MESSAGES / (time.perf_counter() - began))
            work.append(SOCKETS * MESSAGES / (cpu_seconds(pid) - burnt))
        found |= {"ms to reach 500": min(reached) * 1000, "deliveries/s": max(rates), "deliveries/CPU s": max(work)}
        return found


def test_live_gateway_beside_a_bare_server() -> None:
    ours, floor = asyncio.run(measure("gateway")), asyncio.run(measure("bare"))

    def note(name: str, what: str, unit: str = "", *, peer: str = "", **target: float) -> None:
        figure(f"live: {what}", ours[name], unit, beside=f"bare websockets {floor[name]:,.1f}{peer}", **target)

    note("KB a socket", "memory of a socket", "KB", at_most=25)
    note("ms to reach 500", f"{SOCKETS} sockets reached", "ms", at_most=50)
    note("deliveries/s", "deliveries a second", at_least=4 * CHANNELS, peer=f"; Channels {CHANNELS:,}")
    note("deliveries/CPU s", "deliveries a second of CPU")
