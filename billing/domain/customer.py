"""The portal as Stripe's customer, and its state there brought home."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from billing.domain import operation
from billing.models import PaymentCustomer, Refreshed
from infra.adapters.payments import get_payments
from infra.db.current import enter
from tenants.people.models import User
from tenants.portals.models import Portal


def customer_of(portal: Portal) -> PaymentCustomer:
    """The portal's customer, made on first use. Raises what calls to Stripe raise."""
    found = PaymentCustomer.objects.filter(portal=portal).first()
    if found is not None:
        return found
    email = owner_email(portal)
    result = operation.perform(
        portal_id=portal.pk,
        kind="customer",
        cause="portal",
        call=lambda key: {
            "customer": get_payments().create_customer(
                key=key, name=portal.name, email=email, metadata={"portal": str(portal.pk)}
            )
        },
    )
    made, _created = PaymentCustomer.objects.get_or_create(portal=portal, defaults={"customer": result["customer"]})
    return made


def owner_email(portal: Portal) -> str:
    """Where letters about money go: the owner who has been there longest."""
    with enter(portal):
        owner = User.objects.owners().order_by("id").first()
        return owner.email if owner is not None else ""


@transaction.atomic
def take_ticket(customer: PaymentCustomer) -> int:
    """A number for a refresh that is about to ask Stripe; later ones are larger."""
    PaymentCustomer.objects.filter(pk=customer.pk).update(ticket=F("ticket") + 1)
    return int(PaymentCustomer.objects.values_list("ticket", flat=True).get(pk=customer.pk))


def may_apply(customer: PaymentCustomer, ticket: int, about: str = "") -> bool:
    """Inside a transaction: locks the customer; False where what was asked later `about` the same thing was applied
    already."""
    PaymentCustomer.objects.select_for_update().get(pk=customer.pk)
    if Refreshed.objects.filter(portal_id=customer.portal_id, about=about, ticket__gt=ticket).exists():
        return False
    Refreshed.objects.update_or_create(portal_id=customer.portal_id, about=about, defaults={"ticket": ticket})
    return True
