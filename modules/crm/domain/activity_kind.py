"""Verbs on kinds of activities that the company makes for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.kit.refs import RecordRef
from modules.crm.models import ActivityKind, Stage

MANAGE = "crm.rule.manage"
MOST = 50
ICONS = (
    "star", "map-pin", "truck", "car", "tool", "hammer", "ruler-measure", "palette", "camera", "presentation",
    "video", "message", "brand-telegram", "mail-opened", "package", "box", "file-text", "file-check", "signature",
    "receipt", "credit-card", "cash", "gift", "coffee", "building-store", "home", "key", "shield-check", "stethoscope",
    "school", "bell", "flag",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class KindDesign:
    """What a kind is made of; see `ActivityKind`."""

    name: str
    icon: str = "star"
    colour: str = Stage.Colour.ACCENT
    has_due: bool = True
    has_result: bool = False


def kinds_in_use() -> QuerySet[ActivityKind]:
    """Kinds that are offered, in order."""
    return ActivityKind.objects.filter(archived_at__isnull=True)


def access_kind(own_kind_id: int) -> ActivityKind:
    """A kind that is offered. Raises NotFound."""
    found = kinds_in_use().filter(pk=own_kind_id).first()
    if found is None:
        raise NotFound
    return found


def write_kind(
    *, actor: Actor, design: KindDesign, own_kind: ActivityKind | None = None, version: int | None = None
) -> ActivityKind:
    """Make a kind, or change one. Raises Conflict, Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = asdict(design) | {"name": design.name.strip()}
    _check(values["name"], design, own_kind)
    with transaction.atomic():
        if own_kind is None:
            if kinds_in_use().count() >= MOST:
                raise Invalid(_("A portal has at most %(most)s kinds of its own.") % {"most": MOST})
            last = ActivityKind.objects.aggregate(last=Max("position"))["last"]
            row = ActivityKind.objects.create(position=0 if last is None else last + 1, **values)
            audit.record(actor, "activity_kind.create", RecordRef("crm", "activity_kind", row.pk), note=row.name)
            return row
        row = ActivityKind.objects.select_for_update().get(pk=own_kind.pk)
        if version is not None and row.version != version:
            raise Conflict(current_version=row.version)
        changes = {name: (getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value}
        if changes:
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
            audit.record(actor, "activity_kind.edit", RecordRef("crm", "activity_kind", row.pk), changes)
    return row


def _check(name: str, design: KindDesign, own_kind: ActivityKind | None) -> None:
    wrong: dict[str, list[str]] = {}
    if not name or len(name) > 60 or "\0" in name:
        wrong["name"] = [_("Give it a name of at most 60 characters.")]
    elif kinds_in_use().filter(name__iexact=name).exclude(pk=own_kind.pk if own_kind else 0).exists():
        wrong["name"] = [_("There is one of this name already.")]
    if design.icon not in ICONS:
        wrong["icon"] = [_("Choose one of the list.")]
    if design.colour not in Stage.Colour.values:
        wrong["colour"] = [_("Choose one of the list.")]
    if wrong:
        raise Invalid(fields=wrong)


def retire_kind(*, actor: Actor, own_kind: ActivityKind) -> None:
    """Offer a kind no longer; what was planned by it keeps it. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        own_kind.archived_at = timezone.now()
        own_kind.save(update_fields=["archived_at"])
        ref = RecordRef("crm", "activity_kind", own_kind.pk)
        audit.record(actor, "activity_kind.delete", ref, note=own_kind.name)


def order_kinds(*, actor: Actor, ids: Sequence[int]) -> None:
    """Offer the kinds in this order. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        rows = {row.pk: row for row in kinds_in_use().select_for_update().order_by("pk")}
        for place, pk in enumerate(one for one in ids if one in rows):
            if rows[pk].position != place:
                rows[pk].position = place
                rows[pk].save(update_fields=["position"])
        audit.record(actor, "activity_kind.order", None)
