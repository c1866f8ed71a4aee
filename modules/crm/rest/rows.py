"""Product rows over REST, and the papers made from a record: the same on deals, quotes and invoices."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.serializers import StrictSerializer
from modules.crm.domain.field_rights import require_sums
from modules.crm.domain.kinds import INVOICE, QUOTE
from modules.crm.domain.money import as_kept
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.product_rows import rows_of, set_rows
from modules.crm.domain.selling.stock import finish_goods
from modules.crm.models import ProductRow, Unit
from modules.crm.rest.placing import as_precondition

ROWS = {"row_list": "view", "set_rows": "edit"}
MAKING = {"make_quote": "view", "make_invoice": "view"}


class RowSerializer(StrictSerializer):
    """A row: a `product`, or a `title` of its own. What is left out comes from the catalogue and the client's terms."""

    product = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    title = serializers.CharField(max_length=300, required=False, allow_blank=True)
    unit = serializers.ChoiceField(choices=Unit.choices, required=False)
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3, required=False, min_value=0)
    price = serializers.DecimalField(max_digits=17, decimal_places=4, required=False, min_value=0)
    discount_percent = serializers.DecimalField(max_digits=5, decimal_places=2, required=False, min_value=0)
    discount_amount = serializers.DecimalField(max_digits=17, decimal_places=3, required=False, min_value=0)
    vat_rate = serializers.DecimalField(max_digits=5, decimal_places=2, required=False, allow_null=True, min_value=0)
    vat_included = serializers.BooleanField(required=False)
    net = serializers.DecimalField(max_digits=17, decimal_places=3, read_only=True)
    vat = serializers.DecimalField(max_digits=17, decimal_places=3, read_only=True)
    total = serializers.DecimalField(max_digits=17, decimal_places=3, read_only=True)


class RowsSerializer(StrictSerializer):
    """All rows of a record, in order. `by_hand` keeps a deal's amount as it is typed."""

    rows = RowSerializer(many=True)
    by_hand = serializers.BooleanField(required=False)


def row_document(row: ProductRow, currency: str) -> dict[str, Any]:
    """A row as the API shows it; amounts with the digits of the currency."""
    return {
        "product": row.product_id,
        "title": row.title,
        "unit": row.unit,
        "quantity": str(row.quantity),
        "price": str(row.price),
        "discount_percent": str(row.discount_percent),
        "discount_amount": str(as_kept(row.discount_amount, currency)),
        "vat_rate": None if row.vat_rate is None else str(row.vat_rate),
        "vat_included": row.vat_included,
        **{name: str(as_kept(getattr(row, name), currency)) for name in ("net", "vat", "total")},
    }


class RowsMixin:
    """The rows of a record, and papers made from it."""

    @extend_schema(responses=RowsSerializer, filters=False)
    @action(detail=True, methods=["get"], url_path="rows")
    def row_list(self: Any, request: Request, pk: str) -> Response:
        """The product rows of a record."""
        record = self.get_object()
        require_sums(self.actor, self.kind)
        return Response({"rows": [row_document(row, record.currency) for row in rows_of(record)]})

    @extend_schema(request=RowsSerializer, responses=RowsSerializer)
    @row_list.mapping.put
    def set_rows(self: Any, request: Request, pk: str) -> Response:
        """Make these the rows of a record."""
        record, version = self._checked(request)
        values = self.read(RowsSerializer)
        with as_precondition():
            record = set_rows(
                actor=self.actor,
                record=record,
                rows=values["rows"],
                version=version,
                by_hand=values.get("by_hand"),
            )
        shown = {"rows": [row_document(row, record.currency) for row in rows_of(record)]}
        return Response(shown, headers={"ETag": f'"{record.version}"'})

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="quote")
    def make_quote(self: Any, request: Request, pk: str) -> Response:
        """Make a quote of it: rows, client and terms come along."""
        return _made(make_document(actor=self.actor, kind=QUOTE, source=self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="invoice")
    def make_invoice(self: Any, request: Request, pk: str) -> Response:
        """Make an invoice of it: rows, client and terms come along."""
        return _made(make_document(actor=self.actor, kind=INVOICE, source=self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def goods(self: Any, request: Request, pk: str) -> Response:
        """The goods it holds have been handed over, or received."""
        return self.show(finish_goods(actor=self.actor, record=self.get_object()))  # type: ignore[no-any-return]  # an answer of the untyped library


def _made(record: Any) -> Response:
    location = reverse(f"api-v1:{record.kind}-detail", args=[record.pk])
    return Response({"kind": record.kind, "id": record.pk}, status=201, headers={"Location": location})
