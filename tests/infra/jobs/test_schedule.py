"""Beat may run twice, or not at all for a while (promise 81)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from kombu.utils.json import loads

import saas.celery  # noqa: F401  (finds every room's tasks)
from infra.jobs import jobs, schedule
from infra.jobs.app import app
from infra.jobs.broker import broker
from infra.jobs.tasks import PortalTask, ServiceTask
from infra.kit.registry import registry
from infra.kit.spec import Mode, Schedule
from tenants.portals.models import Portal
from tests.infra.specimens import subscribed

HOURLY = Schedule(key="specimen.hourly", task="specimen.mark_nightly", every=timedelta(hours=1))


@pytest.fixture(autouse=True)
def with_specimen() -> Iterator[None]:
    app.loader.import_default_modules()
    with subscribed(Mode.WORKER):
        yield


def sent(queue: str, task: str) -> list[dict[str, object]]:
    messages = [loads(text) for text in broker().lrange(f"celery:{queue}", 0, -1)]
    return [message["headers"] for message in messages if message["headers"]["task"] == task]


def test_two_beats_run_a_slot_once(acme: Portal, globex: Portal) -> None:  # promise 81
    jobs.tick.run()
    jobs.tick.run()
    (batch,) = [headers for headers in sent("default", "jobs.fan_out") if "mark_nightly" in str(headers["argsrepr"])]
    assert "portal" not in batch


def test_fan_out_sends_one_task_to_each_working_portal(acme: Portal, globex: Portal) -> None:
    Portal.objects.filter(pk=globex.pk).update(status=Portal.Status.SUSPENDED)
    jobs.fan_out.run("specimen.mark_nightly", 0, max(acme.pk, globex.pk))
    portals = [headers["portal"] for headers in sent("default", "specimen.mark_nightly")]
    assert acme.schema_name in portals
    assert globex.schema_name not in portals
    assert len(portals) == len(set(portals)) == Portal.objects.working().count()


def test_a_missed_slot_is_not_made_up_for() -> None:  # promise 81
    now = schedule.slot_of(HOURLY)
    assert schedule.claim(HOURLY, now - 5)
    schedule.done(HOURLY, now - 5)
    assert schedule.claim(HOURLY, now)
    schedule.done(HOURLY, now)
    assert not schedule.claim(HOURLY, now)
    assert not schedule.claim(HOURLY, now - 1)
    assert schedule.claim(HOURLY, now + 1)


def test_a_slot_whose_runner_died_is_taken_over_after_its_lease() -> None:
    slot = schedule.slot_of(HOURLY)
    assert schedule.claim(HOURLY, slot)
    assert not schedule.claim(HOURLY, slot)
    broker().delete("jobs:slot:specimen.hourly:lease")  # it has run out
    assert schedule.claim(HOURLY, slot)


def test_every_schedule_of_the_house_names_a_task_of_the_right_kind() -> None:
    for entry in registry.schedules:
        assert isinstance(jobs.scheduled(entry), PortalTask if entry.per_portal else ServiceTask)


def test_one_broken_schedule_does_not_stop_the_others(acme: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Schedule(key="specimen.broken", task="specimen.missing", every=timedelta(hours=1))
    monkeypatch.setitem(registry._index["schedules"], broken.key, broken)
    jobs.tick.run()
    assert sent("quick", "outbox.deliver_due")
    assert not schedule.claim(broken, schedule.slot_of(broken))  # the lease stands; the next one tries again
