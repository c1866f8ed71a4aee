"""Verbs on reasons of loss."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from infra.kit.refs import RecordRef
from modules.crm.domain.pipeline import MANAGE, PRESET_REASONS
from modules.crm.models import LostReason


def seed_reasons() -> None:
    """The reasons that every portal starts with; no guards, for seeds."""
    if not LostReason.objects.exists():
        LostReason.objects.bulk_create(
            LostReason(preset=preset, position=place, version=1) for place, preset in enumerate(PRESET_REASONS)
        )


def reason_rows() -> QuerySet[LostReason]:
    """The reasons in use. What they are is no secret to anyone in CRM."""
    return LostReason.objects.filter(archived_at__isnull=True)


def reasons() -> list[LostReason]:
    """The reasons to choose from, in order."""
    return list(reason_rows())


def access_reason(reason_id: int) -> LostReason:
    """A reason in use by id. Raises NotFound."""
    reason = LostReason.objects.filter(pk=reason_id, archived_at__isnull=True).first()
    if reason is None:
        raise NotFound
    return reason


def add_reason(*, actor: Actor, name: str) -> LostReason:
    """A further reason. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = name.strip()
    if not name or len(name) > 100 or "\0" in name:
        raise Invalid(fields={"name": [_("A name has 1 to 100 characters.")]})
    with transaction.atomic():
        last = LostReason.objects.aggregate(last=Max("position"))["last"] or 0
        reason = LostReason.objects.create(name=name, position=last + 1)
        audit.record(actor, "reason.create", RecordRef("crm", "reason", reason.pk), note=name)
    return reason


def retire_reason(*, actor: Actor, reason: LostReason) -> None:
    """Offer a reason no longer; records that have it keep it. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        reason.archived_at = timezone.now()
        reason.save(update_fields=["archived_at"])
        audit.record(actor, "reason.delete", RecordRef("crm", "reason", reason.pk), note=reason.title)
