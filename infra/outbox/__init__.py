"""The outbox: a change and the news of it are one transaction (promise 41)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from infra.kit.events import Event
    from infra.outbox.domain.publishing import Published

__all__ = ["publish", "publish_and_see", "publish_many"]


def publish(event: Event) -> UUID:
    """Tell everyone who subscribed, see `publish_and_see`; answers the event's id."""
    return publish_and_see(event).id


def publish_and_see(event: Event) -> Published:
    """See infra.outbox.domain.publishing.publish (imported late: this package is an app, its models load after it)."""
    from infra.outbox.domain.publishing import publish as publish_now

    return publish_now(event)


def publish_many(events: Sequence[Event]) -> list[UUID]:
    """See infra.outbox.domain.publishing.publish_many."""
    from infra.outbox.domain.publishing import publish_many as publish_all

    return publish_all(events)
