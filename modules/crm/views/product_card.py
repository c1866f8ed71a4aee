"""What the card of a product shows besides its fields: picture and prices."""

from __future__ import annotations

from typing import Any

from infra.kit.access import Actor
from modules.crm.domain.kinds import PRODUCT, Kind
from modules.crm.domain.selling.prices import prices_of


def product_context(actor: Actor, kind: Kind, record: Any) -> dict[str, Any]:
    """Prices by type and currency, and whether there is a picture."""
    if kind is not PRODUCT:
        return {}
    return {
        "prices": prices_of(record),
        "has_picture": bool(record.picture_key or (record.parent and record.parent.picture_key)),
    }
