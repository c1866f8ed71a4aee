"""Wallet, statement, usage and papers over REST: to look at; paying happens on the payment service's pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.domain import invoice, meter, statement, wallet
from billing.domain.wallet_settings import VIEW
from billing.models import Entry, Invoice, Kind
from infra.api.moments import MomentRangeFilter
from infra.api.viewsets import ListMixin, PortalViewSet
from infra.db.current import current_portal
from infra.kit.access import Actor


def _money(**kwargs: object) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=6, **kwargs)  # type: ignore[arg-type]  # passed on as given


class WalletSerializer(serializers.Serializer):
    """Amounts as decimal text in `currency`, with all six places."""

    currency = serializers.CharField()
    balance = _money()
    reserved = _money()
    credit_limit = _money()
    available = _money(help_text="balance + credit_limit − reserved")


class UseSerializer(serializers.Serializer):
    """Use of one meter this month (UTC); department 0 is the whole company's line."""

    meter = serializers.CharField()
    department = serializers.IntegerField(source="department_id")
    quantity = _money()
    maximum = _money(allow_null=True)


class UsageSerializer(serializers.Serializer):
    """The month so far."""

    meters = UseSerializer(many=True)


class EntrySerializer(serializers.ModelSerializer):
    """One movement of the wallet; `balance` is after it."""

    cause = serializers.CharField(source="posting.cause")
    note = serializers.CharField(source="posting.note")
    currency = serializers.CharField(source="posting.currency")

    class Meta:
        model = Entry
        fields = ("id", "posting", "at", "kind", "amount", "balance", "currency", "cause", "note")


@extend_schema_serializer(component_name="BillingInvoice")
class InvoiceSerializer(serializers.ModelSerializer):
    """One paper; `total` contains `vat`."""

    class Meta:
        model = Invoice
        fields = (
            "id", "number", "purpose", "state", "currency", "total", "vat", "vat_rate", "lines",
            "issued_on", "due_on", "period_start", "period_end",
        )  # fmt: skip


class EntryFilter(filters.FilterSet):
    """By kind and period."""

    kind = filters.ChoiceFilter(choices=Kind.choices, label=_("Kind."))
    at = MomentRangeFilter(label=_("When, from and to."))

    class Meta:
        model = Entry
        fields: ClassVar[list[str]] = []


class MoneyViewSet(PortalViewSet):
    """The wallet, and what was used."""

    permissions = {"wallet": VIEW, "usage": VIEW}
    serializer_class = WalletSerializer

    @extend_schema(responses=WalletSerializer)
    @action(detail=False, methods=["get"], url_path="wallet", url_name="wallet")
    def wallet(self, request: Request) -> Response:
        """What is in the wallet and what of it is free."""
        found = wallet.wallet_of(current_portal().id)
        held = wallet.held(found)
        body = {
            "currency": found.currency,
            "balance": found.balance,
            "reserved": held,
            "credit_limit": found.credit_limit,
            "available": found.balance + found.credit_limit - held,
        }
        return Response(WalletSerializer(body).data)

    @extend_schema(responses=UsageSerializer)
    @action(detail=False, methods=["get"], url_path="usage", url_name="usage")
    def usage(self, request: Request) -> Response:
        """Every meter this month, and each department's part."""
        lines = meter.month_use(current_portal().id, datetime.now(UTC).date())
        return Response(UsageSerializer({"meters": lines}).data)


class StatementViewSet(ListMixin, PortalViewSet):
    """Movements of the wallet, newest first."""

    permissions = {"list": VIEW}
    serializer_class = EntrySerializer
    filterset_class = EntryFilter

    def rows(self, actor: Actor) -> QuerySet[Entry]:
        return statement.lines(current_portal().id)


class InvoiceViewSet(ListMixin, PortalViewSet):
    """Papers, newest first."""

    permissions = {"list": VIEW}
    serializer_class = InvoiceSerializer

    def rows(self, actor: Actor) -> QuerySet[Invoice]:
        return invoice.invoices_of(current_portal().id)
