"""Lists of the operator's money pages: wallets and papers of all portals."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, Wallet
from billing.views.invoices import TONES
from billing.views.statement import ExactColumn
from infra.kit.errors import Text
from infra.kit.screens import screen
from infra.ui.lists import Column, Empty, ListScreen, Order
from saas.operator.domain import money
from saas.operator.domain.support import CONSOLE

TABS: tuple[tuple[str, Text], ...] = (
    ("operator:wallets", _("Wallets")),
    ("operator:invoices", _("Invoices")),
    ("operator:waiting", _("Waiting for a second person")),
    ("operator:ledger", _("Ledger check")),
)


def money_tabs(active: str) -> list[dict[str, Any]]:
    """The pages about money, as tabs."""
    found: list[dict[str, Any]] = [
        {"title": title, "url": reverse(name), "active": name == active} for name, title in TABS
    ]
    found[2]["count"] = money.waiting().count() or None
    return found


class WalletList(ListScreen[Wallet]):
    """Who has how much."""

    key = "operator.wallets"
    title = _("Money")
    template_name = "operator/money_list.html"
    columns = (
        Column("company", _("Company"), value=lambda row: row.company or f"#{row.portal_id}", link=True, fixed=True),
        ExactColumn("balance", _("Balance"), kind="money", currency=lambda row: row.currency, order="balance"),
        ExactColumn("credit_limit", _("Credit"), kind="money", currency=lambda row: row.currency),
        Column("currency", _("Currency"), shown=False),
        Column("auto", _("Automatic top-up"), kind="yesno", value=lambda row: row.auto_below is not None),
        Column("created_at", _("Since"), kind="moment"),
    )
    orders = (Order("balance", _("Lowest balance")), Order("-id", _("Newest first")))
    opens_panel = False
    export_permission = CONSOLE
    export_name = "wallets"
    empty = Empty(icon="wallet", title=_("No wallets yet"), text=_("It is made when somebody first looks at it."))

    def rows(self) -> QuerySet[Wallet]:
        return money.wallets()

    def url_of(self, row: Wallet) -> str:
        return reverse("operator:wallet", args=[row.portal_id])

    def extra_context(self) -> dict[str, Any]:
        return {"tabs": money_tabs("operator:wallets")}


wallet_list = screen(permission=CONSOLE, methods=("GET", "POST"))(WalletList.as_view())


class InvoiceFilter(filters.FilterSet):
    """By state, purpose and date."""

    state = filters.ChoiceFilter(label=_("State"), choices=Invoice.State.choices)
    purpose = filters.ChoiceFilter(label=_("For"), choices=Invoice.Purpose.choices)
    issued_on = filters.DateFromToRangeFilter(label=_("Date"))

    class Meta:
        model = Invoice
        fields: list[str] = []


class InvoiceList(ListScreen[Invoice]):
    """Papers of all portals."""

    key = "operator.invoices"
    title = _("Money")
    template_name = "operator/money_list.html"
    columns = (
        Column("number", _("Number"), link=True, fixed=True),
        Column("company", _("Company"), value=lambda row: row.company or row.buyer.get("legal_name", "")),
        Column("purpose", _("For"), value=lambda row: row.get_purpose_display()),
        ExactColumn("total", _("Total"), kind="money", currency=lambda row: row.currency),
        ExactColumn("vat", _("VAT"), kind="money", currency=lambda row: row.currency),
        Column(
            "state",
            _("State"),
            kind="badge",
            value=lambda row: row.get_state_display(),
            tone=lambda row: TONES[row.state],
        ),
        Column("issued_on", _("Date"), kind="date"),
        Column("due_on", _("To pay until"), kind="date"),
        Column("settled_by", _("Settled by"), shown=False),
    )
    orders = (Order("-id", _("Newest first")),)
    filterset_class = InvoiceFilter
    export_permission = CONSOLE
    export_name = "invoices"
    empty = Empty(
        icon="file-invoice",
        title=_("No invoices yet"),
        text=_("Months of usage are invoiced by themselves; invoices for bank transfers are made on a wallet's page."),
    )

    def rows(self) -> QuerySet[Invoice]:
        return money.invoices()

    def url_of(self, row: Invoice) -> str:
        return reverse("operator:invoice", args=[row.pk])

    def extra_context(self) -> dict[str, Any]:
        return {"tabs": money_tabs("operator:invoices")}


invoice_list = screen(permission=CONSOLE, methods=("GET", "POST"))(InvoiceList.as_view())
