"""A web process of its own, and a few kept connections that ask it."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from infra.local import free_port

CLIENTS = 4
Request = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers


class Server:
    """gunicorn with one worker of four threads."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid

    def _workers(self) -> list[Path]:
        pids = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [Path(f"/proc/{pid}") for pid in pids]

    def cpu(self) -> float:
        """Seconds of CPU its worker has used."""
        fields = [(process / "stat").read_text().rsplit(")", 1)[1].split() for process in self._workers()]
        return sum(int(row[11]) + int(row[12]) for row in fields) / os.sysconf("SC_CLK_TCK")

    def megabytes(self, kind: str = "Rss") -> float:
        """Memory of its worker: resident (`Rss`), or with what it shares shared out (`Pss`)."""
        lines = [line for process in self._workers() for line in (process / "smaps_rollup").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1024

    def send(self, requests: Sequence[Request], *, expected: int = 200) -> None:
        """Send all over a few kept connections; every answer must have the status `expected`."""
        statuses: list[int] = []

        def work(mine: Sequence[Request]) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for method, path, body, headers in mine:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
            connection.close()

        threads = [threading.Thread(target=work, args=(requests[number::CLIENTS],)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [expected] * len(requests)

    def measure(self, requests: Sequence[Request]) -> tuple[float, float]:
        """Requests a second, and milliseconds of the worker's CPU for each."""
        before, began = self.cpu(), time.perf_counter()
        self.send(requests)
        took, used = time.perf_counter() - began, self.cpu() - before
        return len(requests) / took, used / len(requests) * 1000


@cache
def _development() -> list[str]:
    """Modules that only requirements-dev.txt brings."""
    root = Path(__file__).parents[2]
    dev, deployed = (
        {name.lower() for name in re.findall(r"^([\w.-]+)==", (root / lock).read_text(), re.MULTILINE)}
        for lock in ("requirements-dev.txt", "requirements.txt")
    )
    brought = {
        module: {name.lower().replace("_", "-") for name in names} for module, names in packages_distributions().items()
    }
    return sorted(module for module, names in brought.items() if names <= dev - deployed)


@contextmanager
def gunicorn(application: str, **environment: str) -> Iterator[Server]:
    """Serve `application` on a free port until the end of the block, as the image does: loaded by the master, without
    the packages of development, with one arena of the allocator."""
    port = free_port()
    options = ["-w1", "-k", "gthread", "--threads=4", "--keep-alive=30", "-b", f"127.0.0.1:{port}"]
    options += ["--config", "python:tests.bench.deployed"]
    settings = {"DJANGO_SETTINGS_MODULE": "saas.settings.test", "TRUSTED_PROXY_HOPS": "1"}
    settings |= {"BENCH_WITHOUT": ",".join(_development()), "MALLOC_ARENA_MAX": "1"}
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options, application],
        env=os.environ | settings | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.wait(20)
