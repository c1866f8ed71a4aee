"""Webhooks from the event to the other side's answer, over real HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from infra.api.documentation import VERIFICATION
from infra.db import changes
from infra.kit.errors import Conflict, Denied, Invalid
from infra.outbox.domain.delivering import deliver_one
from infra.outbox.models import Delivery
from infra.ui.models import Notification
from infra.webhooks.domain import listening
from infra.webhooks.domain.hooks import add_webhook, ping, renew_secret, replay, resume_webhook
from infra.webhooks.domain.sending import PAUSES, send_one
from infra.webhooks.models import Message, Webhook
from modules.crm.domain.kinds import CONTACT
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]


class Other(BaseHTTPRequestHandler):
    """The other side: notes what it gets, answers as told."""

    got: list[tuple[dict[str, str], bytes]] = []
    answer = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(type(self).answer)
        self.end_headers()
        self.wfile.write(b"said")

    def log_message(self, *given: object) -> None:
        """Says nothing."""


@pytest.fixture
def other(settings: Settings) -> Iterator[str]:
    settings.OUTBOUND_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    Other.got.clear()
    Other.answer = 200
    made = HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_address[1]}/hook"
    made.shutdown()
    made.server_close()


def add(alice: User, url: str, *events: str) -> Webhook:
    return add_webhook(actor=alice, name="Accounting", url=url, events=events or ["crm.record_created"])


def deliver() -> None:
    while deliver_one():
        pass
    while send_one():
        pass


def signed_with(secret: str, headers: dict[str, str], body: bytes) -> bool:
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), text, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}" in headers["webhook-signature"].split(" ")


def test_an_event_arrives_signed_and_once(portal: Portal, alice: User, other: str) -> None:
    hook = add(alice, other)
    contact = record(alice, CONTACT, first_name="Ann")
    deliver()
    ((headers, body),) = Other.got
    assert signed_with(hook.secret, headers, body)
    documented: dict[str, Any] = {}
    exec(VERIFICATION, documented)
    assert documented["is_genuine"](hook.secret, headers, body)
    assert not documented["is_genuine"](hook.secret, headers, body + b" ")
    told = json.loads(body)
    assert (told["event"], told["data"]["record"], told["portal"]) == (
        "crm.record_created",
        f"crm.contact:{contact.pk}",
        portal.host,
    )
    message = Message.objects.get()
    assert (message.status, message.answer_status, message.attempts) == ("done", 200, 1)
    assert str(message.event_id) == headers["webhook-id"] == told["id"]
    Delivery.objects.filter(handler__contains="webhooks").update(status="pending", next_attempt_at=timezone.now())
    deliver()  # the outbox delivers again: still one message
    assert (Message.objects.count(), len(Other.got)) == (1, 1)


def test_a_portal_without_webhooks_writes_nothing_for_them(portal: Portal, alice: User) -> None:
    listening.forget()
    record(alice, CONTACT, first_name="Ann")
    record(alice, CONTACT, first_name="Bob")
    assert not Delivery.objects.filter(handler__contains="webhooks").exists()


def test_another_process_hears_of_the_first_webhook(portal: Portal, alice: User, other: str) -> None:
    add(alice, other)
    listening._nobody[portal.schema_name] = math.inf  # what another process still remembers
    assert not listening.wanted("crm.record_created")
    changes.tell(portal.schema_name)  # and does with the announcement of the commit
    assert listening.wanted("crm.record_created")


def test_only_chosen_events(portal: Portal, alice: User, other: str) -> None:
    add(alice, other, "crm.lead_created")
    record(alice, CONTACT, first_name="Ann")
    deliver()
    assert (Other.got, Message.objects.count()) == ([], 0)


def test_a_failure_is_repeated_then_given_up_and_can_be_sent_again(portal: Portal, alice: User, other: str) -> None:
    hook = add(alice, other)
    Other.answer = 500
    record(alice, CONTACT, first_name="Ann")
    deliver()
    message = Message.objects.get()
    assert (message.status, message.attempts, message.answer_status, message.answer) == ("pending", 1, 500, "said")
    assert message.next_attempt_at > timezone.now() + timedelta(seconds=50)
    with pytest.raises(Conflict):
        replay(actor=alice, message=message)
    Message.objects.update(attempts=len(PAUSES), next_attempt_at=timezone.now())
    assert send_one()
    message.refresh_from_db()
    assert message.status == "failed"
    Other.answer = 204
    replay(actor=alice, message=message)
    assert send_one()
    message.refresh_from_db()
    hook.refresh_from_db()
    assert (message.status, message.attempts, hook.failing_since) == ("done", 1, None)
    assert len({headers["webhook-id"] for headers, _body in Other.got}) == 1


def test_after_three_days_of_failure_it_is_paused_and_people_hear(portal: Portal, alice: User, other: str) -> None:
    hook = add(alice, other)
    Other.answer = 500
    Webhook.objects.filter(pk=hook.pk).update(failing_since=timezone.now() - timedelta(days=3, minutes=1))
    record(alice, CONTACT, first_name="Ann")
    deliver()
    hook.refresh_from_db()
    assert (hook.paused_at is not None, hook.pause_reason) == (True, "500")
    assert Notification.objects.filter(person_id=alice.pk, url=f"/settings/webhooks/{hook.pk}/").count() == 1
    record(alice, CONTACT, first_name="Bob")
    deliver()
    assert len(Other.got) == 1
    resume_webhook(actor=alice, webhook=hook)
    Other.answer = 200
    record(alice, CONTACT, first_name="Cleo")
    deliver()
    assert len(Other.got) == 2


def test_gone_is_gone(portal: Portal, alice: User, other: str) -> None:
    hook = add(alice, other)
    Other.answer = 410
    ping(actor=alice, webhook=hook)
    deliver()
    hook.refresh_from_db()
    assert hook.paused_at is not None


def test_a_new_secret_and_the_old_one_for_a_day(portal: Portal, alice: User, other: str) -> None:  # promise 82
    hook = add(alice, other)
    old = hook.secret
    new = renew_secret(actor=alice, webhook=hook).secret
    ping(actor=alice, webhook=hook)
    deliver()
    headers, body = Other.got[0]
    assert (signed_with(old, headers, body), signed_with(new, headers, body), old == new) == (True, True, False)
    Webhook.objects.update(old_until=timezone.now())
    ping(actor=alice, webhook=hook)
    deliver()
    headers, body = Other.got[1]
    assert (signed_with(old, headers, body), signed_with(new, headers, body)) == (False, True)


def test_inside_is_refused_when_it_is_sent(portal: Portal, alice: User, other: str, settings: Settings) -> None:
    """A name may point inside only later: the check is at every sending (promise 53)."""
    settings.OUTBOUND_ALLOWED_NETWORKS = []
    ping(actor=alice, webhook=add(alice, other))
    deliver()
    message = Message.objects.get()
    assert (Other.got, message.status, message.answer) == ([], "pending", "the address leads into a private network")


def test_refusals_change_nothing(portal: Portal, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Denied):
        add(bob, "https://x.example/")
    for url, events in (("ftp://x.example", ["*"]), ("https://x.example", []), ("https://x.example", ["no.such"])):
        with pytest.raises(Invalid):
            add_webhook(actor=alice, name="A", url=url, events=events)
    assert not Webhook.objects.exists()


def test_the_pages(portal: Portal, alice: User, bob: User, as_: SignIn, other: str) -> None:
    browser = as_(alice)
    assert as_(bob).get("/settings/webhooks/").status_code == 403
    assert "No webhooks yet" in browser.get("/settings/webhooks/").content.decode()
    form = {"name": "Accounting", "url": other, "events": ["crm.record_created"]}
    page = browser.post("/settings/webhooks/new/", form)["Location"]
    assert browser.post("/settings/webhooks/new/", {**form, "url": "http://u:p@x.example"}).status_code == 422
    assert browser.post(f"{page}ping/").status_code == 302
    deliver()
    shown = browser.get(page).content.decode()
    assert ("webhooks.ping" in shown, "HTTP 200" in shown, "taken" in shown) == (True, True, True)
    browser.post(f"{page}pause/")
    assert "Paused" in browser.get(page).content.decode()
    browser.post(f"{page}remove/")
    assert not Webhook.objects.exists()


def test_the_api(portal: Portal, alice: User, api: Callable[..., Client], other: str) -> None:
    client = api(alice)
    made = client.post(
        "/api/v1/webhooks", {"name": "A", "url": other, "events": ["*"]}, content_type="application/json"
    ).json()
    assert made["secret"].startswith("whsec_")
    assert "secret" not in client.get(f"/api/v1/webhooks/{made['id']}").json()
    assert client.post(f"/api/v1/webhooks/{made['id']}/ping").status_code == 201
    deliver()
    (message,) = client.get(f"/api/v1/webhooks/{made['id']}/messages").json()["results"]
    assert (message["event"], message["status"]) == ("webhooks.ping", "done")
    again = client.post(f"/api/v1/webhooks/{made['id']}/messages/{message['id']}/replay")
    assert again.json()["status"] == "pending"
    paused = client.post(f"/api/v1/webhooks/{made['id']}/pause").json()
    assert paused["paused_at"] is not None
    etag = client.get(f"/api/v1/webhooks/{made['id']}")["ETag"]
    assert client.delete(f"/api/v1/webhooks/{made['id']}", headers={"If-Match": etag}).status_code == 204
