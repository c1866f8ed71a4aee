"""Long jobs as the person who started them sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from infra import jobs
from infra.jobs.broker import broker
from infra.jobs.domain.job import cancel
from infra.jobs.domain.running import run
from infra.jobs.models import Job
from infra.kit.errors import Invalid, NotFound
from infra.live import keys
from infra.live.sending import redis
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.infra.specimens import count, mark


def start(person: User, upto: int = 3) -> Job:
    return jobs.start(person, "Import of leads.csv", count, [upto, -1])


def test_job_runs_shows_progress_and_ends(portal: Portal, bob: User) -> None:
    job = start(bob)
    run(job.pk, lambda progress, upto, at: progress.progress(upto, upto, "all rows"), resumable=False)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.note, job.percent) == ("done", 3, 3, "all rows", 100)
    told = [fields[b"b"] for _id, fields in redis().xrange(keys.stream(portal.schema_name, f"user:{bob.pk}"))]
    assert [b'"running"' in told[0], b'"all rows"' in told[1], b'"done"' in told[-1]] == [True, True, True]


def test_refusal_and_fault_are_told_apart(portal: Portal, bob: User) -> None:
    def refuse(progress: object, *args: int) -> None:
        raise Invalid("Row 3 has no name.")

    def fault(progress: object, *args: int) -> None:
        raise ZeroDivisionError("secret detail")

    refused, broken = start(bob), start(bob)
    run(refused.pk, refuse, resumable=False)
    run(broken.pk, fault, resumable=False)
    refused.refresh_from_db()
    broken.refresh_from_db()
    assert (refused.state, refused.error) == ("failed", "Row 3 has no name.")
    assert broken.state == "failed"
    assert "secret detail" not in broken.error


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(portal: Portal, bob: User) -> None:
    job = start(bob)
    assert cancel(actor=bob, job_id=job.pk).state == "cancelled"
    run(job.pk, lambda *args: pytest.fail("it ran"), resumable=False)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("cancelled", 0)


def test_a_job_cancelled_while_a_worker_takes_it_up_does_not_run(
    portal: Portal, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start(bob)

    def cancelled_meanwhile() -> datetime:
        monkeypatch.undo()
        cancel(actor=bob, job_id=job.pk)
        return timezone.now()

    monkeypatch.setattr("infra.jobs.domain.running.timezone.now", cancelled_meanwhile)
    run(job.pk, lambda *args: pytest.fail("it ran"), resumable=False)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("cancelled", 0)


def test_only_ones_own_jobs(portal: Portal, alice: User, bob: User, as_: Callable[[User], Client]) -> None:
    job = start(bob)
    with pytest.raises(NotFound):
        cancel(actor=alice, job_id=job.pk)
    assert as_(alice).get(f"/jobs/{job.pk}/").status_code == 404
    assert as_(alice).post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert "Import of leads.csv" not in as_(alice).get("/jobs/").content.decode()
    assert "Import of leads.csv" in as_(bob).get("/jobs/").content.decode()
    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == ("queued", False)


def test_my_jobs_can_be_left_and_come_back_to(portal: Portal, bob: User, as_: Callable[[User], Client]) -> None:
    job, browser = start(bob), as_(bob)
    assert f'action="/jobs/{job.pk}/cancel/"' in browser.get("/jobs/").content.decode()
    assert browser.post(f"/jobs/{job.pk}/cancel/").status_code == 302
    assert "Cancelled" in browser.get(f"/jobs/{job.pk}/").content.decode()


def test_empty_list_says_what_will_be_here(portal: Portal, bob: User, as_: Callable[[User], Client]) -> None:
    assert "No jobs yet" in as_(bob).get("/jobs/").content.decode()


def test_only_declared_jobs_are_started(portal: Portal, bob: User) -> None:
    with pytest.raises(TypeError):
        jobs.start(bob, "No job", mark)
    assert not Job.objects.exists()
    assert broker().keys("celery:long") == []
