"""Where a portal stands with its payments, for its pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.domain import dispute
from billing.domain.basket import Basket, read_written
from billing.models import Dispute, InvoiceCopy, PaidSubscription, PaymentCustomer, Subscription
from tenants.portals.models import Portal


@dataclass(frozen=True, kw_only=True)
class PaidState:
    """`settled`: the page of Checkout in question has led to a plan. `open_invoice` waits to be paid;
    `disputed` is a payment for the plan that a bank holds."""

    customer_id: int | None
    subscription: PaidSubscription | None
    settled: bool
    plan_title: str
    planned: Basket | None = None
    planned_from: datetime | None = None
    open_invoice: InvoiceCopy | None = None
    disputed: Dispute | None = None

    @property
    def is_live(self) -> bool:
        """Whether the portal pays for its plan."""
        return self.subscription is not None and self.subscription.is_live


def state_of(portal: Portal, *, page: str = "") -> PaidState:
    """As of the last refresh; asks nobody."""
    customer = PaymentCustomer.objects.filter(portal=portal).first()
    paid = PaidSubscription.objects.filter(portal=portal).first()
    ours = Subscription.objects.select_related("version").get(portal=portal)
    live = paid is not None and paid.is_live
    planned = read_written(paid.planned) if paid is not None and paid.planned else None
    return PaidState(
        customer_id=customer.pk if customer is not None else None,
        subscription=paid,
        settled=live and (not page or customer is None or customer.checkout == page),
        plan_title=ours.version.title,
        planned=planned,
        planned_from=paid.period_end if paid is not None and planned is not None else None,
        disputed=dispute.unsettled(portal),
        open_invoice=InvoiceCopy.objects.filter(portal=portal, status="open").order_by("-issued_at").first(),
    )
