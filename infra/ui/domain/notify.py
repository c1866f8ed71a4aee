"""Tell people something: a line behind the bell, at once on their open tabs."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth import get_user_model
from django.utils import timezone, translation
from django.utils.functional import Promise

from infra import live
from infra.db.gathering import insert
from infra.db.prepared import Prepared
from infra.kit.access import Actor
from infra.kit.errors import Text
from infra.kit.refs import RecordRef
from infra.ui.languages import is_offered
from infra.ui.models import Notification

_LOCALES = Prepared(lambda ids: get_user_model()._default_manager.filter(pk__in=ids).values_list("pk", "locale"))


def notify(
    *,
    actor: Actor | None = None,
    person_ids: Collection[int],
    text: Text,
    ref: RecordRef | None = None,
    url: str = "",
    icon: str = "bell",
    latest: bool = False,
) -> list[Notification]:
    """Give each of `person_ids` a notification, in the caller's transaction; their tabs learn of it after the commit.

    A lazy `text` is written in each reader's language. Who acts is not told what they did themselves. `url` is a path
    of this portal; unknown ids raise IntegrityError. With `latest` it takes the place of an
    unread one about the same record with the same icon: who has not looked yet finds one line, the newest.
    """
    own = actor.id if actor is not None else None
    wanted = sorted(set(person_ids) - {own})
    if not wanted:
        return []
    locales: dict[int, str] = dict(_LOCALES.rows(wanted)) if isinstance(text, Promise) else {}
    rows = [
        Notification(
            person_id=person_id,
            actor_id=own,
            text=_in_language(text, locales.get(person_id, "")),
            icon=icon,
            ref=str(ref) if ref else "",
            url=url,
        )
        for person_id in wanted
    ]
    if latest and ref is not None:
        Notification.objects.filter(person_id__in=wanted, read_at=None, ref=str(ref), icon=icon).delete()
    insert(*rows, then=lambda: _tell(rows))
    return rows


def _tell(rows: list[Notification]) -> None:
    for row in rows:
        live.send(f"user:{row.person_id}", "notification", {"id": row.pk, "text": row.text, "url": row.url})


def _in_language(text: Text, locale: str) -> str:
    if not is_offered(locale):
        return str(text)[:500]
    with translation.override(locale):
        return str(text)[:500]


def mark_read(*, actor: Actor, ids: Collection[int] | None = None) -> int:
    """Mark these (None: all) notifications of `actor` read; answers how many changed."""
    rows = Notification.objects.filter(person_id=actor.id, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    changed = rows.update(read_at=timezone.now())
    if changed:
        live.send(f"user:{actor.id}", "notifications.read", {})
    return changed
