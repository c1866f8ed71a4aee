"""Invoices as PDF: everything comes from the kept paper, so it prints the same for ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_currency
from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import Invoice
from infra.adapters.pdf import render
from infra.ui.formats import current_locale, number

TEMPLATE = Path(__file__).resolve().parents[1] / "papers" / "invoice.typ"


def invoice_pdf(invoice: Invoice) -> bytes:
    """The paper, in the language it was issued in."""
    with translation.override(invoice.language):
        usage, receipt = (invoice.purpose == one for one in (Invoice.Purpose.USAGE, Invoice.Purpose.RECEIPT))
        facts = [[_("Date"), _day(invoice.issued_on)]]
        if invoice.period_start is not None and invoice.period_end is not None:
            facts.append([_("Period"), f"{_day(invoice.period_start)} – {_day(invoice.period_end)}"])
        if invoice.due_on is not None:
            facts.append([_("To pay until"), _day(invoice.due_on)])
        state = _("paid from the wallet") if usage else _("paid by card") if receipt else invoice.get_state_display()
        facts.append([_("State"), str(state)])
        kind = _("Invoice %(number)s") if usage else _("Receipt %(number)s") if receipt else ""
        title = kind or _("Invoice for payment %(number)s")
        return render(
            TEMPLATE,
            {
                "language": invoice.language,
                "page": _("Page"),
                "title": title % {"number": invoice.number},
                "facts": facts,
                "seller": _party(_("Seller"), invoice.seller),
                "buyer": _party(_("Buyer"), invoice.buyer),
                "head": [_("No."), _("What"), _("Quantity"), _("Amount")],
                "lines": [
                    [str(place), line["title"], number(int(line["quantity"])), _money(line["amount"], invoice.currency)]
                    for place, line in enumerate(invoice.lines, 1)
                ],
                "sums": _sums(invoice),
                "bank": "" if usage or receipt else invoice.seller.get("bank", ""),
                "bank_title": _("Pay to"),
                "purpose": ""
                if usage or receipt
                else _("Purpose of the payment: invoice %(number)s") % {"number": invoice.number},
            },
        )


def _sums(invoice: Invoice) -> list[list[str]]:
    if invoice.purpose == Invoice.Purpose.RECEIPT:
        return [[_("Total"), _money(invoice.total, invoice.currency)]]
    if not invoice.vat_rate:
        return [[_("VAT"), _("not charged")], [_("Total"), _money(invoice.total, invoice.currency)]]
    rate = f"{invoice.vat_rate.normalize():f}"
    return [
        [_("Without VAT"), _money(invoice.total - invoice.vat, invoice.currency)],
        [_("VAT %(rate)s%%") % {"rate": rate}, _money(invoice.vat, invoice.currency)],
        [_("Total"), _money(invoice.total, invoice.currency)],
    ]


def _party(label: str, party: Mapping[str, str]) -> dict[str, object]:
    lines = [
        (_("Tax number: %(number)s") % {"number": party["tax_id"]}) if party.get("tax_id") else "",
        (_("Registration: %(number)s") % {"number": party["registration"]}) if party.get("registration") else "",
        party.get("address", ""),
        _country(party.get("country", "")),
    ]
    return {"label": label, "name": party.get("legal_name", ""), "lines": [line for line in lines if line]}


def _country(code: str) -> str:
    return str(current_locale().territories.get(code, code))


def _day(when: date) -> str:
    return str(format_date(when, "long", locale=current_locale()))


def _money(amount: Decimal | str, currency: str) -> str:
    """Always with the currency's coins: "1,990.00"."""
    return str(format_currency(Decimal(amount), currency, locale=current_locale()))
