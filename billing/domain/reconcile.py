"""The nightly comparison with Stripe: missed events are fetched, differences reported and put right (promise 31)."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

from billing.domain import change, payment_event, refresh
from billing.models import InvoiceCopy, PaidSubscription, PaymentCustomer, PaymentDifference, Subscription
from infra.adapters.payments import get_payments
from tenants.portals.models import Portal

_log = logging.getLogger(__name__)
LOOK_BACK = timedelta(days=30)
"""As far back as Stripe lists events."""
PAPERS_BACK = timedelta(days=60)
DISPUTES_BACK = timedelta(days=180)


def reconcile() -> int:
    """Compare every paying portal with Stripe; how many differences were found. Safe to run twice."""
    found = fetch_missed()
    _look_at_disputes()
    for customer in PaymentCustomer.objects.select_related("portal").order_by("id").iterator(chunk_size=200):
        try:
            found += compare(customer)
        except Exception:  # the others must not wait for this one
            _log.exception("a portal could not be compared with Stripe", extra={"portal": customer.portal_id})
    return found


def _look_at_disputes() -> None:
    """A bank may take months to decide; what was disputed is looked at so long."""
    for payment in sorted(get_payments().disputed_since(datetime.now(UTC) - DISPUTES_BACK)):
        try:
            payment_event.look_at_disputes(payment)
        except Exception:
            _log.exception("a disputed payment could not be looked at", extra={"payment": payment})


def fetch_missed(now: datetime | None = None) -> int:
    """Events that no webhook brought: kept and applied like those that came; how many."""
    since = (now or datetime.now(UTC)) - LOOK_BACK
    missed = 0
    for seen, whole in get_payments().undelivered_events(since):
        if payment_event.keep(seen, json.dumps(whole, default=str), healed=True) is not None:
            missed += 1
            customer = PaymentCustomer.objects.filter(customer=seen.customer).first()
            if customer is not None:
                _report(customer.portal, "event", "", f"{seen.kind} {seen.object_id}")
    payment_event.apply_waiting()
    return missed


def compare(customer: PaymentCustomer) -> int:
    """Hold one portal against Stripe, put right what differs; how many differences."""
    before = _picture(customer.portal)
    refresh.refresh_subscription(customer)
    refresh.refresh_invoices(customer)
    for paid in get_payments().payments_since(customer.customer, datetime.now(UTC) - PAPERS_BACK):
        refresh.keep_payment(customer, paid)
        if paid.status == "succeeded":
            refresh.refresh_refunds(customer, paid.id)
    after = _picture(customer.portal)
    differing = [name for name in after if before[name] != after[name]]
    for name in differing:
        _report(customer.portal, name, before[name], after[name])
    _stop_paying_for_what_closes(customer)
    return len(differing)


def _picture(portal: Portal) -> dict[str, str]:
    ours = Subscription.objects.select_related("version__plan").get(portal=portal)
    paid = PaidSubscription.objects.filter(portal=portal).first()
    papers = (
        InvoiceCopy.objects.filter(portal=portal)
        .order_by("invoice")
        .values_list("invoice", "status", "paid", "refunded")
    )
    return {
        "plan": f"{ours.version.plan.slug} {ours.version.number} {ours.period}",
        "status": f"{paid.status} until {paid.period_end.isoformat()}" if paid is not None else "",
        "ends": f"{paid.ends} {paid.schedule}" if paid is not None else "",
        "unpaid": str(ours.unpaid_since is not None),
        "invoices": "; ".join(" ".join(map(str, paper)) for paper in papers)[-300:],
    }


def _report(portal: Portal, what: str, ours: str, theirs: str) -> None:
    PaymentDifference.objects.create(portal=portal, what=what, ours=ours[:300], theirs=theirs[:300])
    _log.warning("Stripe said otherwise", extra={"portal": portal.pk, "what": what, "ours": ours, "theirs": theirs})


def _stop_paying_for_what_closes(customer: PaymentCustomer) -> None:
    """A company that leaves is not charged again (promise 16)."""
    paid = PaidSubscription.objects.filter(portal=customer.portal).first()
    if customer.portal.status == Portal.Status.CLOSING and paid is not None and paid.is_live and not paid.ends:
        change.end_for_good(portal=customer.portal)


def differences(most: int = 100) -> list[PaymentDifference]:
    """The newest differences of all portals."""
    return list(PaymentDifference.objects.select_related("portal")[:most])
