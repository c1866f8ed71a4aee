"""Billing's addresses in the API."""

from rest_framework.routers import SimpleRouter

from billing.rest.money import InvoiceViewSet, MoneyViewSet, StatementViewSet
from billing.rest.packs import PackViewSet
from billing.rest.viewsets import BillingViewSet


def register(router: SimpleRouter) -> None:
    """`/billing/plan`, `wallet`, `usage`, `statement`, `invoices`, `packs`."""
    router.register("billing", BillingViewSet, basename="billing")
    router.register("billing", MoneyViewSet, basename="billing-money")
    router.register("billing/packs", PackViewSet, basename="billing-packs")
    router.register("billing/statement", StatementViewSet, basename="billing-statement")
    router.register("billing/invoices", InvoiceViewSet, basename="billing-invoice")
