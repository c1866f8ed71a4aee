"""Checkout: the page at Stripe's where a card is given. It never comes near us (promise 38)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.adapters.payments.connection import Connection, Misunderstood, Thing, moment
from infra.adapters.payments.values import Item, WebPage


class Checkout(Connection):
    """Pages that are paid once."""

    def open_checkout(
        self,
        *,
        key: str,
        customer: str,
        items: Sequence[Item],
        success_url: str,
        cancel_url: str,
        metadata: Mapping[str, str],
        promotion: str = "",
        language: str = "auto",
    ) -> WebPage:
        """A page where a first subscription is paid."""
        given = self._common(customer, success_url, cancel_url, metadata, language)
        given |= {
            "mode": "subscription",
            "line_items": [{"price": one.price, "quantity": one.quantity} for one in items],
            "subscription_data": {"metadata": dict(metadata), "billing_mode": {"type": "flexible"}},
        }
        given |= {"discounts": [{"promotion_code": promotion}]} if promotion else {}
        return _page(self._act(key, self._v1.checkout.sessions.create, given))

    def open_top_up(
        self,
        *,
        key: str,
        customer: str,
        amount: int,
        currency: str,
        title: str,
        success_url: str,
        cancel_url: str,
        metadata: Mapping[str, str],
        language: str = "auto",
    ) -> WebPage:
        """A page where an amount is paid once; the card is kept for automatic top-ups."""
        line = {"currency": currency.lower(), "unit_amount": amount, "product_data": {"name": title}}
        given = self._common(customer, success_url, cancel_url, metadata, language)
        given |= {
            "mode": "payment",
            "line_items": [{"price_data": line, "quantity": 1}],
            "payment_intent_data": {"metadata": dict(metadata), "setup_future_usage": "off_session"},
            "invoice_creation": {"enabled": False},
        }
        return _page(self._act(key, self._v1.checkout.sessions.create, given))

    def close_checkout(self, *, key: str, page: str) -> None:
        """Nobody can pay there any more; a page that was paid or has expired stays as it is."""
        try:
            self._act(key, self._v1.checkout.sessions.expire, page)
        except Misunderstood:
            return

    @staticmethod
    def _common(customer: str, success_url: str, cancel_url: str, metadata: Mapping[str, str], language: str) -> Thing:
        return {
            "customer": customer,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "metadata": dict(metadata),
            "locale": language,
            "tax_id_collection": {"enabled": True},
            "customer_update": {"name": "auto", "address": "auto"},
        }


def _page(found: Thing) -> WebPage:
    return WebPage(id=found["id"], url=found["url"], expires_at=moment(found["expires_at"]))
