"""The built-in fields of products, quotes and invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.errors import Text
from modules.crm.domain.fields import AMOUNT, OPTIONS, PRODUCT_SECTION, WATCHERS, Field, Type
from modules.crm.models import Currency, InvoiceStatus, ProductType, QuoteStatus, Unit

_COMMENT = Field(key="comment", title=_("Comment"), type=Type.LONG_TEXT, section="note", longest=10_000)


def _record(key: str, title: Text, kind: str, **more: Any) -> Field:
    return Field(key=key, title=title, type=Type.RECORD, links=(kind,), empty=None, **more)


def _stock(key: str, title: Text, **more: Any) -> Field:
    return Field(
        key=key,
        title=title,
        type=Type.NUMBER,
        places=3,
        most=999_999_999_999,
        section="stock",
        in_list=True,
        empty=Decimal(0),
        **more,
    )


PRODUCT_FIELDS = (
    Field(
        key="title",
        title=pgettext_lazy("of a thing", "Name"),
        longest=300,
        required=True,
        in_list=True,
        in_search=True,
        order="title",
    ),
    Field(key="sku", title=_("SKU"), longest=60, in_list=True, in_search=True, in_filter=False),
    Field(
        key="type",
        title=_("Type"),
        type=Type.CHOICE,
        choices=ProductType.choices,
        in_filter=True,
        empty=ProductType.GOODS.value,
    ),
    Field(key="section_id", title=_("Section"), type=PRODUCT_SECTION, in_list=True, in_filter=True, empty=None),
    Field(key="unit", title=_("Unit"), type=Type.CHOICE, choices=Unit.choices, empty=Unit.PIECE.value),
    Field(key="active", title=_("For sale"), type=Type.YESNO, in_filter=True, empty=True),
    _record("parent_id", _("Variant of"), "product"),
    Field(key="options", title=_("Options"), type=OPTIONS, help=_("Such as Size: M; Colour: red."), empty={}),
    Field(key="description", title=_("Description"), type=Type.LONG_TEXT, section="about", longest=10_000),
    Field(
        key="vat_rate",
        title=_("VAT, %"),
        type=Type.NUMBER,
        places=2,
        section="prices",
        help=_("Left empty, the sale bears no VAT."),
        empty=None,
    ),
    Field(key="vat_included", title=_("Prices include VAT"), type=Type.YESNO, section="prices", empty=True),
    _stock("on_hand", _("On hand")),
    _stock("reserved", pgettext_lazy("of goods", "Reserved"), fixed=True),
    _stock("expected", _("Expected"), fixed=True),
    _COMMENT,
    WATCHERS,
)


def _amount(key: str, title: Text, **more: Any) -> Field:
    return Field(key=key, title=title, type=AMOUNT, section="sum", fixed=True, empty=Decimal(0), **more)


_HEAD = (
    Field(key="number", title=pgettext_lazy("of a paper", "Number"), in_list=True, in_search=True, fixed=True),
    Field(key="title", title=_("Title"), required=True, in_list=True, in_search=True),
)
_PARTIES = (
    _record("company_id", _("Company"), "company", in_list=True, in_filter=True),
    _record("contact_id", _("Contact"), "contact"),
    _record("deal_id", _("Deal"), "deal"),
    Field(key="issued_on", title=pgettext_lazy("of a paper", "Date"), type=Type.DATE, in_filter=True, empty=None),
)
_SUMS = (
    _amount("total", pgettext_lazy("of a paper", "Total"), in_list=True, in_filter=True, order="total"),
    _amount("vat", _("VAT")),
)
_CURRENCY = Field(
    key="currency",
    title=_("Currency"),
    type=Type.CHOICE,
    choices=Currency.choices,
    section="sum",
    in_filter=True,
    required=True,
)
_PAPER = (
    _record("own_company_id", _("Sold by"), "company", section="papers", help=_("Which of our own companies.")),
    _record("payer_id", _("Payer"), "company", section="papers", help=_("Left empty, the buyer.")),
    _record("consignee_id", _("Consignee"), "company", section="papers", help=_("Left empty, the buyer.")),
    Field(
        key="terms",
        title=_("Terms for the client"),
        type=Type.LONG_TEXT,
        section="papers",
        longest=5_000,
        help=_("Stands on the paper."),
    ),
    _COMMENT,
    WATCHERS,
)


def _status(choices: Any) -> Field:
    return Field(
        key="status",
        title=_("Status"),
        type=Type.CHOICE,
        choices=choices,
        in_list=True,
        in_filter=True,
        fixed=True,
        empty="draft",
    )


QUOTE_FIELDS = (
    *_HEAD,
    _status(QuoteStatus.choices),
    *_PARTIES,
    Field(
        key="valid_until",
        title=_("Valid until"),
        type=Type.DATE,
        in_list=True,
        in_filter=True,
        order="valid_until",
        empty=None,
    ),
    *_SUMS,
    _CURRENCY,
    *_PAPER,
)
INVOICE_FIELDS = (
    *_HEAD,
    _status(InvoiceStatus.choices),
    *_PARTIES,
    Field(
        key="due_on",
        title=pgettext_lazy("of an invoice", "Due"),
        type=Type.DATE,
        in_list=True,
        in_filter=True,
        order="due_on",
        empty=None,
    ),
    *_SUMS,
    _amount("paid", pgettext_lazy("of an invoice", "Paid"), in_list=True),
    _CURRENCY,
    *_PAPER,
)
