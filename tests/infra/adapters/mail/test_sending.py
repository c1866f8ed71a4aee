"""A letter leaves after commit, once, to one person, with nothing smuggled into its head."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from celery.exceptions import Retry
from django.core import mail
from django.core.mail import EmailMessage
from django.test import override_settings
from kombu.exceptions import OperationalError

from infra.adapters.mail import BadLetter, send, sending
from infra.db.current import enter
from infra.jobs.broker import broker
from infra.jobs.tasks import HEADER
from infra.local import free_port
from infra.local.process import spawn, stop, wait_until
from tenants.portals.models import Portal

LETTER = {"to": "ann@example.com", "subject": "Привет", "text": "Hello", "html": "<p>Hello", "reply_to": ""}


def test_a_letter_has_both_bodies_and_an_id(portal: Portal, letters: list[EmailMessage]) -> None:
    send("ann@example.com", "Привет", "Hello", "<p>Hello", reply_to="bob@example.com")
    [letter] = letters
    assert (letter.to, letter.subject, letter.body, letter.reply_to) == (
        ["ann@example.com"],
        "Привет",
        "Hello",
        ["bob@example.com"],
    )
    assert letter.alternatives == [("<p>Hello", "text/html")]
    assert letter.extra_headers["Message-ID"].startswith("<")


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("ann@example.com\nBcc: eve@example.com", "Hello"),
        ("ann@example.com, eve@example.com", "Hello"),
        ("", "Hello"),
        ("ann@example.com", "Hello\r\nBcc: eve@example.com"),
    ],
)
def test_what_does_not_belong_into_the_head_is_refused(
    portal: Portal, letters: list[EmailMessage], to: str, subject: str
) -> None:
    with pytest.raises(BadLetter):
        send(to, subject, "Hello")
    assert letters == []


def test_nothing_leaves_when_the_transaction_rolls_back(portal: Portal, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=False) as waiting:
        send("ann@example.com", "Hello", "Hello")
    assert len(waiting) == 1
    assert mail.outbox == []


def test_without_the_broker_the_letter_goes_out_at_once(
    portal: Portal,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks,
) -> None:  # promise 75
    def refuse(**_: object) -> None:
        raise OperationalError("broker is down")

    monkeypatch.setattr(sending.deliver_for_portal, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        send("ann@example.com", "Hello", "Hello")
    assert [letter.to for letter in mail.outbox] == [["ann@example.com"]]


def test_a_letter_is_a_task_of_its_portal_wherever_the_commit_happens(
    acme: Portal,
    django_capture_on_commit_callbacks,
) -> None:
    broker().flushdb()
    with django_capture_on_commit_callbacks(execute=True), enter(acme):
        send("ann@example.com", "Hello", "Hello")
    [message] = broker().lrange("celery:quick", 0, -1)
    assert json.loads(message)["headers"][HEADER] == acme.schema_name
    assert mail.outbox == []


@override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_URL="smtp://127.0.0.1:1")
def test_a_mail_server_that_is_away_is_tried_again() -> None:
    letter = {**LETTER, "message_id": "<1@example.com>"}
    with pytest.raises(Retry):
        sending.deliver_for_service.apply(kwargs=letter, throw=True, retries=0).get()


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """The local mail catcher: its SMTP port and the address of its page."""
    smtp, http = free_port(), free_port()
    command = [sys.executable, "-m", "infra.local.mail_catcher", f"--smtp={smtp}", f"--http={http}"]
    process = spawn([*command, f"--folder={tmp_path / 'mail'}"], log=tmp_path / "log", stop_signal=signal.SIGTERM)
    page = f"http://127.0.0.1:{http}"

    def ready() -> bool:
        try:
            return requests.get(page, timeout=1).ok
        except requests.ConnectionError:
            return False

    wait_until(ready, process, tmp_path / "log", patience=120)
    yield smtp, page
    stop(process, signal.SIGTERM)


def test_the_catcher_shows_what_was_sent(catcher: tuple[int, str]) -> None:
    smtp, page = catcher
    backend = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend, EMAIL_URL=f"smtp://127.0.0.1:{smtp}"):
        sending.deliver(**LETTER, message_id="<1@example.com>")
    [letter] = requests.get(f"{page}/letters.json", params={"to": "ann@"}, timeout=60).json()
    assert (letter["subject"], letter["text"].strip(), letter["message-id"]) == ("Привет", "Hello", "<1@example.com>")
    assert "Привет" in requests.get(page, timeout=60).text
    assert requests.get(page, timeout=60, headers={"Host": "evil.example"}).status_code == 404
