"""Verbs on webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.adapters.web import NotAllowed, check_url
from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.kit.refs import RecordCard, RecordRef
from infra.kit.registry import registry
from infra.webhooks.domain.listening import ALL, forget
from infra.webhooks.domain.signing import new_secret
from infra.webhooks.domain.waking import MARKS
from infra.webhooks.models import Message, Status, Webhook

MANAGE = "webhooks.webhook.manage"
LIMIT = "webhooks.webhooks"
PING = "webhooks.ping"
OLD_SECRET_KEPT = timedelta(hours=24)


def count_webhooks() -> int:
    """How many there are."""
    return Webhook.objects.count()


def webhooks_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The newest webhooks beyond `maximum`, at most `most`, for the plan simulator."""
    rows = Webhook.objects.order_by("-pk")
    over = max(rows.count() - maximum, 0)
    return [
        RecordCard(ref=_ref(row), title=row.name, url=reverse("webhooks:webhook", args=[row.pk]), icon="webhook")
        for row in rows[: min(over, most)]
    ]


def visible_webhooks(actor: Actor) -> QuerySet[Webhook]:
    """All of them, for who manages them. Raises Denied."""
    require_permission(actor, MANAGE)
    return Webhook.objects.order_by("id")


def access_webhook(actor: Actor, webhook_id: int) -> Webhook:
    """A webhook by id. Raises Denied, NotFound."""
    found = visible_webhooks(actor).filter(pk=webhook_id).first()
    if found is None:
        raise NotFound
    return found


def offered_events() -> dict[str, list[str]]:
    """Names of the events that modules publish in a portal like the one entered, by the module's slug."""
    here = current_portal().is_operator
    found = {
        spec.slug: sorted(event.name for event in spec.publishes if here or not event.operator_only)
        for spec in registry.modules.values()
    }
    return {slug: names for slug, names in found.items() if names}


def add_webhook(*, actor: Actor, name: str, url: str, events: Sequence[str]) -> Webhook:
    """Tell `url` of `events` from now on. The secret is in the row. Raises Denied, Invalid, LimitReached, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = _checked(name, url, events)
    with transaction.atomic():
        gates.reserve(LIMIT)
        row = Webhook(author_id=actor.id, secret=new_secret(), **values)
        row.save()
        audit.record(actor, "webhook.create", _ref(row), {"name": ("", row.name), "url": ("", row.url)})
        forget()
    return row


def edit_webhook(*, actor: Actor, webhook: Webhook, name: str, url: str, events: Sequence[str]) -> Webhook:
    """Change a webhook. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = _checked(name, url, events)
    with transaction.atomic():
        row = Webhook.objects.select_for_update().get(pk=webhook.pk)
        changed = {key: (getattr(row, key), new) for key, new in values.items() if getattr(row, key) != new}
        if changed:
            for key, value in values.items():
                setattr(row, key, value)
            row.save()
            audit.record(actor, "webhook.edit", _ref(row), changed)
            forget()
    return row


def renew_secret(*, actor: Actor, webhook: Webhook) -> Webhook:
    """A new secret; messages carry the signatures of both for 24 hours (promise 82). Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        row = Webhook.objects.select_for_update().get(pk=webhook.pk)
        row.old_secret, row.old_until = row.secret, timezone.now() + OLD_SECRET_KEPT
        row.secret = new_secret()
        row.save(update_fields=["secret", "old_secret", "old_until"])
        audit.record(actor, "webhook.renew", _ref(row))
    return row


def pause_webhook(*, actor: Actor, webhook: Webhook, reason: str = "") -> None:
    """Tell it nothing more until `resume_webhook`; what happens meanwhile is not told later. Raises Denied."""
    require_permission(actor, MANAGE)
    with transaction.atomic():
        stop(Webhook.objects.select_for_update().get(pk=webhook.pk), reason)
        audit.record(actor, "webhook.pause", _ref(webhook))


def stop(row: Webhook, reason: str) -> None:
    """Pause a locked row; what still waits is given up, and can be sent again from the log."""
    row.paused_at, row.pause_reason = timezone.now(), reason[:200]
    row.save(update_fields=["paused_at", "pause_reason"])
    row.messages.filter(status=Status.PENDING).update(status=Status.FAILED)
    forget()


def resume_webhook(*, actor: Actor, webhook: Webhook) -> None:
    """Tell it again from now on. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        row = Webhook.objects.select_for_update().get(pk=webhook.pk)
        row.paused_at, row.pause_reason, row.failing_since = None, "", None
        row.save(update_fields=["paused_at", "pause_reason", "failing_since"])
        audit.record(actor, "webhook.resume", _ref(row))
        forget()


def delete_webhook(*, actor: Actor, webhook: Webhook) -> None:
    """Remove a webhook with its log. Raises Denied."""
    require_permission(actor, MANAGE)
    with transaction.atomic():
        audit.record(actor, "webhook.delete", _ref(webhook), {"name": (webhook.name, "")})
        Webhook.objects.filter(pk=webhook.pk).delete()
        gates.release(LIMIT)
        forget()


def ping(*, actor: Actor, webhook: Webhook) -> Message:
    """Send a message that says nothing but that it came. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        return tell(webhook=webhook, event=PING, data={"webhook": webhook.pk}, message_id=uuid4())


def tell(*, webhook: Webhook, event: str, data: Mapping[str, object], message_id: UUID) -> Message:
    """Put a message to one webhook on its way, in the caller's transaction, whatever events it is told of.

    The same `message_id` gives the same message again. For rooms whose settings name a webhook; they check who may.
    """
    message, created = Message.objects.get_or_create(
        webhook=webhook,
        event_id=message_id,
        defaults={
            "event": event,
            "body": body_of(str(message_id), event, data),
            "next_attempt_at": timezone.now(),
        },
    )
    if created:
        MARKS.call()
    return message


def replay(*, actor: Actor, message: Message) -> Message:
    """Send a message again, under its own id, all attempts anew. Raises Conflict while it waits, Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        row = Message.objects.select_for_update().select_related("webhook").get(pk=message.pk)
        if row.status == Status.PENDING:
            raise Conflict(_("This message is on its way already."))
        if row.webhook.paused_at is not None:
            raise Conflict(_("This webhook is paused. Resume it first."))
        row.status, row.attempts, row.next_attempt_at = Status.PENDING, 0, timezone.now()
        row.save(update_fields=["status", "attempts", "next_attempt_at"])
        audit.record(actor, "webhook.replay", _ref(row.webhook), note=f"{row.event} {row.event_id}")
        MARKS.call()
    return row


def body_of(message_id: str, event: str, data: Mapping[str, object]) -> str:
    """What is sent: JSON with the event's name, its moment, the portal's host and the event's fields."""
    return orjson.dumps(
        {
            "id": message_id,
            "event": event,
            "at": timezone.now().isoformat(timespec="seconds"),
            "portal": current_portal().host,
            "data": dict(data),
        }
    ).decode()


def messages_of(actor: Actor, webhook: Webhook) -> QuerySet[Message]:
    """The log of a webhook, newest first. Raises Denied."""
    require_permission(actor, MANAGE)
    return Message.objects.filter(webhook=webhook).order_by("-id")


def access_message(actor: Actor, message_id: int) -> Message:
    """A line of the log. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    found = Message.objects.select_related("webhook").filter(pk=message_id).first()
    if found is None:
        raise NotFound
    return found


def _checked(name: str, url: str, events: Sequence[str]) -> dict[str, object]:
    wrong: dict[str, list[str]] = {}
    name, url = name.strip(), url.strip()
    if not name or len(name) > 100 or "\0" in name:
        wrong["name"] = [_("Give it a name of at most %(n)d characters.") % {"n": 100}]
    try:
        check_url(url)
    except NotAllowed:
        wrong["url"] = [_("Write the whole address, like https://example.com/hook, without a password in it.")]
    known = {name for names in offered_events().values() for name in names} | {ALL}
    chosen = list(dict.fromkeys(events))
    if not chosen or set(chosen) - known:
        wrong["events"] = [_("Choose at least one event of the list.")]
    if wrong:
        raise Invalid(fields=wrong)
    return {"name": name, "url": url, "events": [ALL] if ALL in chosen else chosen}


def _ref(row: Webhook) -> RecordRef:
    return RecordRef("webhooks", "webhook", row.pk)
