"""A task knows its portal from the message, or does not run (promise 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import chain, chord, group

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.jobs.app import app
from infra.jobs.broker import broker
from infra.kit.errors import NoPortal
from tenants.portals.models import Portal
from tests.infra.specimens import again, mark
from tests.infra.waiting import until


def notes(portal: Portal) -> set[str]:
    with enter(portal):
        return set(AuditEntry.objects.filter(action="specimen.mark").values_list("note", flat=True))


@pytest.mark.parametrize(
    "send",
    [
        lambda: mark.delay("x"),
        lambda: mark.enqueue("x"),
        lambda: mark.s("x").apply_async(),
        lambda: group(mark.s("x"), mark.s("y")).apply_async(),
        lambda: chain(mark.s("x"), mark.si("y")).apply_async(),
        lambda: again.delay("x"),
    ],
)
def test_nothing_is_sent_outside_a_portal(send: Callable[[], Any]) -> None:  # promise 7
    with pytest.raises(NoPortal):
        send()
    assert broker().keys("celery:*default*") == []


def test_nothing_is_sent_for_another_portal(acme: Portal, globex: Portal) -> None:  # promise 7
    with enter(acme), pytest.raises(NoPortal):
        mark.apply_async(("x",), headers={"portal": globex.schema_name})


def test_a_message_without_the_header_does_not_run() -> None:  # promise 7
    with pytest.raises(NoPortal):
        mark.apply(("x",), throw=True)


@pytest.mark.commits
def test_worker_runs_each_task_in_its_portal_and_none_without(
    fresh_portal: Callable[..., Portal], start_worker: Callable[..., Any]
) -> None:  # promise 7
    one, other = fresh_portal("Initech"), fresh_portal("Hooli")
    app.send_task("specimen.mark", ("plain",), queue="default")
    app.send_task("specimen.again", ("plain retry",), queue="default")
    app.send_task("specimen.mark", ("public",), queue="default", headers={"portal": "public"})
    app.send_task("jobs.tick", queue="quick", headers={"portal": one.schema_name})
    with enter(one):
        mark.delay("direct")
        group(mark.s("group 1"), mark.s("group 2")).apply_async()
        again.delay("retried")
        mark.apply_async(("first",), link=mark.si("linked"))
        chain(mark.si("chain 1"), mark.si("chain 2")).apply_async()
        with pytest.raises(NotImplementedError):  # no result backend, no chord
            chord([mark.si("a")], mark.si("b")).apply_async()
    with enter(other):
        mark.delay("elsewhere")
    worker = start_worker()
    expected = {"direct", "group 1", "group 2", "retried", "first", "linked", "chain 1", "chain 2"}
    until(lambda: notes(one) == expected)
    assert notes(other) == {"elsewhere"}
    until(lambda: worker.log.read_text().count("names no portal") >= 3)
    assert "belongs to no portal" in worker.log.read_text()


@pytest.mark.commits
def test_a_task_of_an_erased_portal_is_dropped(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    Portal.objects.filter(pk=portal.pk).update(status=Portal.Status.ERASED, slug=None)
    mark.push_request(portal=portal.schema_name, id="1")
    with pytest.raises(NoPortal, match="erased"):
        mark("x")
    mark.pop_request()
    Portal.objects.filter(pk=portal.pk).update(status=Portal.Status.ACTIVE, slug=portal.slug)
