"""The statement: every movement of the wallet, each opening what it is about."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.domain import statement
from billing.domain.amounts import money_text, with_phones
from billing.domain.wallet_settings import VIEW
from billing.models import Entry, Kind
from infra.db.current import current_portal
from infra.kit.screens import screen
from infra.ui.lists import Column, Empty, ListScreen, Order
from infra.ui.panels import render_panel

TONES = {Kind.TOP_UP: "success", Kind.TRANSFER: "success", Kind.GIFT: "success", Kind.CORRECTION: "warning"}


class ExactColumn(Column):
    """Money with nothing rounded away."""

    def html(self, row: Any, *, cents: bool = False) -> SafeString:
        value = self.value_of(row)
        return SafeString("") if value is None else conditional_escape(money_text(value, self.currency_of(row)))


class StatementFilter(filters.FilterSet):
    """By kind and period."""

    kind = filters.MultipleChoiceFilter(label=_("Kind"), choices=Kind.choices, distinct=False)
    at = filters.DateFromToRangeFilter(label=_("Period"))

    class Meta:
        model = Entry
        fields: ClassVar[list[str]] = []


class StatementList(ListScreen[Entry]):
    """Movements of the wallet."""

    key = "billing.statement"
    title = _("Statement")
    template_name = "billing/statement.html"
    columns = (
        Column("at", _("When"), kind="moment", link=True, fixed=True),
        Column(
            "kind",
            _("Kind"),
            kind="badge",
            value=lambda entry: entry.get_kind_display(),
            tone=lambda entry: TONES.get(entry.kind, "neutral"),
        ),
        Column("note", _("What"), value=lambda entry: with_phones(entry.posting.note)),
        ExactColumn("amount", _("Amount"), kind="money", currency=lambda entry: entry.posting.currency),
        ExactColumn("balance", _("Balance"), kind="money", currency=lambda entry: entry.posting.currency),
        Column("currency", _("Currency"), value="posting.currency", shown=False),
        Column("cause", _("Cause"), value="posting.cause", shown=False),
        Column("actor", _("By whom"), value="posting.actor", shown=False),
    )
    orders = (Order("-id", _("Newest first")),)
    filterset_class = StatementFilter
    export_permission = VIEW
    export_name = "statement"
    empty = Empty(
        icon="receipt",
        title=_("Nothing was paid or used yet"),
        text=_("Top-ups, calls and everything else that moves the wallet stands here, each with what it was for."),
        url_name="billing:wallet",
        action=_("Open the wallet"),
    )

    def rows(self) -> QuerySet[Entry]:
        return statement.lines(current_portal().id)

    def url_of(self, row: Entry) -> str:
        return reverse("billing:posting", args=[row.posting_id])


statement_list = screen(VIEW, methods=("GET", "POST"))(StatementList.as_view())


@screen(permission=VIEW)
def posting(request: HttpRequest, posting_id: int) -> HttpResponse:
    """One posting: both sides, the cause, and the page about it."""
    found = statement.posting_of(current_portal().id, posting_id)
    entries = sorted(found.entries.all(), key=lambda entry: (entry.account != "wallet", entry.pk))
    return render_panel(
        request,
        "billing/posting.html",
        {"posting": found, "entries": entries, "cause_url": statement.cause_link(found)},
        back=reverse("billing:statement"),
    )
