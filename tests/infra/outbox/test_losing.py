"""Processes that die, brokers that are away, workers that meet: every event has its effect exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from redis import Redis, ResponseError

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.jobs.broker import broker
from infra.kit.spec import Mode
from infra.local import LocalRedis
from infra.outbox import publish
from infra.outbox.domain.delivering import deliver_one
from infra.outbox.domain.waking import MARKS
from infra.outbox.jobs import deliver, deliver_due, sweep
from infra.outbox.models import Delivery
from infra.wakeups.models import WakeUp
from tenants.portals.models import Portal
from tests.infra.specimens import Happened, gate, subscribed
from tests.infra.waiting import until
from tests.support import portals
from tests.support.disk import small_disk

pytestmark = [pytest.mark.commits, pytest.mark.long]

PUBLISH = """
import os, signal, sys
import django
django.setup()
from django.db import transaction
from infra.db.current import enter
from infra.kit.spec import Mode
from infra.outbox import publish
from tests.infra.specimens import Happened, subscribed
with subscribed(Mode.INLINE, Mode.WORKER), enter(sys.argv[1]), transaction.atomic():
    if sys.argv[2] == "after commit":
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
    publish(Happened(note="from the dead"))
    if sys.argv[2] == "before commit":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def both_modes() -> Iterator[None]:
    with subscribed(Mode.INLINE, Mode.WORKER):
        yield


def marks(portal: Portal) -> list[str]:
    with enter(portal):
        return sorted(AuditEntry.objects.filter(action__startswith="specimen.").values_list("action", flat=True))


def open_deliveries(portal: Portal) -> int:
    with enter(portal):
        return Delivery.objects.filter(status="pending").count()


def marked(portal: Portal) -> int:
    return WakeUp.objects.filter(schema_name=portal.schema_name, room="outbox").count()


def tick(portal: Portal) -> None:
    """What beat does every five seconds, when the grace of the portal's marks is over."""
    WakeUp.objects.filter(schema_name=portal.schema_name).update(due_at=timezone.now())
    deliver_due.run()


def publish_for_worker(portal: Portal, mood: str) -> None:
    """An event that the inline handler took well, and the worker's will take so."""
    with enter(portal), transaction.atomic():
        publish(Happened())
        event = Delivery.objects.get(mode="worker").event
        event.payload = Happened(mood=mood).to_payload()
        event.save()


def publish_and_die(portal: Portal, moment: str) -> None:
    ended = subprocess.run([sys.executable, "-c", PUBLISH, portal.schema_name, moment], env=os.environ, check=False)
    assert ended.returncode == -signal.SIGKILL


def test_killed_before_commit_leaves_nothing(fresh_portal: Callable[..., Portal]) -> None:  # promises 28, 41
    portal = fresh_portal()
    publish_and_die(portal, "before commit")
    assert (marks(portal), open_deliveries(portal), marked(portal)) == ([], 0, 0)


def test_killed_between_commit_and_message_loses_nothing(
    fresh_portal: Callable[..., Portal], start_worker: Callable[..., Any]
) -> None:  # promise 41
    portal = fresh_portal()
    publish_and_die(portal, "after commit")
    assert (marks(portal), open_deliveries(portal), broker().keys("*")) == (["specimen.inline"], 1, [])
    assert marked(portal) == 1
    tick(portal)
    start_worker()
    until(lambda: not open_deliveries(portal))
    assert marks(portal) == ["specimen.inline", "specimen.worker"]


@pytest.fixture
def full() -> Iterator[Redis]:
    """A broker whose disk has no room."""
    with small_disk() as disk, LocalRedis(disk.path / "broker") as server:
        broker = Redis.from_url(server.url(), decode_responses=True)
        disk.fill()
        with pytest.raises(ResponseError, match="MISCONF"):
            until(lambda: not broker.set("key", "x"))
        yield broker


def test_a_broker_that_is_down_or_full_loses_nothing(
    full: Redis,
    fresh_portal: Callable[..., Portal],
    start_worker: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # promises 41, 46, 75
    portal = fresh_portal()
    for useless in (Redis.from_url("redis://127.0.0.1:1/0", decode_responses=True), full):
        with monkeypatch.context() as patch:
            for module in ("infra.jobs.window", "infra.jobs.broker"):
                patch.setattr(f"{module}.broker", lambda: useless)  # noqa: B023
            with enter(portal), transaction.atomic():
                publish(Happened())
    assert (marks(portal), open_deliveries(portal)) == (["specimen.inline"] * 2, 2)
    tick(portal)
    start_worker()
    until(lambda: not open_deliveries(portal))
    assert sorted(marks(portal)) == ["specimen.inline"] * 2 + ["specimen.worker"] * 2


def test_handler_that_kills_its_process_is_tried_again_and_has_its_effect_once(
    fresh_portal: Callable[..., Portal], start_worker: Callable[..., Any]
) -> None:  # promise 40
    portal = fresh_portal()
    publish_for_worker(portal, "kill once")
    start_worker("-c", "1")
    tick(portal)
    until(lambda: int(gate().get("killed") or 0) == 1)
    with enter(portal):
        assert Delivery.objects.get(mode="worker").attempts == 1
        Delivery.objects.filter(mode="worker").update(next_attempt_at=timezone.now())
    until(lambda: wake_again(portal))
    assert marks(portal) == ["specimen.inline", "specimen.worker"]


def wake_again(portal: Portal) -> bool:
    broker().delete(f"jobs:outbox:sent:{portal.schema_name}")  # as if the lease of what the tick sent had run out
    tick(portal)
    return not open_deliveries(portal)


def test_two_workers_on_one_delivery_do_it_once(fresh_portal: Callable[..., Portal]) -> None:  # promise 40
    portal = fresh_portal()
    publish_for_worker(portal, "slow")

    def work() -> None:
        try:
            with enter(portal):
                deliver_one()
                make_due()
                deliver_one()
        finally:
            connection.close()

    def make_due() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM outbox_delivery WHERE status = 'pending' FOR UPDATE SKIP LOCKED")
            for (pk,) in cursor.fetchall():
                cursor.execute("UPDATE outbox_delivery SET next_attempt_at = now() WHERE id = %s", [pk])

    first = threading.Thread(target=work)
    first.start()
    until(lambda: gate().llen("arrived") == 1)
    with enter(portal):  # while the first is at it: make it look due, and let others try
        others = [threading.Thread(target=work) for _ in range(4)]
        for thread in others:
            thread.start()
        for thread in others:
            thread.join()
    gate().rpush("open", 1)
    first.join()
    assert marks(portal) == ["specimen.inline", "specimen.worker"]
    assert gate().llen("arrived") == 1
    assert open_deliveries(portal) == 0


def test_a_worker_that_dies_with_the_message_is_made_up_for(
    fresh_portal: Callable[..., Portal], start_worker: Callable[..., Any]
) -> None:  # promises 40, 41
    portal = fresh_portal()
    with enter(portal), transaction.atomic():
        publish(Happened())
    broker().flushdb()  # the word, the message and the lease are gone with whoever had them
    tick(portal)
    start_worker()
    until(lambda: not open_deliveries(portal) and not marked(portal))
    assert marks(portal) == ["specimen.inline", "specimen.worker"]


def test_what_is_published_while_a_worker_looks_keeps_its_mark(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    with enter(portal), transaction.atomic():
        publish(Happened())
    with enter(portal):
        seen = MARKS.seen()
        while deliver_one():
            pass
        with transaction.atomic():
            publish(Happened())
        MARKS.settle(seen, None)
    assert (len(seen), marked(portal), open_deliveries(portal)) == (1, 1, 1)


def test_a_refused_delivery_has_a_mark_for_its_next_attempt(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    publish_for_worker(portal, "refuse")
    with enter(portal):
        deliver.push_request(portal=portal.schema_name, id="1")
        deliver()
        deliver.pop_request()
        waiting = Delivery.objects.get(status="pending")
    assert waiting.attempts == 1
    assert [mark.due_at for mark in WakeUp.objects.filter(schema_name=portal.schema_name)] == [waiting.next_attempt_at]
    assert portal.schema_name not in MARKS.due()


def test_rows_that_came_in_without_a_mark_are_found_by_the_sweep(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    publish_for_worker(portal, "well")
    WakeUp.objects.filter(schema_name=portal.schema_name).delete()
    sweep.run()
    sweep.run()
    assert marked(portal) >= 1
    portals.erase(portal)
    assert marked(portal) == 0  # nothing is left of an erased portal
