"""A real worker, and a broker that each test finds empty: fixtures for the rooms that send tasks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.jobs.broker import broker
from tests.infra.specimens import gate
from tests.infra.waiting import until


class Worker:
    """`python -m tests.infra.specimens`: the house's Celery worker that also knows the specimens."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.log = folder / "worker.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.infra.specimens", "--without-gossip", "--without-mingle", *options],
                stdout=output,
                stderr=output,
                env=os.environ | {"JOBS_VISIBILITY_SECONDS": "2"},
                start_new_session=True,
            )

    def ready(self) -> Worker:
        """Returns once it takes tasks."""
        until(lambda: "ready." in self.log.read_text() or self._ended(), 120)
        return self

    def _ended(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        return False

    def kill(self) -> None:
        """kill -9, with all its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.write_text("")


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """`start_worker("-c", "2")`: a worker of all queues; killed after the test."""
    started: list[Worker] = []

    def start(*options: str) -> Worker:
        started.append(Worker(tmp_path, *(options or ("-c", "2"))))
        return started[-1].ready()

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.kill()


@pytest.fixture(autouse=True)
def empty_broker() -> Iterator[None]:
    broker().flushdb()
    gate().flushdb()
    yield
    broker().flushdb()
    gate().flushdb()
