"""A company takes a portal: one spare schema is bound to it, in the caller's transaction, without DDL."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from infra.db import changes
from infra.db.current import enter_public
from tenants.portals.domain.address import address_taken, check_address, host_of
from tenants.portals.domain.settings import check_settings
from tenants.portals.domain.spares import take_spare
from tenants.portals.models import Domain, Portal


def claim_portal(
    *,
    name: str,
    address: str,
    locale: str = "en",
    region: str = "",
    time_zone: str = "UTC",
    currency: str = "USD",
    trial_ends_at: datetime | None = None,
    is_operator: bool = False,
) -> Portal:
    """Bind a ready schema to the company `name` at `<address>.<service>`; answers its portal.

    Everything happens in the caller's transaction (or one of its own): it is all there, or nothing is. The portal is on
    trial while `trial_ends_at` lies ahead. Raises Invalid with the fields at fault (`name`, `address`, `locale`,
    `region`, `time_zone`, `currency`), Unavailable when no schema could be had.
    """
    values = check_settings(name=name, locale=locale, region=region, time_zone=time_zone, currency=currency)
    slug = check_address(address)
    with enter_public(), transaction.atomic():
        portal = Portal(
            schema_name=take_spare(),
            slug=slug,
            status=Portal.Status.TRIAL if trial_ends_at else Portal.Status.ACTIVE,
            trial_ends_at=trial_ends_at,
            is_operator=is_operator,
            **values,
        )
        try:
            with transaction.atomic():
                portal.save(force_insert=True)
                Domain.objects.bulk_create([Domain(domain=host_of(slug), tenant=portal, is_primary=True)])
        except IntegrityError as error:
            raise address_taken(slug) from error
        transaction.on_commit(lambda: changes.tell(portal.schema_name))
    return portal
