"""Sending a person to Stripe to pay, and charging the card they left there. A card never comes near us (promise 38)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.domain import operation, refresh
from billing.domain.amounts import money_text
from billing.domain.basket import Basket, items_of
from billing.domain.currency import is_payable, terms_of
from billing.domain.customer import customer_of
from billing.domain.upgrade import MANAGE
from billing.domain.wallet import wallet_of
from billing.models import PaymentCustomer, PaymentOperation, PromoCode
from infra import audit
from infra.adapters.payments import Declined, NoAnswer, Payment, get_payments, minor
from infra.db.current import enter
from infra.kit.access import require_permission
from infra.kit.errors import Conflict, Invalid
from tenants.people.models import User
from tenants.portals.models import Portal

WALLET = "billing.wallet.manage"
LARGEST = Decimal(10_000_000)


def open_plan_page(
    *,
    actor: User,
    portal: Portal,
    basket: Basket,
    currency: str,
    cause: str,
    return_url: str,
    promo: PromoCode | None = None,
) -> str:
    """The address of Checkout for a first subscription. An earlier page is closed: nobody pays on both."""
    customer, payments = customer_of(portal), get_payments()
    metadata = {"portal": str(portal.pk), "kind": "plan", "promo": str(promo.pk) if promo else ""}

    def open_page(key: str) -> operation.Result:
        if customer.checkout:
            payments.close_checkout(key=f"{key}-close", page=customer.checkout)
        page = payments.open_checkout(
            key=key,
            customer=customer.customer,
            items=items_of(basket, currency),
            success_url=f"{return_url}?session={{CHECKOUT_SESSION_ID}}",
            cancel_url=f"{portal.url}/billing/",
            metadata=metadata,
            promotion=promo.promotion if promo else "",
            language=_language(),
        )
        if not PaymentCustomer.objects.filter(pk=customer.pk, checkout=customer.checkout).update(checkout=page.id):
            payments.close_checkout(key=f"{key}-late", page=page.id)  # another page was opened at this moment
            raise Conflict
        return {"url": page.url, "page": page.id}

    with enter(portal), transaction.atomic():
        audit.record(actor, action="billing.checkout.open", changes={"plan": (None, basket.version.titles["en"])})
    return str(_perform(portal, "checkout", cause, open_page, actor)["url"])


def start_top_up(*, actor: User, portal_id: int, amount: Decimal, return_url: str) -> str:
    """The address of Checkout where `amount` of the wallet's currency is paid; the webhook fills the wallet.

    The card is kept at Stripe for automatic top-ups. Raises Denied, Invalid, PaymentsOff, what calls to Stripe raise.
    """
    require_permission(actor, WALLET)
    currency = wallet_of(portal_id).currency
    least = terms_of(currency).least
    if not least <= amount <= LARGEST or not is_payable(amount, currency):
        bounds = {"least": money_text(least, currency), "most": money_text(LARGEST, currency)}
        raise Invalid(fields={"amount": [_("Give an amount from %(least)s to %(most)s, in whole coins.") % bounds]})
    portal = Portal.objects.get(pk=portal_id)
    customer = customer_of(portal)
    now = datetime.now(UTC)
    # the same amount within a minute is the second click; a page lasts a day
    cause = f"{actor.pk}:{amount}:{int(now.timestamp()) // 60}"

    def open_page(key: str) -> operation.Result:
        page = get_payments().open_top_up(
            key=key,
            customer=customer.customer,
            amount=minor(amount, currency),
            currency=currency,
            title=_("Wallet of %(company)s") % {"company": portal.name},
            success_url=return_url,
            cancel_url=return_url,
            metadata={"portal": str(portal_id), "cause": f"topup:{actor.display_name}"[:200]},
            language=_language(),
        )
        return {"url": page.url, "page": page.id}

    return str(_perform(portal, "top-up", cause, open_page, actor)["url"])


def charge_saved_card(*, portal_id: int, amount: Decimal, cause: str) -> bool:
    """Take `amount` of the wallet's currency from the card kept at Stripe and put it into the wallet.

    True once it is there or on its way; the same `cause` charges once, whatever is lost in between (promise 34). False
    where there is no card or the bank refused; another try wants another cause.
    """
    customer = PaymentCustomer.objects.select_related("portal").filter(portal_id=portal_id).first()
    if customer is None:
        return False
    currency, payments = wallet_of(portal_id).currency, get_payments()

    def charge(key: str) -> operation.Result:
        methods = payments.saved_methods(customer.customer)
        if not methods:
            raise Declined
        paid = payments.charge(
            key=key,
            customer=customer.customer,
            method=methods[0],
            amount=minor(amount, currency),
            currency=currency,
            title=_("Automatic top-up"),
            metadata={"portal": str(portal_id), "cause": "topup:auto", "operation": _operation_of(key)},
        )
        return {"payment": paid.id}

    def found(made: PaymentOperation) -> operation.Result | None:
        return _adopted(payments.payments_since(customer.customer, made.created_at - timedelta(minutes=5)), made)

    try:
        result = operation.perform(
            portal_id=portal_id, kind="charge", cause=cause, call=charge, found=found, params={"amount": str(amount)}
        )
    except (Declined, Conflict):
        return False
    except NoAnswer:
        return False  # found out by finish_open; the webhook fills the wallet either way
    refresh.refresh_payment(customer, result["payment"])
    return True


def _adopted(payments: list[Payment], made: PaymentOperation) -> operation.Result | None:
    for paid in payments:
        if paid.operation == str(made.pk) and paid.status in ("succeeded", "processing"):
            return {"payment": paid.id}
    return None


def _operation_of(key: str) -> str:
    return key.rsplit("-", 1)[0]


def finish_open() -> int:
    """Find out what became of charges that were asked for without an answer; how many are settled now.

    Only what is found is taken over; nothing is charged here.
    """
    before = datetime.now(UTC) - timedelta(minutes=2)
    settled = 0
    waiting = PaymentOperation.objects.filter(state="open", asked_at__lt=before).exclude(error="")
    for made in waiting.select_related("portal__payment_customer").order_by("created_at")[:200]:
        customer = PaymentCustomer.objects.filter(portal_id=made.portal_id).first()
        if customer is None:
            continue
        result: operation.Result | None = None
        if made.kind == "charge":
            since = made.created_at - timedelta(minutes=5)
            result = _adopted(get_payments().payments_since(customer.customer, since), made)
        settled += operation.close(made, result)
        refresh.refresh_subscription(customer)
        if result is not None:
            refresh.refresh_payment(customer, result["payment"])
    return settled


def manage_page(*, actor: User, portal: Portal, return_url: str) -> str:
    """Stripe's page where cards, the address and papers are managed. Raises Denied, what calls to Stripe raise."""
    require_permission(actor, MANAGE)
    customer = customer_of(portal)
    key = f"manage-{portal.pk}-{actor.pk}-{int(datetime.now(UTC).timestamp())}"
    return get_payments().manage_page(key=key, customer=customer.customer, return_url=return_url).url


def _perform(
    portal: Portal, kind: str, cause: str, call: Callable[[str], operation.Result], actor: User
) -> operation.Result:
    return operation.perform(portal_id=portal.pk, kind=kind, cause=cause, call=call, by=actor.display_name)


def _language() -> str:
    return {"en": "en", "ru": "ru", "pl": "pl", "pt": "pt", "fr": "fr", "vi": "vi"}.get(get_language() or "", "auto")
