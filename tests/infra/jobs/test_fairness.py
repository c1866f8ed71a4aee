"""One company's flood does not stand in front of another's task (promise 76)."""

from __future__ import annotations

from kombu.utils.json import loads

from infra.db.current import enter
from infra.jobs import window
from infra.jobs.broker import broker
from infra.jobs.queues import QUEUES
from infra.jobs.tasks import send_parked
from tenants.portals.models import Portal
from tests.infra.specimens import mark

PLACES = QUEUES["default"].window


def queued() -> list[tuple[str, str]]:
    """(schema, task id) of the queue, the next to run first."""
    messages = [loads(text) for text in broker().lrange("celery:default", 0, -1)]
    return [(message["headers"]["portal"], message["headers"]["id"]) for message in reversed(messages)]


def test_a_flood_waits_outside_and_the_neighbour_is_served(acme: Portal, globex: Portal) -> None:  # promise 76
    with enter(acme):
        for number in range(30):
            mark.apply_async((str(number),), task_id=f"a{number}")
    with enter(globex):
        mark.apply_async(("small",), task_id="b")
    assert [schema for schema, _id in queued()] == [acme.schema_name] * PLACES + [globex.schema_name]
    assert window.waiting() == [("default", acme.schema_name)]


def test_a_finished_task_gives_its_place_to_the_oldest_parked(acme: Portal) -> None:
    with enter(acme):
        for number in range(PLACES + 2):
            mark.apply_async((str(number),), task_id=f"a{number}")
    for number in range(PLACES + 2):
        mark.push_request(portal=acme.schema_name, id=f"a{number}", delivery_info={"routing_key": "default"})
        mark.after_return("SUCCESS", None, f"a{number}", (), {}, None)
        mark.pop_request()
    assert [task_id for _schema, task_id in queued()] == [f"a{number}" for number in range(PLACES + 2)]
    assert (window.waiting(), broker().keys("jobs:window:*")) == ([], [])


def test_a_message_taken_by_a_killed_process_is_handed_out_again(acme: Portal) -> None:
    with enter(acme):
        for number in range(PLACES + 1):
            mark.apply_async((str(number),), task_id=f"a{number}")
    assert [message["task_id"] for message in window.release("default", acme.schema_name, "a0")] == [f"a{PLACES}"]
    assert send_parked("default", acme.schema_name) == 0  # it may still be on its way
    broker().zadd(f"jobs:window:default:{acme.schema_name}:out", {f"a{PLACES}": 1})  # half a minute later
    assert send_parked("default", acme.schema_name) == 1
    assert queued()[-1] == (acme.schema_name, f"a{PLACES}")
    assert window.waiting() == []


def test_the_same_task_is_parked_once(acme: Portal) -> None:
    with enter(acme):
        for number in range(PLACES):
            mark.apply_async((str(number),))
        for _ in range(3):
            mark.apply_async(("again",), task_id="same")
    assert broker().llen(f"jobs:window:default:{acme.schema_name}:order") == 1


def test_deleting_a_portal_drops_what_it_had_parked(acme: Portal) -> None:
    with enter(acme):
        for number in range(PLACES + 5):
            mark.apply_async((str(number),))
    window.forget(acme.schema_name)
    assert (window.waiting(), broker().keys("jobs:window:*")) == ([], [])
