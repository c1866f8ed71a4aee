"""Long jobs through the API: one's own, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from infra import jobs
from infra.jobs.domain.running import run
from infra.jobs.models import Job
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.infra.specimens import count

Api = Callable[..., Client]


def start(person: User) -> Job:
    return jobs.start(person, "Import of leads.csv", count, [3, -1])


def test_a_finished_job_says_where_its_result_is(portal: Portal, bob: User, api: Api) -> None:
    job = start(bob)
    run(job.pk, lambda progress, upto, at: "/crm/leads/", resumable=False)
    told = api(bob).get(f"/api/v1/jobs/{job.pk}").json()
    assert {name: told[name] for name in ("id", "title", "state", "percent", "result_url", "error")} == {
        "id": job.pk,
        "title": "Import of leads.csv",
        "state": "done",
        "percent": 100,
        "result_url": "/crm/leads/",
        "error": "",
    }
    assert "args" not in told


def test_the_list_is_ones_own_newest_first_and_paged(portal: Portal, alice: User, bob: User, api: Api) -> None:
    mine = [start(bob).pk for _ in range(3)]
    start(alice)
    first = api(bob).get("/api/v1/jobs?limit=2").json()
    assert [row["id"] for row in first["results"]] == mine[:0:-1]
    rest = api(bob).get(first["next"]).json()
    assert ([row["id"] for row in rest["results"]], rest["next"]) == ([mine[0]], None)
    assert api(bob).get("/api/v1/jobs?state=done").json()["results"] == []
    assert api(bob).get("/api/v1/jobs?state=flying").status_code == 400


def test_cancelling_stops_a_waiting_job_at_once(portal: Portal, bob: User, api: Api) -> None:
    job = start(bob)
    for _ in range(2):  # asking again changes nothing
        answer = api(bob).post(f"/api/v1/jobs/{job.pk}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


@pytest.mark.parametrize("who", ["alice", "carol", "dave"])
def test_a_colleagues_job_is_not_found(
    portal: Portal, bob: User, who: str, api: Api, request: pytest.FixtureRequest
) -> None:
    job, colleague = start(bob), request.getfixturevalue(who)
    assert api(colleague).get(f"/api/v1/jobs/{job.pk}").status_code == 404
    assert api(colleague).post(f"/api/v1/jobs/{job.pk}/cancel").status_code == 404
    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == ("queued", False)
