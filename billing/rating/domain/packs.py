"""Included minutes that the operator gives by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from billing.rating.domain import bundles
from billing.rating.domain.decks import MANAGE
from billing.rating.models import Bundle
from infra import audit
from infra.db.current import enter
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal


@transaction.atomic
def give_pack(
    *,
    actor: Actor,
    portal: Portal,
    minutes: int,
    title: str,
    destinations: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> Bundle:
    """Give `minutes` to a portal, from now on; they serve before the plan's own. Raises Denied, Invalid."""
    require_permission(actor, MANAGE)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Invalid(fields={"until": [_("Choose a day that lies ahead.")]})
    if not 0 < minutes <= 1_000_000:
        raise Invalid(fields={"minutes": [_("Give 1 to 1,000,000 minutes.")]})
    bundle = bundles.grant(
        portal_id=portal.pk,
        title=title.strip()[:120],
        seconds=minutes * 60,
        cause=f"pack:{uuid4()}",
        destinations=destinations,
        expires_at=expires_at,
        weight=20,
    )
    with enter(portal):
        audit.record(
            Operator(actor.display_name), action="rating.pack.give", changes={"minutes": (None, minutes)}, note=title
        )
    return bundle


def bundles_of(portal: Portal) -> list[Bundle]:
    """The portal's bundles, newest first, for the operator."""
    return list(Bundle.objects.filter(portal=portal).order_by("-pk")[:20])
