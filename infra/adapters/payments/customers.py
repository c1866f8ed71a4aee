"""Customers, their tax ids, and the page where they manage how they pay."""

from __future__ import annotations

from collections.abc import Mapping

from infra.adapters.payments.connection import Connection
from infra.adapters.payments.values import TaxId, WebPage

PORTAL_FEATURES = {
    # plans are changed on our own page, which shows what a change touches; cards and addresses belong to Stripe
    "payment_method_update": {"enabled": True},
    "invoice_history": {"enabled": True},
    "customer_update": {"enabled": True, "allowed_updates": ["address", "email", "name", "tax_id"]},
    "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
}
MARK = {"made_by": "portal"}


class Customers(Connection):
    """One customer for each portal that pays."""

    def create_customer(self, *, key: str, name: str, email: str, metadata: Mapping[str, str]) -> str:
        """The new customer's id."""
        given = {"name": name, "email": email, "metadata": dict(metadata)}
        return str(self._act(key, self._v1.customers.create, given)["id"])

    def update_customer(self, *, key: str, customer: str, name: str, email: str) -> None:
        """The name and address that stand on invoices."""
        self._act(key, self._v1.customers.update, customer, {"name": name, "email": email})

    def tax_ids(self, customer: str) -> list[TaxId]:
        """Every tax number of the customer."""
        found = self._ask(self._v1.customers.tax_ids.list, customer, {"limit": 20})
        return [_tax_id(one) for one in found["data"]]

    def add_tax_id(self, *, key: str, customer: str, kind: str, value: str) -> TaxId:
        """Raises Misunderstood for a number that cannot be one."""
        return _tax_id(self._act(key, self._v1.customers.tax_ids.create, customer, {"type": kind, "value": value}))

    def remove_tax_id(self, *, key: str, customer: str, tax_id: str) -> None:
        """It stands on no further invoice."""
        self._act(key, self._v1.customers.tax_ids.delete, customer, tax_id)

    def saved_methods(self, customer: str) -> list[str]:
        """Ids of the cards and accounts that may be charged without the person, the default first."""
        default = (self._ask(self._v1.customers.retrieve, customer).get("invoice_settings") or {}).get(
            "default_payment_method"
        )
        found = self._ask(self._v1.customers.payment_methods.list, customer, {"limit": 20})
        return sorted((str(one["id"]) for one in found["data"]), key=lambda one: one != default)

    def manage_page(self, *, key: str, customer: str, return_url: str) -> WebPage:
        """Stripe's own page for cards, addresses and invoices."""
        found = self._ask(self._v1.billing_portal.configurations.list, {"limit": 20})["data"]
        ours = next((one["id"] for one in found if (one.get("metadata") or {}).get("made_by") == "portal"), None)
        if ours is None:
            made = {"features": PORTAL_FEATURES, "metadata": MARK}
            ours = self._act("portal-configuration-1", self._v1.billing_portal.configurations.create, made)["id"]
        given = {"customer": customer, "return_url": return_url, "configuration": ours}
        page = self._act(key, self._v1.billing_portal.sessions.create, given)
        return WebPage(id=page["id"], url=page["url"])


def _tax_id(found: Mapping[str, object]) -> TaxId:
    check = found.get("verification")
    status = str(check.get("status", "")) if isinstance(check, dict) else ""
    return TaxId(id=str(found["id"]), kind=str(found["type"]), value=str(found["value"]), status=status)
