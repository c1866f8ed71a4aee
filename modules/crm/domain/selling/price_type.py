"""Types of prices: for whom a price is."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from modules.crm.domain.selling.settings import MANAGE
from modules.crm.models import PriceType, PriceTypePreset

MOST = 20


def price_type_rows() -> QuerySet[PriceType]:
    """Types in use."""
    return PriceType.objects.filter(archived_at__isnull=True)


def price_types() -> list[PriceType]:
    """Types in use, in order."""
    return list(price_type_rows())


def usual_price_type() -> PriceType:
    """The type for clients that have none of their own. Raises Conflict in a portal without types."""
    found = PriceType.objects.filter(archived_at__isnull=True).order_by("-is_usual", "position", "id").first()
    if found is None:
        raise Conflict(_("There is no type of prices. Add one in the settings of selling."))
    return found


def add_price_type(*, actor: Actor, name: str) -> PriceType:
    """Make a further type. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = _named(name)
    with transaction.atomic():
        rows = PriceType.objects.filter(archived_at__isnull=True)
        if len(rows.select_for_update().order_by("pk")) >= MOST:
            raise Invalid(_("At most %(most)s.") % {"most": MOST})
        last = PriceType.objects.aggregate(last=Max("position"))["last"] or 0
        row = PriceType.objects.create(name=name, position=last + 1)
        audit.record(actor, "price_type.create", None, {"name": (None, name)})
    return row


def rename_price_type(*, actor: Actor, price_type: PriceType, name: str) -> PriceType:
    """Give a type another name. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = _named(name)
    with transaction.atomic():
        row = PriceType.objects.select_for_update().get(pk=price_type.pk)
        before, row.name = row.title, name
        row.save(update_fields=["name"])
        audit.record(actor, "price_type.edit", None, {"name": (before, name)})
    return row


def make_usual(*, actor: Actor, price_type: PriceType) -> None:
    """Take this type for clients that have none of their own. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        rows = {row.pk: row for row in PriceType.objects.select_for_update().order_by("pk")}
        row = rows.get(price_type.pk)
        if row is None or row.archived_at is not None:
            raise NotFound
        if row.is_usual:
            return
        PriceType.objects.filter(is_usual=True).update(is_usual=False)
        PriceType.objects.filter(pk=row.pk).update(is_usual=True)
        audit.record(actor, "price_type.edit", None, {"usual": (None, row.title)})


def retire_price_type(*, actor: Actor, price_type: PriceType) -> None:
    """Offer a type no longer; its prices are kept. The usual one stays. Raises Conflict, Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        row = PriceType.objects.select_for_update().get(pk=price_type.pk)
        if row.is_usual:
            raise Conflict(_("This is the usual type. Make another one the usual first."))
        if row.archived_at is None:
            row.archived_at = timezone.now()
            row.save(update_fields=["archived_at"])
            audit.record(actor, "price_type.delete", None, {"name": (row.title, None)})


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 60 or "\0" in name:
        raise Invalid(fields={"name": [_("Write a name of up to %(most)s characters.") % {"most": 60}]})
    return name


def seed_price_types() -> None:
    """Retail, wholesale and dealer; a second run changes nothing."""
    if PriceType.objects.exists():
        return
    PriceType.objects.bulk_create(
        PriceType(preset=preset, position=place, is_usual=place == 0)
        for place, preset in enumerate(PriceTypePreset.values)
    )


def access_price_type(type_id: int) -> PriceType:
    """A type in use by id. Raises NotFound."""
    found = PriceType.objects.filter(pk=type_id, archived_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found
