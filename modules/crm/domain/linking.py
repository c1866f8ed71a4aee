"""Whether what a value points at exists and may be pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.access import SYSTEM, Actor
from infra.kit.errors import Invalid
from modules.crm.domain.access import visible
from modules.crm.domain.fields import LOST_REASON, PRICE_TYPE, PRODUCT_SECTION, Field, Type
from modules.crm.domain.kinds import Kind, kind_named, kinds
from modules.crm.models import File, LostReason, PriceType, ProductSection, Record
from tenants.people.models import User


def check_links(actor: Actor, item: Field, value: Any, before: Any = None, record: Record | None = None) -> None:
    """Raises Invalid(item.key) where `value` newly points at something that is not there, or not for `actor` to see."""
    kept = before if isinstance(before, list) else [before]
    new = [one for one in (value if isinstance(value, list) else [value]) if one not in (None, "") and one not in kept]
    if not new:
        return
    match item.type:
        case Type.PERSON:
            found = User.objects.active().filter(pk__in=new).count()
        case Type.FILE:
            rows = File.objects.filter(pk__in=new, activity=None)
            own = rows.filter(**{record.link: record.pk}) if record is not None and record.pk else rows.none()
            found = own.count()
        case Type.RECORD:
            found = sum(_exists(actor, item, one) for one in new)
        case _ if item.type == LOST_REASON:
            found = LostReason.objects.filter(pk__in=new, archived_at__isnull=True).count()
        case _ if item.type == PRICE_TYPE:
            found = PriceType.objects.filter(pk__in=new, archived_at__isnull=True).count()
        case _ if item.type == PRODUCT_SECTION:
            found = ProductSection.objects.filter(pk__in=new).count()
        case _:
            return
    if found != len(new):
        raise Invalid(fields={item.key: [_("Choose one of the list.")]})


def _exists(actor: Actor, item: Field, value: Any) -> bool:
    kind, pk = (item.links[0], value) if isinstance(value, int) else str(value).split(":", 1)
    named = kinds().get(kind)
    return named is not None and visible(actor, named).filter(pk=int(pk)).exists()


def still_there(kind: Kind, record_id: int | None) -> int | None:
    """The id of a linked record, None where it is gone or in the trash."""
    return record_id if record_id and kind.rows().alive().filter(pk=record_id).exists() else None


def check_records(actor: Actor, key: str, kind: str, ids: Sequence[int], kept: Sequence[int] = ()) -> None:
    """Raises Invalid(key) unless `actor` may see all records `ids` that are not among `kept`."""
    new = set(ids) - set(kept)
    if new and visible(actor or SYSTEM, kind_named(kind)).filter(pk__in=new).count() != len(new):
        raise Invalid(fields={key: [_("Choose one of the list.")]})
