"""Exceptions to a plan for one portal."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.domain import memory
from billing.domain.catalogue import LARGEST
from billing.models import Override
from infra import audit
from infra.db.current import enter
from infra.kit.access import SYSTEM, Actor
from infra.kit.errors import Invalid
from infra.kit.registry import registry
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal


@transaction.atomic
def override_feature(
    *, actor: Actor, portal: Portal, feature: str, included: bool, reason: str, expires_at: datetime | None = None
) -> Override:
    """Give `portal` a feature its plan lacks, or take one away. Raises Invalid, UnknownName."""
    registry.feature(feature)
    return _grant(
        actor, Override(portal=portal, key=feature, feature=included, reason=reason.strip(), expires_at=expires_at)
    )


@transaction.atomic
def override_limit(
    *,
    actor: Actor,
    portal: Portal,
    limit: str,
    maximum: int | None,
    reason: str,
    expires_at: datetime | None = None,
) -> Override:
    """Give `portal` another maximum than its plan's, None for unlimited. Raises Invalid, UnknownName."""
    registry.limit(limit)
    if maximum is not None and not 0 <= maximum <= LARGEST:
        raise Invalid(fields={"maximum": [_("Give a whole number of 0 or more, or leave it empty for unlimited.")]})
    return _grant(
        actor,
        Override(
            portal=portal,
            key=limit,
            maximum=maximum,
            unlimited=maximum is None,
            reason=reason.strip(),
            expires_at=expires_at,
        ),
    )


def _grant(actor: Actor, override: Override) -> Override:
    if not override.reason:
        raise Invalid(fields={"reason": [_("Say why, for whoever reads this next year.")]})
    if override.expires_at is not None and override.expires_at <= datetime.now(UTC):
        raise Invalid(fields={"expires_at": [_("Choose a moment that lies ahead.")]})
    portal = override.portal
    Portal.objects.select_for_update().get(pk=portal.pk)
    _in_force(portal, override.key).update(withdrawn_at=datetime.now(UTC))
    override.granted_by = actor.display_name
    override.save()
    _audit(actor, override, given=True)
    memory.changed(portal.schema_name)
    return override


@transaction.atomic
def withdraw_override(*, actor: Actor, portal: Portal, key: str) -> bool:
    """End the exception for `key` now; False where there was none."""
    override = _in_force(portal, key).select_for_update().first()
    if override is None:
        return False
    override.withdrawn_at = datetime.now(UTC)
    override.save(update_fields=["withdrawn_at"])
    _audit(actor, override, given=False)
    memory.changed(portal.schema_name)
    return True


def overrides_in_force(portal: Portal) -> list[Override]:
    """The exceptions of `portal` that count now."""
    now = datetime.now(UTC)
    return [item for item in _all(portal) if item.expires_at is None or item.expires_at > now]


def _all(portal: Portal) -> list[Override]:
    return list(Override.objects.filter(portal=portal, withdrawn_at__isnull=True).order_by("key"))


def _in_force(portal: Portal, key: str) -> QuerySet[Override]:
    return Override.objects.filter(portal=portal, key=key, withdrawn_at__isnull=True)


def _audit(actor: Actor, override: Override, *, given: bool) -> None:
    value = override.feature if override.feature is not None else override.maximum
    shown = "unlimited" if override.unlimited else str(value)
    with enter(override.portal):
        audit.record(
            actor if actor is SYSTEM else Operator(actor.display_name),
            action="billing.override.grant" if given else "billing.override.withdraw",
            changes={override.key: (None, shown) if given else (shown, None)},
            note=override.reason,
        )
