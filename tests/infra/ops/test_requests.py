"""What a request leaves behind: an id, a measure by route, one log line; no path, no portal in labels, no secret."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from infra.jobs.broker import broker
from infra.ops import metrics
from infra.ops.redaction import redact, redact_text
from infra.outbox.domain.waking import MARKS
from tenants.people.models import User
from tenants.portals.models import Portal

CANARY = "canary-5f2e9c71"


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines that the service's own handler would write."""
    [handler] = [
        each for each in logging.getLogger().handlers if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(before)


def test_a_request_is_named_measured_and_logged(
    portal: Portal, alice: User, as_: Callable[[User], Client], logged: Callable[[], list[dict[str, Any]]]
) -> None:
    path = f"/no/such/page/{CANARY}/"
    answer = as_(alice).get(path, {"token": CANARY}, headers={"X-Request-ID": "abcdef12-3456"})
    assert (answer.status_code, answer["X-Request-ID"]) == (404, "abcdef12-3456")
    [line] = [line for line in logged() if line["event"] == "request"]
    assert (line["status"], line["route"], line["portal"], line["request_id"]) == (
        404,
        "none",
        portal.schema_name,
        "abcdef12-3456",
    )
    assert CANARY not in json.dumps(logged())  # promise 77
    text = metrics.exposition().decode()
    assert 'portal_request_seconds_count{method="GET",route="none",status="4xx"}' in text
    assert portal.schema_name not in text


@pytest.mark.parametrize("given", ["x", "a b c d e f g h", "a" * 65, "bad\x1bid-12345678"])
def test_an_odd_request_id_is_replaced(service: Client, given: str) -> None:
    answer = service.get("/nothing", headers={"X-Request-ID": given})
    assert answer["X-Request-ID"] != given
    assert len(answer["X-Request-ID"]) == 32


def test_secrets_do_not_reach_the_log(logged: Callable[[], list[dict[str, Any]]]) -> None:  # promise 77
    log = structlog.get_logger("test")
    log.info("signed in", password=CANARY, headers={"Authorization": f"Bearer {CANARY}", "Cookie": f"session={CANARY}"})
    log.info("calling", url=f"postgresql://portal:{CANARY}@db/portal", items=[{"api_key": CANARY}, f"token={CANARY}"])
    logging.getLogger("some.library").warning("GET /account/reset/%s/ failed, secret: %s", CANARY * 2, CANARY)
    try:
        raise ValueError(f"Key (email)=({CANARY}@example.com) already exists. Bearer {CANARY}")
    except ValueError:
        log.exception("failed")
    assert [line["event"] for line in logged()][:2] == ["signed in", "calling"]
    assert len(logged()) == 4
    assert CANARY not in json.dumps(logged())


def test_secrets_are_known_by_their_shape_and_value(settings: Settings) -> None:  # promise 77
    settings.SWITCH_TOKENS, settings.STRIPE_WEBHOOK_SECRETS = [f"switch-{CANARY}"], [f"hook-{CANARY}"]
    settings.PORTALS_HASH_KEY = f"hash-{CANARY}"
    said = [f"switch-{CANARY}", f"hook-{CANARY}", f"hash-{CANARY}", *(f"{mark}_{CANARY}" for mark in ("pk", "rk_live"))]
    told = [redact_text(f"refused {text} at the door") for text in [*said, "whsec_" + "A/b+" * 11]]
    assert set(told) == {"refused [hidden] at the door"}


def test_what_is_no_secret_is_kept() -> None:
    kept = {"event": "lead.created", "lead": 12, "stage": "new", "route": "crm/leads/<int:pk>/", "ok": True, "by": None}
    assert redact(kept) == kept
    assert redact_text("GET /crm/leads/12/ took 12 ms at https://acme.portal.example/") == (
        "GET /crm/leads/12/ took 12 ms at https://acme.portal.example/"
    )


def test_queues_and_the_outbox_are_measured(db: None) -> None:
    broker().flushdb()  # other tests start jobs that nobody takes up
    MARKS.leave(timezone.now() - timedelta(seconds=90), schema="p_late")
    MARKS.leave(timezone.now() + timedelta(seconds=90), schema="p_later")
    text = metrics.exposition().decode()
    assert "portal_outbox_portals 1.0" in text
    assert re.search(r"^portal_outbox_age_seconds 9\d\.", text, re.MULTILINE)
    assert "p_late" not in text
    assert 'portal_queue_jobs{queue="default"} 0.0' in text
    assert 'portal_queue_age_seconds{queue="long"} 0.0' in text
