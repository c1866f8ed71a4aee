"""Products, quotes and invoices over REST: the same verbs as the screens."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.files import FILE
from infra.api.preconditions import check_match
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from modules.crm.domain.field_rights import require_sums
from modules.crm.domain.kinds import INVOICE, PRODUCT, QUOTE
from modules.crm.domain.money import as_kept
from modules.crm.domain.selling.document_letter import letter_for, send_document
from modules.crm.domain.selling.document_status import cancel_invoice, issue_invoice, set_quote_status
from modules.crm.domain.selling.documents import accounts_for
from modules.crm.domain.selling.online_payment import open_payment_link
from modules.crm.domain.selling.paid_to import choose_account
from modules.crm.domain.selling.paper import document_pdf, file_name
from modules.crm.domain.selling.payment import payments_of, record_payment, take_back_payment
from modules.crm.domain.selling.prices import prices_of, set_prices
from modules.crm.domain.selling.product_section import access_section, all_sections, delete_section, set_section
from modules.crm.domain.selling.public_link import close_link, link_of, open_link
from modules.crm.domain.selling.stock import set_reserving
from modules.crm.filters import API_FILTERS
from modules.crm.models import BankAccount, Currency, Invoice, PaymentMethod, ProductSection, QuoteStatus
from modules.crm.rest.placing import as_precondition
from modules.crm.rest.product_picture import PICTURE, PictureMixin
from modules.crm.rest.repeating import REPEATING, RepeatingMixin
from modules.crm.rest.rows import MAKING, ROWS, RowsMixin
from modules.crm.rest.serializers import serializer_for
from modules.crm.rest.viewsets import RecordViewSet, permissions_of

_PAPER = {"pdf": "view", "link": "edit", "unlink": "edit", "send": "edit"}


class LetterSerializer(StrictSerializer):
    """A letter with the paper; what is left out is the usual text."""

    to = serializers.EmailField()
    subject = serializers.CharField(max_length=200, required=False)
    text = serializers.CharField(max_length=5_000, required=False)


class LinkSerializer(serializers.Serializer[Any]):
    """The client's page."""

    url = serializers.CharField()


class AccountSerializer(serializers.ModelSerializer[BankAccount]):
    """A bank account of a company of our own."""

    class Meta:
        model = BankAccount
        fields = ("id", "name", "bank", "account", "bic", "correspondent", "iban", "swift", "currency")


class AccountsSerializer(serializers.Serializer[Invoice]):
    """What an invoice is paid to; null where the company that sells has no account."""

    account = serializers.IntegerField(source="account_id", allow_null=True)
    choices = serializers.SerializerMethodField()

    @extend_schema_field(AccountSerializer(many=True))
    def get_choices(self, invoice: Invoice) -> Any:
        return AccountSerializer(accounts_for(invoice), many=True).data


class AccountChoiceSerializer(StrictSerializer):
    """One of the accounts of the company that sells."""

    account = serializers.IntegerField(min_value=1)


class StatusSerializer(StrictSerializer):
    """Where a quote is put by hand."""

    status = serializers.ChoiceField(choices=QuoteStatus.choices)


class ReserveSerializer(StrictSerializer):
    """Whether the goods of an invoice are reserved."""

    reserves = serializers.BooleanField()


class PaymentSerializer(StrictSerializer):
    """Money received for an invoice. The same `external_id` counts once."""

    id = serializers.IntegerField(read_only=True)
    amount = serializers.DecimalField(max_digits=17, decimal_places=3, min_value=0)
    paid_on = serializers.DateField(required=False)
    method = serializers.ChoiceField(choices=PaymentMethod.choices, required=False)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=120, required=False)


class PriceSerializer(StrictSerializer):
    """What a product costs; an `amount` of null removes the price."""

    type = serializers.IntegerField(min_value=1)
    currency = serializers.ChoiceField(choices=Currency.choices)
    amount = serializers.DecimalField(max_digits=17, decimal_places=4, min_value=0, allow_null=True)


class PricesSerializer(StrictSerializer):
    """Prices of a product."""

    prices = PriceSerializer(many=True)


class SectionSerializer(StrictSerializer):
    """A section of the catalogue."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=120)
    parent = serializers.IntegerField(  # type: ignore[assignment]  # a field of this name
        source="parent_id", required=False, allow_null=True, min_value=1
    )
    version = serializers.IntegerField(read_only=True)


class PaperViewSet(RowsMixin, RecordViewSet):
    """What quotes and invoices share."""

    orders = {**RecordViewSet.orders, "total": ("-total", "-id")}

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=FILE)
    def pdf(self, request: Request, pk: str) -> HttpResponse:
        """The paper as PDF."""
        record = self.get_object()
        require_sums(self.actor, self.kind)
        headers = {"Content-Disposition": f'inline; filename="{file_name(record).encode("ascii", "replace").decode()}"'}
        return HttpResponse(document_pdf(record), content_type="application/pdf", headers=headers)

    @extend_schema(request=None, responses=LinkSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: str) -> Response:
        """Open the client's page; a draft is sent or issued by it."""
        return Response({"url": link_of(open_link(actor=self.actor, record=self.get_object()))})

    @extend_schema(request=None, responses={204: None})
    @link.mapping.delete
    def unlink(self, request: Request, pk: str) -> Response:
        """Close the client's page."""
        close_link(actor=self.actor, record=self.get_object())
        return Response(status=204)

    @extend_schema(request=LetterSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """Mail the paper with a link to the client's page."""
        record, values = self.get_object(), self.read(LetterSerializer)
        usual = letter_for(self.actor, record)
        send_document(
            actor=self.actor,
            record=record,
            to=values["to"],
            subject=values.get("subject") or usual.subject,
            text=values.get("text") or usual.text,
        )
        record.refresh_from_db(fields=["version"])
        return self.show(record)


class QuoteViewSet(PaperViewSet):
    """Quotes."""

    kind = QUOTE
    permissions = permissions_of(QUOTE, status="edit", goods="edit", **ROWS, **MAKING, **_PAPER)
    serializer_class = serializer_for(QUOTE)
    filterset_class = API_FILTERS["quote"]

    @extend_schema(request=StatusSerializer)
    @action(detail=True, methods=["post"])
    def status(self, request: Request, pk: str) -> Response:
        """Say by hand how far a quote is."""
        status = self.read(StatusSerializer)["status"]
        return self.show(set_quote_status(actor=self.actor, quote=self.get_object(), status=status))


class InvoiceViewSet(RepeatingMixin, PaperViewSet):
    """Invoices."""

    kind = INVOICE
    permissions = permissions_of(
        INVOICE,
        issue="edit",
        cancel="edit",
        payment_link="edit",
        reserve="edit",
        goods="edit",
        payments="view",
        account="view",
        choose_account="edit",
        pay="edit",
        unpay="edit",
        **REPEATING,
        **ROWS,
        **MAKING,
        **_PAPER,
    )
    serializer_class = serializer_for(INVOICE)
    filterset_class = API_FILTERS["invoice"]

    @extend_schema(responses=AccountsSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def account(self, request: Request, pk: str) -> Response:
        """The bank account that an invoice is paid to, and those that a draft may be paid to."""
        return Response(AccountsSerializer(self.get_object()).data)

    @extend_schema(request=AccountChoiceSerializer, responses=AccountsSerializer)
    @account.mapping.put
    def choose_account(self, request: Request, pk: str) -> Response:
        """Say which bank account a draft is paid to."""
        account_id = self.read(AccountChoiceSerializer)["account"]
        invoice = choose_account(actor=self.actor, invoice=self.get_object(), account_id=account_id)
        return Response(AccountsSerializer(invoice).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """Give a draft its number."""
        return self.show(issue_invoice(actor=self.actor, invoice=self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Make an issued invoice void."""
        return self.show(cancel_invoice(actor=self.actor, invoice=self.get_object()))

    @extend_schema(request=None, responses=LinkSerializer)
    @action(detail=True, methods=["post"], url_path="payment-link")
    def payment_link(self, request: Request, pk: str) -> Response:
        """A page where it is paid by card into the company's own Stripe account."""
        invoice = open_payment_link(actor=self.actor, invoice=self.get_object())
        return Response({"url": invoice.stripe_link_url})

    @extend_schema(request=ReserveSerializer)
    @action(detail=True, methods=["post"])
    def reserve(self, request: Request, pk: str) -> Response:
        """Reserve the goods of an invoice, or no longer."""
        reserves = self.read(ReserveSerializer)["reserves"]
        return self.show(set_reserving(actor=self.actor, invoice=self.get_object(), reserves=reserves))

    @extend_schema(responses=PaymentSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def payments(self, request: Request, pk: str) -> Response:
        """Payments of an invoice, newest first."""
        invoice = self.get_object()
        require_sums(self.actor, INVOICE)
        return Response({"results": [_payment(row, invoice.currency) for row in payments_of(invoice)]})

    @extend_schema(request=PaymentSerializer, responses={201: PaymentSerializer})
    @payments.mapping.post
    def pay(self, request: Request, pk: str) -> Response:
        """Write down money received."""
        invoice, values = self.get_object(), self.read(PaymentSerializer)
        payment = record_payment(actor=self.actor, invoice=invoice, **values)
        return Response(_payment(payment, invoice.currency), status=201)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path=r"payments/(?P<payment_id>\d{1,18})")
    def unpay(self, request: Request, pk: str, payment_id: str) -> Response:
        """Take a payment back that was entered by mistake."""
        take_back_payment(actor=self.actor, invoice=self.get_object(), payment_id=int(payment_id))
        return Response(status=204)


def _payment(row: Any, currency: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "amount": str(as_kept(row.amount, currency)),
        "paid_on": row.paid_on.isoformat(),
        "method": row.method,
        "note": row.note,
        "external_id": row.external_id,
    }


class ProductViewSet(PictureMixin, RecordViewSet):
    """Products of the catalogue."""

    kind = PRODUCT
    permissions = permissions_of(PRODUCT, prices="view", set_prices="edit", **PICTURE)
    serializer_class = serializer_for(PRODUCT)
    filterset_class = API_FILTERS["product"]
    orders = {**RecordViewSet.orders, "title": ("title", "id")}

    @extend_schema(responses=PricesSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def prices(self, request: Request, pk: str) -> Response:
        """The prices of a product."""
        return Response(_prices(self.get_object()))

    @extend_schema(request=PricesSerializer, responses=PricesSerializer)
    @prices.mapping.put
    def set_prices(self, request: Request, pk: str) -> Response:
        """Write prices; those not named stay."""
        product = self.get_object()
        given = {(row["type"], row["currency"]): row["amount"] for row in self.read(PricesSerializer)["prices"]}
        set_prices(actor=self.actor, product=product, prices=given)
        return Response(_prices(product))


def _prices(product: Any) -> dict[str, Any]:
    return {
        "prices": [
            {"type": row.type_id, "currency": row.currency, "amount": str(row.amount)} for row in prices_of(product)
        ]
    }


class SectionViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Sections of the catalogue."""

    permissions = {
        "list": PRODUCT.permission("view"),
        "retrieve": PRODUCT.permission("view"),
        "create": PRODUCT.permission("edit"),
        "partial_update": PRODUCT.permission("edit"),
        "destroy": PRODUCT.permission("edit"),
    }
    orders = {"oldest": ("id",)}
    serializer_class = SectionSerializer

    def rows(self, actor: Actor) -> QuerySet[ProductSection]:
        return all_sections()

    def create(self, request: Request) -> Response:
        """Add a section."""
        values = self.read()
        row = set_section(actor=self.actor, name=values["name"], parent_id=values.get("parent_id"))
        return self.show(row, 201)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename or move a section."""
        row = self.get_object()
        check_match(request, row)
        values = {"name": row.name, "parent_id": row.parent_id, **self.read()}
        with as_precondition():
            changed = set_section(actor=self.actor, section=access_section(row.pk), **values)
        return self.show(changed)

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a section; its products stay."""
        row = self.get_object()
        check_match(request, row)
        delete_section(actor=self.actor, section=row)
        return Response(status=204)
