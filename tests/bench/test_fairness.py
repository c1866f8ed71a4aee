"""One company floods the queue, another sends one task: how long does the small one wait (promise 76)?"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.jobs.broker import broker
from tenants.portals.models import Portal
from tests.bench.figures import figure
from tests.infra.specimens import mark
from tests.infra.waiting import until
from tests.infra.workers import Worker

pytestmark = [pytest.mark.bench, pytest.mark.commits]
FLOOD = 300


def marks(portal: Portal) -> int:
    with enter(portal):
        return AuditEntry.objects.filter(action="specimen.mark").count()


def wait_of_the_small(big: Portal, small: Portal, worker: Worker, *, fair: bool) -> tuple[float, float]:
    """(seconds the small portal waited, tasks a second of the whole) under a flood that stands in the queue already."""
    done = marks(big) + marks(small)
    began = time.perf_counter()
    with enter(big):
        for number in range(FLOOD):
            mark.apply_async((str(number),), admitted=not fair)
    asked = time.perf_counter()
    before = marks(small)
    with enter(small):
        mark.apply_async(("small",), admitted=not fair)
    until(lambda: marks(small) > before, 240)
    waited = time.perf_counter() - asked
    until(lambda: marks(big) + marks(small) == done + FLOOD + 1, 240)
    return waited, (FLOOD + 1) / (time.perf_counter() - began)


def test_a_flood_beside_one_task(fresh_portal: Callable[..., Portal], tmp_path: Path) -> None:
    broker().flushdb()
    worker = Worker(tmp_path, "-c", "2").ready()
    try:
        big, small = fresh_portal("Big"), fresh_portal("Small")
        wait_of_the_small(big, small, worker, fair=True)  # warm
        plain = wait_of_the_small(big, small, worker, fair=False)
        fair = wait_of_the_small(big, small, worker, fair=True)
    finally:
        worker.kill()
        broker().flushdb()
    figure(
        f"jobs: a small portal's wait behind a flood of {FLOOD}",
        fair[0] * 1000,
        "ms",
        beside=f"one queue for all {plain[0] * 1000:,.0f} ms",
    )
    figure("jobs: tasks a second, two workers", fair[1], beside=f"one queue for all {plain[1]:,.0f}")
