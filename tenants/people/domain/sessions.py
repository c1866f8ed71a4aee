"""Sessions of a person: where they are signed in, and ending that."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from infra import audit, live
from infra.kit.access import Actor
from infra.kit.refs import RecordRef
from tenants.people.models import User


def sessions_of(person: User) -> list[UserSession]:
    """The person's live sessions, the freshest first. Two statements, however many."""
    listed = list(UserSession.objects.filter(user_id=person.pk).order_by("-last_seen_at", "-id"))
    keys = [session.session_key for session in listed]
    alive = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    return [session for session in listed if session.session_key in alive]


def end_sessions(*, actor: Actor, person: User, keep: str | None = None, only: int | None = None) -> int:
    """End the person's sessions: all, all but the one with key `keep`, or the one with id `only`. Returns how many.

    Their open sockets are closed too; a browser that is still signed in opens a new one by itself.
    """
    with transaction.atomic():
        ending = UserSession.objects.filter(user_id=person.pk)
        if only is not None:
            ending = ending.filter(pk=only)
        if keep is not None:
            ending = ending.exclude(session_key=keep)
        keys = list(ending.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        ending.delete()
        if keys:
            audit.record(
                actor,
                action="people.session.end",
                ref=RecordRef("people", "person", person.pk),
                changes={"sessions": (len(keys), 0)},
            )
            live.disconnect(person.pk)
    return len(keys)
