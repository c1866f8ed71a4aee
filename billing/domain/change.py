"""Choosing another plan: what it costs to the cent before the click, and then exactly that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.contracts import Period
from billing.domain import checkout, offers, operation, promo, refresh
from billing.domain.basket import Basket, items_of, read_items
from billing.domain.customer import customer_of
from billing.domain.upgrade import MANAGE
from billing.models import InvoiceCopy, PaidSubscription, PaymentOperation, Subscription
from infra import audit
from infra.adapters.payments import Preview, StripeSubscription, get_payments, major
from infra.db.current import enter
from infra.kit.access import require_permission
from infra.kit.errors import Conflict, PortalError, WayOut
from tenants.people.models import User
from tenants.portals.models import Portal


class Way(StrEnum):
    """How a choice comes about."""

    BUY = "buy"
    NOW = "now"
    LATER = "later"
    END = "end"
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class Considered:
    """What choosing `basket` means. `preview` for NOW; `begins_at` for LATER and END; amounts in main units."""

    way: Way
    basket: Basket
    currency: str
    price: Decimal
    preview: Preview | None = None
    begins_at: datetime | None = None

    @property
    def due(self) -> Decimal:
        """What is taken at the click."""
        if self.preview is not None:
            return major(self.preview.due, self.preview.currency)
        return self.price if self.way is Way.BUY else Decimal(0)


class PaymentFirst(PortalError):
    """Something is unpaid: it is paid before the plan changes."""

    code = "payment_first"
    status = 402
    default_message = _("A payment is missing. Pay it first, then choose a plan.")


class PriceMoved(Conflict):
    """The price is not the one that was shown."""

    code = "price_moved"
    default_message = _("The price has changed since it was shown. Look at it again, then confirm.")


def consider(*, portal: Portal, basket: Basket, currency: str, at: datetime | None = None) -> Considered:
    """What `basket` would mean for the portal, asked of Stripe now. Raises PaymentFirst, StripeAway."""
    live = _live(portal)
    if live is None:
        free = basket.price(currency) == 0
        way = Way.SAME if free else Way.BUY
        return Considered(way=way, basket=basket, currency=currency, price=basket.price(currency))
    return _weigh(live, basket, at or datetime.now(UTC))


def live_currency(portal: Portal) -> str:
    """The currency the portal pays in already, "" while it pays for nothing: it cannot change within a subscription."""
    paid = PaidSubscription.objects.filter(portal=portal).first()
    return paid.currency if paid is not None and paid.is_live else ""


def currency_of(portal: Portal) -> str:
    """What the portal pays, or would pay, its plan in."""
    return live_currency(portal) or offers.currency_or_default(portal.currency)


def period_of(portal: Portal) -> Period:
    """How often the portal pays for its plan."""
    return Period(Subscription.objects.values_list("period", flat=True).get(portal=portal))


def _live(portal: Portal) -> StripeSubscription | None:
    """The portal's subscription as it stands at Stripe, None while it has none that counts."""
    paid = PaidSubscription.objects.filter(portal=portal).first()
    if paid is None or not paid.is_live:
        return None
    theirs = get_payments().subscriptions_of(customer_of(portal).customer)
    live = next((one for one in theirs if one.status in PaidSubscription.LIVE), None)
    if live is not None and live.status in ("past_due", "unpaid"):
        raise PaymentFirst(way_out=WayOut(text=_("Pay the open invoice."), url="/billing/payments/"))
    return live


def _weigh(live: StripeSubscription, wanted: Basket, at: datetime) -> Considered:
    has, currency = read_items(live.items), live.currency
    price = wanted.price(currency)
    if price == 0:
        return Considered(way=Way.END, basket=wanted, currency=currency, price=price, begins_at=live.period_end)
    same = (has.version, has.period, dict(has.packs)) == (wanted.version, wanted.period, dict(wanted.packs))
    if same:
        return Considered(way=Way.SAME, basket=wanted, currency=currency, price=price)
    items = items_of(wanted, currency)
    shorter = has.period == "year" and wanted.period == "month"
    if shorter or (wanted.a_month(currency) < has.a_month(currency) and wanted.period == has.period):
        return Considered(way=Way.LATER, basket=wanted, currency=currency, price=price, begins_at=live.period_end)
    preview = get_payments().preview_change(subscription=live, items=items, at=at)
    return Considered(way=Way.NOW, basket=wanted, currency=currency, price=price, preview=preview)


def accept(
    *,
    actor: User,
    portal: Portal,
    basket: Basket,
    currency: str,
    cause: str,
    return_url: str,
    shown_at: datetime | None = None,
    shown_due: Decimal | None = None,
    code: str = "",
) -> str:
    """Carry out what was shown; answers where the person goes to pay, "" when it is done.

    `cause` names the click, so that the second one changes nothing. `shown_at` and `shown_due` are what was shown for a
    change at once. Raises PriceMoved, PaymentFirst, Denied, Declined, NoAnswer.
    """
    require_permission(actor, MANAGE)
    considered = consider(portal=portal, basket=basket, currency=currency, at=shown_at)
    if considered.way is Way.BUY:
        promotion = promo.check(code=code, portal=portal, currency=currency) if code else None
        return checkout.open_plan_page(
            actor=actor,
            portal=portal,
            basket=basket,
            currency=currency,
            cause=cause,
            return_url=return_url,
            promo=promotion,
        )
    if considered.way is Way.SAME:
        return ""
    customer = customer_of(portal)
    live = _live(portal)
    if live is None:
        raise Conflict
    if considered.way is Way.NOW:
        return _change_now(actor, portal, considered, live, cause, shown_due)
    drop_planned(portal=portal, live=live, cause=f"{cause}:drop", by=actor.display_name)
    if considered.way is Way.LATER:
        _perform(
            *(portal, "later", cause, actor),
            lambda key: get_payments().plan_change(
                key=key,
                subscription=_again(portal),
                items=items_of(basket, live.currency),
                interval=basket.period.value,
            ),
        )
    else:
        _perform(
            *(portal, "end", cause, actor),
            lambda key: get_payments().set_ending(key=key, subscription=live.id, ends=True).id,
        )
    refresh.refresh_subscription(customer)
    _tell(actor, portal, "billing.plan.plan", basket.version.titles["en"])
    return ""


def _change_now(
    actor: User, portal: Portal, considered: Considered, live: StripeSubscription, cause: str, shown_due: Decimal | None
) -> str:
    preview, wanted = considered.preview, items_of(considered.basket, live.currency)
    if preview is None or shown_due != considered.due:
        raise PriceMoved
    if live.schedule:
        drop_planned(portal=portal, live=live, cause=f"{cause}:drop", by=actor.display_name)
        live = _again(portal)
    if live.cancel_at_period_end:
        _perform(
            *(portal, "stay", f"{cause}:stay", actor),
            lambda key: get_payments().set_ending(key=key, subscription=live.id, ends=False).id,
        )

    def change(key: str) -> operation.Result:
        changed = get_payments().change_now(key=key, subscription=live, items=wanted, at=preview.at)
        return {"invoice": changed.latest_invoice, "pending": changed.pending}

    def has_happened(_operation: PaymentOperation) -> operation.Result | None:
        theirs = _again(portal)
        if theirs.pending or {(one.price, one.quantity) for one in theirs.items} == {
            (one.price, one.quantity) for one in wanted
        }:
            return {"invoice": theirs.latest_invoice, "pending": theirs.pending}
        return None

    result = operation.perform(
        portal_id=portal.pk, kind="change", cause=cause, call=change, found=has_happened, by=actor.display_name,
        params={**considered.basket.written(), "due": str(considered.due), "at": preview.at.isoformat()},
    )  # fmt: skip
    customer = customer_of(portal)
    refresh.refresh_subscription(customer)
    if result["invoice"]:
        refresh.refresh_invoice(customer, result["invoice"])
    _tell(actor, portal, "billing.plan.plan", considered.basket.version.titles["en"])
    if result["pending"]:  # not paid: Stripe's page of the invoice asks for another card or a proof
        copy = InvoiceCopy.objects.filter(invoice=result["invoice"]).first()
        return copy.page if copy is not None else ""
    return ""


def keep_as_is(*, actor: User, portal: Portal, cause: str) -> None:
    """Undo a cancellation or a planned change: the subscription goes on as it is. Raises Denied."""
    require_permission(actor, MANAGE)
    live = _live(portal)
    if live is None:
        raise Conflict
    drop_planned(portal=portal, live=live, cause=f"{cause}:drop", by=actor.display_name)
    if live.cancel_at_period_end:
        _perform(
            *(portal, "stay", cause, actor),
            lambda key: get_payments().set_ending(key=key, subscription=live.id, ends=False).id,
        )
    refresh.refresh_subscription(customer_of(portal))
    _tell(actor, portal, "billing.plan.keep", "")


def end_for_good(*, portal: Portal) -> None:
    """The portal closes: its subscription ends with the period it has paid for."""
    theirs = get_payments().subscriptions_of(customer_of(portal).customer)
    live = next((one for one in theirs if one.status in PaidSubscription.LIVE), None)
    if live is None:
        return
    drop_planned(portal=portal, live=live, cause="closing", by="")
    operation.perform(
        portal_id=portal.pk,
        kind="end",
        cause=f"closing:{live.id}",
        call=lambda key: {"id": get_payments().set_ending(key=key, subscription=live.id, ends=True).id},
    )
    refresh.refresh_subscription(customer_of(portal))


def drop_planned(*, portal: Portal, live: StripeSubscription, cause: str, by: str) -> None:
    """What was planned for the end of the period does not happen."""
    if not live.schedule:
        return

    def release(key: str) -> operation.Result:
        get_payments().drop_planned(key=key, schedule=live.schedule)
        return {}

    operation.perform(portal_id=portal.pk, kind="drop", cause=f"{cause}:{live.schedule}", call=release, by=by)


def _again(portal: Portal) -> StripeSubscription:
    live = _live(portal)
    if live is None:
        raise Conflict
    return live


def _perform(portal: Portal, kind: str, cause: str, actor: User, call: Callable[[str], str]) -> None:
    operation.perform(
        portal_id=portal.pk, kind=kind, cause=cause, call=lambda key: {"id": call(key)}, by=actor.display_name
    )


def _tell(actor: User, portal: Portal, action: str, plan: str) -> None:
    with enter(portal), transaction.atomic():
        audit.record(actor, action=action, changes={"plan": (None, plan)} if plan else {})
