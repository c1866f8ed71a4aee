"""Sending, in the order in which messages are due; nothing is locked while the other side thinks."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from infra import audit
from infra.adapters import web
from infra.kit.access import SYSTEM
from infra.kit.refs import RecordRef
from infra.ui.notifications import notify
from infra.webhooks.domain.hooks import stop
from infra.webhooks.domain.people import who_is_told
from infra.webhooks.domain.signing import headers
from infra.webhooks.models import Message, Status, Webhook

_log = structlog.get_logger(__name__)
# Minutes after each failure; about three days in all.
PAUSES = (1, 5, 15, 60, 180, 360, 720, 1440, 1440)
FAILING_FOR = timedelta(days=3)
GONE = 410
_LEASE = timedelta(minutes=2)


def send_one() -> bool:
    """Attempt the portal's next due message; answers False when none is due. Two workers never send the same one."""
    message = _claim()
    if message is None:
        return False
    hook, body = message.webhook, message.body.encode()
    keys = [hook.secret]
    if hook.old_secret and hook.old_until is not None and hook.old_until > timezone.now():
        keys.append(hook.old_secret)
    signed = headers(str(message.event_id), int(time.time()), body, keys)
    status, text, seconds = None, "", None
    try:
        answer = web.post(
            hook.url, body, {"Content-Type": "application/json", "User-Agent": "Portal-Webhooks/1", **signed}
        )
        status, text, seconds = answer.status, answer.text[:1000], answer.seconds
        taken = answer.taken
    except (web.NotAllowed, web.Unreachable) as error:
        text, taken = str(error)[:1000], False
    _note(message, taken, status, text, seconds)
    return True


def _claim() -> Message | None:
    """Count an attempt of the message that is due longest; until the lease is over nobody else takes it."""
    with transaction.atomic():
        now = timezone.now()
        due = Message.objects.select_for_update(skip_locked=True, of=("self",)).select_related("webhook")
        message = (
            due.filter(status=Status.PENDING, next_attempt_at__lte=now, webhook__paused_at__isnull=True)
            .order_by("next_attempt_at", "id")
            .first()
        )
        if message is None:
            return None
        message.attempts += 1
        message.next_attempt_at = now + _LEASE
        message.save(update_fields=["attempts", "next_attempt_at"])
        return message


def _note(message: Message, taken: bool, status: int | None, text: str, seconds: float | None) -> None:
    now = timezone.now()
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().filter(pk=message.webhook_id).first()
        if hook is None:  # removed meanwhile, and its log with it
            return
        message.answer_status, message.answer, message.seconds = status, text, seconds
        if taken:
            message.status, message.done_at = Status.DONE, now
            if hook.failing_since is not None:
                Webhook.objects.filter(pk=hook.pk).update(failing_since=None)
        else:
            _failed(message, hook, now)
        message.save(update_fields=["status", "next_attempt_at", "answer_status", "answer", "seconds", "done_at"])
        if not taken:
            _pause_if_dead(message, hook, status, now)


def _failed(message: Message, hook: Webhook, now: datetime) -> None:
    _log.info("webhooks.attempt_failed", webhook=hook.pk, attempts=message.attempts, status=message.answer_status)
    if message.attempts > len(PAUSES):
        message.status = Status.FAILED
        return
    minutes = PAUSES[message.attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311  (spreads load, guards nothing)
    message.next_attempt_at = now + timedelta(minutes=minutes)


def _pause_if_dead(message: Message, hook: Webhook, status: int | None, now: datetime) -> None:
    if hook.failing_since is None:
        Webhook.objects.filter(pk=hook.pk).update(failing_since=now)
        hook.failing_since = now
    if hook.paused_at is not None or (status != GONE and now - hook.failing_since < FAILING_FOR):
        return
    stop(hook, str(message.answer_status or message.answer)[:200])
    ref = RecordRef("webhooks", "webhook", hook.pk)
    audit.record(SYSTEM, "webhook.pause", ref, note=hook.pause_reason)
    notify(
        actor=SYSTEM,
        person_ids=who_is_told(hook),
        text=_("A webhook does not answer and is paused. Look at it under Settings."),
        url=f"/settings/webhooks/{hook.pk}/",
        icon="webhook",
    )


def next_due() -> datetime | None:
    """When the portal's next message is due, None if nothing waits."""
    rows = Message.objects.filter(status=Status.PENDING, webhook__paused_at__isnull=True)
    found: datetime | None = rows.aggregate(due=Min("next_attempt_at"))["due"]
    return found
