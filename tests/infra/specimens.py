"""An event, handlers, tasks and a job to publish, deliver, send and kill in tests; loaded beside the house's own specs.

`python -m tests.infra.specimens <celery worker options>` is a real worker that knows them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from redis import Redis


def gate() -> Redis:
    """Where tests and workers meet: a worker waits at a gate until the test opens it."""
    return Redis.from_url(os.environ["REDIS_LIVE_URL"])


if __name__ == "__main__":
    import saas.celery

from django.db import connection, transaction  # noqa: E402

from infra import audit  # noqa: E402
from infra.jobs import job_task, portal_task  # noqa: E402
from infra.jobs.domain.running import JobRun  # noqa: E402
from infra.kit.access import SYSTEM  # noqa: E402
from infra.kit.errors import LimitReached  # noqa: E402
from infra.kit.events import Event  # noqa: E402
from infra.kit.registry import registry  # noqa: E402
from infra.kit.spec import Mode, ModuleSpec, Schedule, Subscription  # noqa: E402


@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    """`mood` tells the handlers what to do: "well", "refuse", "break" or "kill"."""

    name: ClassVar[str] = "specimen.happened"
    mood: str = "well"
    note: str = ""


def inline(event: Happened, *, delivery: Any) -> None:
    """Leaves a mark, then does as the event's mood says."""
    _react("inline", event)


def by_worker(event: Happened, *, delivery: Any) -> None:
    """The same, in a worker."""
    _react("worker", event)


def _react(where: str, event: Happened) -> None:
    audit.record(SYSTEM, f"specimen.{where}", note=event.note)
    if event.mood == "refuse":
        raise LimitReached("The Free plan has 1 lead.")
    if event.mood == "break":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    if event.mood == "kill once" and gate().incr("killed") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if event.mood == "slow":
        gate().rpush("arrived", os.getpid())
        gate().blpop(["open"], timeout=20)


@portal_task(name="specimen.mark")
def mark(note: str) -> None:
    """Leaves a mark in the portal it runs in."""
    _mark(note)


@portal_task(name="specimen.again", bind=True)
def again(self: Any, note: str) -> None:
    """Fails the first time, and is sent again by itself."""
    if not self.request.retries:
        raise self.retry(countdown=0)
    _mark(note)


@portal_task(name="specimen.hold")
def hold() -> None:
    """Waits at the gate."""
    gate().rpush("arrived", os.getpid())
    gate().blpop(["open"], timeout=20)


@job_task(name="specimen.count", resumable=True)
def count(run: JobRun, upto: int, hold_at: int) -> str:
    """Counts, leaving a checkpoint at each step; waits at the gate on reaching `hold_at`, once."""
    for number in range(run.checkpoint or 0, upto):
        if number == hold_at and gate().set("held", 1, nx=True):
            gate().rpush("arrived", os.getpid())
            gate().blpop(["open"], timeout=20)
        run.progress(number + 1, upto, f"row {number + 1}", checkpoint=number + 1)
    return "/crm/leads/"


@job_task(name="specimen.fragile")
def fragile(run: JobRun) -> None:
    """Waits at the gate; cannot be resumed."""
    gate().rpush("arrived", os.getpid())
    gate().blpop(["open"], timeout=20)


@contextmanager
def subscribed(*modes: Mode) -> Iterator[None]:
    """The registry with the specimen's spec, its event handled in these modes."""
    handlers = {Mode.INLINE: inline, Mode.WORKER: by_worker}
    before = list(registry.modules.values())
    spec = ModuleSpec(
        slug="specimen",
        title="Specimen",
        icon="flask",
        publishes=(Happened,),
        handles=tuple(
            Subscription(event=Happened.name, handler=f"tests.infra.specimens.{handlers[mode].__name__}", mode=mode)
            for mode in modes
        ),
        schedules=(Schedule(key="specimen.nightly", task="specimen.mark_nightly", every=timedelta(days=1)),),
    )
    registry.load([*before, spec])
    try:
        yield
    finally:
        registry.load(before)


@portal_task(name="specimen.mark_nightly")
def mark_nightly() -> None:
    """Leaves a mark that says it is night."""
    _mark("nightly")


def _mark(note: str) -> None:
    with transaction.atomic():
        audit.record(SYSTEM, "specimen.mark", note=note)


if __name__ == "__main__":
    # Names must be those that tests import, not __main__'s.
    from tests.infra import specimens

    with specimens.subscribed(Mode.INLINE, Mode.WORKER):
        saas.celery.app.worker_main(["worker", "--loglevel=INFO", *sys.argv[1:]])
