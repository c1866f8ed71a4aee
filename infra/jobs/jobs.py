"""Beat's one entry and what it fans out to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog

from infra.db.current import enter, portal_schema
from infra.jobs import schedule as slots
from infra.jobs.app import app
from infra.jobs.broker import claim, free
from infra.jobs.domain.job import LOOK_AGAIN, MARKS, take_up_lost
from infra.jobs.named import named
from infra.jobs.sweeping import BATCH, portal_batches, schemas_where, working_portals
from infra.jobs.tasks import PortalTask, QueuedTask, ServiceTask, portal_task, send_parked, service_task
from infra.jobs.window import waiting
from infra.kit.errors import UnknownName
from infra.kit.registry import registry
from infra.kit.spec import Schedule

_log = structlog.get_logger(__name__)


@service_task(name="jobs.tick")
def tick() -> None:
    """Run every schedule whose slot nobody has run yet; send parked messages whose portal has a place again."""
    for schedule in registry.schedules:
        slot = slots.slot_of(schedule)
        if not slots.claim(schedule, slot):
            continue
        try:
            run_slot(schedule)
        except Exception:  # this one is tried again when its lease is over; the others run
            _log.exception("jobs.schedule_failed", schedule=schedule.key)
        else:
            slots.done(schedule, slot)
    for queue, schema in waiting():
        send_parked(queue, schema)
    for schema in MARKS.due():
        if claim(f"look_after:{schema}", LOOK_AGAIN.seconds):
            with enter(schema):
                look_after.apply_async()


def run_slot(schedule: Schedule) -> None:
    """Send the schedule's task, or for a portal's task one message per batch of portals that sends theirs."""
    task = scheduled(schedule)
    if not schedule.per_portal:
        task.apply_async()
        return
    for batch in portal_batches(BATCH):
        fan_out.apply_async([task.name, batch[0][0] - 1, batch[-1][0]])


def scheduled(schedule: Schedule) -> QueuedTask[..., Any]:
    """The task that `schedule` names.

    Raises UnknownName, also where a portal's task is meant to run for the service or the other way round.
    """
    task = named(schedule.task)
    if not isinstance(task, PortalTask if schedule.per_portal else ServiceTask):
        raise UnknownName(f"schedule {schedule.key}: {schedule.task} is of the other kind, see per_portal")
    return task


@service_task(name="jobs.fan_out", queue="default")
def fan_out(task: str, after: int, until: int) -> None:
    """Send `task` to the working portals with `after` < id <= `until`."""
    for _id, schema in working_portals(after, BATCH, until):
        with enter(schema):
            app.tasks[task].apply_async()


@portal_task(name="jobs.look_after", queue="quick")
def look_after() -> None:
    """Take up what a lost worker left; look again as long as the portal has unfinished jobs."""
    free(f"look_after:{portal_schema()}")
    seen = MARKS.seen()
    MARKS.settle(seen, datetime.now(UTC) + LOOK_AGAIN if take_up_lost() else None)


@service_task(name="jobs.sweep", queue="default")
def sweep() -> None:
    """Look into every portal for unfinished jobs without a mark: there are none, unless rows came in by another way."""
    for schema in schemas_where("jobs_job", "state IN ('queued', 'running')"):
        MARKS.leave(schema=schema)
