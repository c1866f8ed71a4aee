"""What kill -9 does to tasks and jobs: nothing is lost, nothing hangs (promise 40)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from infra import jobs
from infra.db.current import enter
from infra.jobs.broker import broker
from infra.jobs.domain.job import cancel
from infra.jobs.jobs import look_after, sweep
from infra.jobs.models import Job
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.infra.specimens import count, fragile, gate, hold
from tests.infra.waiting import until

pytestmark = [pytest.mark.commits, pytest.mark.long]
Start = Callable[..., Any]


def arrived(times: int = 1) -> int:
    """The process that waits at the gate, once `times` have come."""
    return until(lambda: gate().llen("arrived") >= times and int(gate().lindex("arrived", -1) or 0))


def job(portal: Portal, pk: int) -> Job:
    with enter(portal):
        return Job.objects.get(pk=pk)


def owner(portal: Portal) -> User:
    with enter(portal):
        return User.objects.order_by("pk").first()


def test_a_task_survives_the_death_of_its_process_and_of_its_worker(
    fresh_portal: Callable[..., Portal], start_worker: Start
) -> None:  # promise 40
    with enter(fresh_portal()):
        hold.delay()
    worker = start_worker("-c", "1")
    os.kill(arrived(), signal.SIGKILL)  # the child
    arrived(2)
    worker.kill()  # the whole worker; the message comes back after the visibility timeout, 2 s here
    start_worker("-c", "1")
    arrived(3)
    gate().rpush("open", 1, 2, 3, 4)  # on a slow machine the short timeout sends it more often
    until(lambda: broker().hlen("celery:unacked") == 0 and broker().llen("celery:default") == 0)


def test_a_job_goes_on_where_it_was_when_its_worker_was_killed(
    fresh_portal: Callable[..., Portal], start_worker: Start
) -> None:  # promise 40
    portal = fresh_portal()
    with enter(portal):
        started = jobs.start(owner(portal), "Counting", count, [5, 3])
    assert started.state == "queued"
    worker = start_worker("-c", "1")
    arrived()
    assert (job(portal, started.pk).state, job(portal, started.pk).checkpoint) == ("running", 3)
    worker.kill()
    until(lambda: look_again(portal))
    start_worker("-c", "1")
    until(lambda: job(portal, started.pk).is_finished)
    ended = job(portal, started.pk)
    assert (ended.state, ended.done, ended.total, ended.attempts) == ("done", 5, 5, 2)
    assert (ended.result, ended.percent, ended.note) == ("/crm/leads/", 100, "row 5")


def look_again(portal: Portal) -> bool:
    """Send the job's message again, as the sweeps do once PostgreSQL has noticed that the worker is gone."""
    broker().flushdb()  # Redis, too, has lost everything
    sweep.run()
    look_after.push_request(portal=portal.schema_name, id="1")
    look_after()
    look_after.pop_request()
    return bool(broker().llen("celery:long"))


def test_a_job_that_cannot_be_resumed_says_that_it_was_interrupted(
    fresh_portal: Callable[..., Portal], start_worker: Start
) -> None:
    portal = fresh_portal()
    with enter(portal):
        started = jobs.start(owner(portal), "Fragile", fragile)
    start_worker("-c", "1")
    os.kill(arrived(), signal.SIGKILL)
    until(lambda: job(portal, started.pk).is_finished)
    ended = job(portal, started.pk)
    assert (ended.state, ended.error) == ("failed", "The work was interrupted. Start it again.")
    assert gate().llen("arrived") == 1


def test_a_running_job_is_cancelled_by_the_person_who_started_it(
    fresh_portal: Callable[..., Portal], start_worker: Start
) -> None:
    portal = fresh_portal()
    with enter(portal):
        started = jobs.start(owner(portal), "Counting", count, [10**6, 0])
    start_worker("-c", "1")
    arrived()
    with enter(portal):
        cancel(actor=owner(portal), job_id=started.pk)
    gate().rpush("open", 1)
    until(lambda: job(portal, started.pk).is_finished)
    assert job(portal, started.pk).state == "cancelled"
    assert job(portal, started.pk).done < 10**6
