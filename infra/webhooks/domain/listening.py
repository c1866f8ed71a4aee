"""Whether anybody wants to know: asked at every event, so a portal without webhooks is remembered as one.

Only “nobody” is kept, for some seconds and by schema. When a webhook is made or changed every process drops it at the
commit (`infra.db.changes`), so that the first event after it is told.
"""

from __future__ import annotations

import time

from django.db.models import Q

from infra.db import changes
from infra.db.current import portal_schema
from infra.webhooks.models import Webhook

ALL = "*"
REMEMBERED_S = 5.0
_nobody: dict[str, float] = {}


def wanted(event: str) -> bool:
    """Whether a webhook of the portal that is entered is to be told of `event`."""
    schema = portal_schema()
    if _nobody.get(schema, 0.0) > time.monotonic():
        return False
    events = list(Webhook.objects.filter(paused_at__isnull=True).values_list("events", flat=True))
    if not events:
        _nobody[schema] = time.monotonic() + REMEMBERED_S
    return any(event in names or ALL in names for names in events)


def listeners(event: str) -> list[Webhook]:
    """The webhooks that are to be told of `event`."""
    rows = Webhook.objects.filter(paused_at__isnull=True)
    return list(rows.filter(Q(events__contains=[event]) | Q(events__contains=[ALL])).order_by("pk"))


def forget() -> None:
    """A webhook of the portal that is entered was made, changed or removed: all processes ask anew, at commit."""
    changes.announce(portal_schema())


@changes.on_change
def _drop(schema: str) -> None:
    if schema == changes.EVERYTHING:
        _nobody.clear()
    else:
        _nobody.pop(schema, None)
