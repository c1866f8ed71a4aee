"""Who buys: which prices a client gets, and what discount."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from modules.crm.domain.selling.price_type import usual_price_type
from modules.crm.models import Company, Contact, Deal, DealContact, Document, PriceType


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a client buys by: a type of prices and a personal discount in percent."""

    price_type: PriceType
    discount: Decimal = Decimal(0)


def buyer_of(record: Deal | Document) -> Company | Contact | None:
    """The company that buys, else the main contact."""
    if record.company_id is not None:
        company: Company | None = record.company
        return company
    if isinstance(record, Document):
        contact: Contact | None = record.contact
        return contact
    first = DealContact.objects.filter(deal=record).select_related("contact").order_by("position", "id").first()
    return first.contact if first is not None else None


def terms_for(record: Any) -> Terms:
    """The terms of the record's buyer; those of everyone where it has none of its own. Raises Conflict."""
    buyer = buyer_of(record)
    own = buyer.price_type if buyer is not None else None
    if own is None or own.archived_at is not None:
        own = usual_price_type()
    return Terms(price_type=own, discount=buyer.discount if buyer is not None else Decimal(0))
