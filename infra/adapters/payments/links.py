"""Payment links of a company's own account, and what was paid through them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.adapters.payments.connection import Connection, Misunderstood


@dataclass(frozen=True, kw_only=True)
class PaymentLink:
    """A page where an amount is paid once."""

    id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class LinkPayment:
    """Money that came through a link; `amount` in minor units. `id` names the payment for ever."""

    id: str
    amount: int
    currency: str


class Links(Connection):
    """Links that are paid once."""

    def open_link(
        self, *, key: str, amount: int, currency: str, title: str, return_url: str, metadata: Mapping[str, str]
    ) -> PaymentLink:
        """A link for `amount` (minor units). Raises Misunderstood, NoAnswer, PaymentsOff, StripeAway."""
        price = {"currency": currency.lower(), "unit_amount": amount, "product_data": {"name": title[:250]}}
        given = {
            "line_items": [{"price_data": price, "quantity": 1}],
            "restrictions": {"completed_sessions": {"limit": 1}},
            "after_completion": {"type": "redirect", "redirect": {"url": return_url}},
            "metadata": dict(metadata),
        }
        made = self._act(key, self._v1.payment_links.create, given)
        return PaymentLink(id=str(made["id"]), url=str(made["url"]))

    def close_link(self, *, key: str, link: str) -> None:
        """Nobody can pay there any more."""
        try:
            self._act(key, self._v1.payment_links.update, link, {"active": False})
        except Misunderstood:
            return

    def paid_through(self, link: str) -> list[LinkPayment]:
        """What was paid through a link. Raises Misunderstood, PaymentsOff, StripeAway."""
        found = self._ask(self._v1.checkout.sessions.list, {"payment_link": link, "limit": 100})
        return [
            LinkPayment(
                id=str(one["payment_intent"]), amount=int(one["amount_total"]), currency=one["currency"].upper()
            )
            for one in found["data"]
            if one["payment_status"] == "paid"
        ]
