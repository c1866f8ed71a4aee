"""Who buys and who sells, as papers name them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.domain.wallet_settings import MANAGE
from billing.models import Requisites
from infra import audit
from infra.db.current import current_portal
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, WayOut
from tenants.portals.models import Portal

FIELDS = ("legal_name", "tax_id", "registration", "country", "address", "email")
SELLERS_FIELDS = (*FIELDS, "bank", "vat_rate")


def requisites_of(portal_id: int) -> Requisites | None:
    """What the company gave, None where it gave nothing yet."""
    return Requisites.objects.filter(portal_id=portal_id).first()


def seller() -> Requisites:
    """The requisites of whoever runs the service. Raises Conflict while there are none: no paper can be issued."""
    found = Requisites.objects.filter(portal__is_operator=True).first()
    if found is None:
        raise Conflict(
            _("Papers cannot be issued yet: whoever runs this service has not given their requisites."),
            code="no_seller",
            way_out=WayOut(text=_("Ask whoever runs this service."), ask="operator"),
        )
    return found


@transaction.atomic
def set_requisites(*, actor: Actor, values: Mapping[str, Any]) -> Requisites:
    """Keep what papers call the entered portal's company. Papers issued before stay as they are. Raises Denied."""
    require_permission(actor, MANAGE)
    portal = current_portal()
    names = SELLERS_FIELDS if portal.is_operator else FIELDS
    kept = Requisites.objects.select_for_update().filter(portal_id=portal.id).first() or Requisites(portal_id=portal.id)
    changes = {}
    for name in names:
        if name in values and getattr(kept, name) != values[name]:
            changes[name] = (str(getattr(kept, name)), str(values[name]))
            setattr(kept, name, values[name])
    kept.save()
    if changes:
        audit.record(actor, action="billing.requisites.change", changes=changes)
    return kept


def printed(requisites: Requisites | None, portal: Portal) -> dict[str, str]:
    """A party of a paper as plain text; without requisites it is the portal's name and country."""
    if requisites is None:
        return {"legal_name": portal.name, "country": portal.region}
    return {name: str(getattr(requisites, name)) for name in (*FIELDS, "bank")}


def vat_rate_for(buyer: Requisites | None, seller: Requisites) -> Decimal:
    """The seller's VAT for buyers of the same country; across a border the buyer accounts for it."""
    same = buyer is None or buyer.country == seller.country
    return Decimal(seller.vat_rate) if same else Decimal(0)
