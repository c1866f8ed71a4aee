"""The editor of product rows on the card of a deal, quote or invoice: sums and warnings come from the server."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from infra.kit.access import may
from infra.kit.errors import Invalid
from infra.ui import formats, panels
from modules.crm.domain.access import access, visible
from modules.crm.domain.field_rights import require_sums
from modules.crm.domain.kinds import PRODUCT, Kind
from modules.crm.domain.money import number_typed, price_typed
from modules.crm.domain.queries import choices_for
from modules.crm.domain.selling.clients import terms_for
from modules.crm.domain.selling.prices import catalogue_prices
from modules.crm.domain.selling.product_rows import Checked, check_rows, rows_of, set_rows, sums_of
from modules.crm.domain.selling.stock import holds_of, short_rows
from modules.crm.models import Deal, ProductRow, Quote, Unit
from modules.crm.views.asking import actor_of, optional_number, version_of

_COLUMNS = ("product", "title", "unit", "quantity", "price", "discount", "discount_kind", "vat_rate", "vat_included")


def rows_context(record: Any) -> dict[str, Any]:
    """The rows of a record as its card shows them."""
    rows = rows_of(record)
    return {
        "rows": rows,
        "sums": sums_of(rows, record.currency),
        "taxed": any(row.vat_rate is not None for row in rows),
        "holds": [] if isinstance(record, Quote) else holds_of(record),
        "amount_by_hand": isinstance(record, Deal) and record.amount_by_hand and bool(rows),
    }


def edit_rows(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """The editor; saved, the card shows itself again."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    require_sums(actor, kind, change=True)
    lines: list[dict[str, Any]] = []
    if request.method == "POST":
        given = _given(request)
        by_hand = request.POST.get("by_hand") == "on" if isinstance(record, Deal) else None
        try:
            set_rows(actor=actor, record=record, rows=given, version=version_of(request), by_hand=by_hand)
        except Invalid as error:
            lines = [_line_typed(row, _errors_of(error, place)) for place, row in enumerate(_typed(request))]
            general = [text for key, texts in error.fields.items() if not key.startswith("rows.") for text in texts]
            return _editor(request, kind, record, lines, status=422, errors=general or [str(error)])
        return panels.refresh(request, toast=_("Saved."), fallback=kind.url("card", record.pk))
    rows = rows_of(record)
    lines = [_line(row, record.currency) for row in rows]
    return _editor(request, kind, record, lines)


def _editor(
    request: HttpRequest,
    kind: Kind,
    record: Any,
    lines: list[dict[str, Any]],
    *,
    status: int = 200,
    errors: list[str] | None = None,
) -> HttpResponse:
    rows = rows_of(record)
    context = {
        "record": record,
        "kind": kind,
        "lines": lines,
        "units": Unit.choices,
        "errors": errors or [],
        "terms": terms_for(record),
        "is_deal": isinstance(record, Deal),
        "by_hand": isinstance(record, Deal) and record.amount_by_hand and bool(rows),
        "card_url": kind.url("card", record.pk),
        "sums_html": _sums_html(record, Checked(rows=rows, sums=sums_of(rows, record.currency), old_prices={})),
    }
    template = "crm/parts/rows_editor.html" if request.headers.get("HX-Request") else "crm/rows_page.html"
    return render(request, template, context, status=status)


def check(request: HttpRequest, kind: Kind, record_id: int) -> JsonResponse:
    """What is typed so far: the total of each row, the sums, and what to look at. Nothing is written."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    given = _given(request)
    try:
        checked = check_rows(actor, record, given)
    except Invalid as error:
        notes = [" ".join(_errors_of(error, place)) for place in range(len(given))]
        wrong = [{"total": "", "note": note, "wrong": bool(note)} for note in notes]
        return JsonResponse({"lines": wrong, "sums": None})
    short = short_rows(record, checked.rows)
    lines = [
        {
            "total": formats.money(row.total, record.currency, cents=True),
            "note": " ".join(_notes(row, place, checked, short, record)),
        }
        for place, row in enumerate(checked.rows)
    ]
    return JsonResponse({"lines": lines, "sums": _sums_html(record, checked)})


def _notes(row: ProductRow, place: int, checked: Checked, short: Any, record: Any) -> list[str]:
    notes = []
    if place in checked.old_prices:
        price = formats.money(checked.old_prices[place], record.currency)
        notes.append(_("The catalogue says %(price)s.") % {"price": price})
    if row.product is not None and not row.product.active:
        notes.append(_("Out of sale."))
    if row.product_id in short:
        left = formats.number(short[row.product_id].normalize())
        notes.append(_("Only %(left)s available.") % {"left": left})
    return notes


def find(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Products to add while their name or SKU is typed, with price and stock."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    text = request.GET.get("q", "").strip()[:100]
    cards = choices_for(actor, PRODUCT, text, 8, active=True) if may(actor, PRODUCT.permission("view")) else []
    prices = catalogue_prices([card.ref.id for card in cards], record.currency, terms_for(record).price_type)
    products = {row.pk: row for row in visible(actor, PRODUCT).filter(pk__in=[card.ref.id for card in cards])}
    options = [
        {"card": card, "price": prices.get(card.ref.id), "product": products[card.ref.id]}
        for card in cards
        if card.ref.id in products
    ]
    context = {
        "options": options,
        "text": text,
        "currency": record.currency,
        "may_create": bool(text) and may(actor, PRODUCT.permission("create")),
    }
    return render(request, "crm/parts/row_options.html", context)


def line(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """A further row for the editor: of a product, or of its own title."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    raw: dict[str, Any] = {"title": request.GET.get("title", "").strip()[:300] or _("New row")}
    product = optional_number(request.GET.get("product", ""))
    if product is not None:
        raw = {"product": product}
    row = check_rows(actor, record, [raw]).rows[0]
    context = {"line": _line(row, record.currency), "units": Unit.choices, "record": record}
    return render(request, "crm/parts/row_line.html", context)


def _line(row: ProductRow, currency: str) -> dict[str, Any]:
    discount = row.discount_percent or row.discount_amount
    return {
        "product": row.product_id or "",
        "title": row.title,
        "unit": row.unit,
        "quantity": number_typed(row.quantity),
        "price": price_typed(row.price, currency),
        "discount": number_typed(discount) if discount else "",
        "discount_kind": "amount" if row.discount_amount else "percent",
        "vat_rate": "" if row.vat_rate is None else number_typed(row.vat_rate),
        "vat_included": "1" if row.vat_included else "0",
        "total": formats.money(row.total, currency, cents=True),
        "errors": [],
    }


def _line_typed(typed: dict[str, str], errors: list[str]) -> dict[str, Any]:
    return {**typed, "total": "", "errors": errors}


def _typed(request: HttpRequest) -> list[dict[str, str]]:
    columns = {name: request.POST.getlist(name) for name in _COLUMNS}
    many = len(columns["title"])
    return [
        {name: values[place][:400] if place < len(values) else "" for name, values in columns.items()}
        for place in range(many)
    ]


def _given(request: HttpRequest) -> list[dict[str, Any]]:
    rows = []
    for typed in _typed(request):
        discount = typed.pop("discount")
        key = "discount_amount" if typed.pop("discount_kind") == "amount" else "discount_percent"
        row: dict[str, Any] = {**typed, "discount_percent": "0", key: discount or "0"}
        row["price"] = typed["price"] or "0"
        rows.append(row)
    return rows


def _errors_of(error: Invalid, place: int) -> list[str]:
    return [text for key, texts in error.fields.items() if key.startswith(f"rows.{place}.") for text in texts]


def _sums_html(record: Any, checked: Checked) -> str:
    context = {
        "sums": checked.sums,
        "currency": record.currency,
        "taxed": any(row.vat_rate is not None for row in checked.rows),
    }
    return render_to_string("crm/parts/row_sums.html", context)
