"""Quotes and invoices as PDF, in the design of the company that sells and in the language of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from infra.ui.formats import current_locale, number, percent
from modules.crm.domain.money import minor_places
from modules.crm.domain.selling.letterhead import PICTURES, letterhead_of, picture_bytes
from modules.crm.domain.selling.product_rows import rows_of, sums_of
from modules.crm.domain.selling.requisite_templates import TEMPLATES
from modules.crm.models import Address, BankAccount, ContactPoint, Invoice, Letterhead, ProductRow, Requisite

TEMPLATE = Path(__file__).resolve().parents[2] / "papers" / "document.typ"
# Lines of legal details that are not printed: who signs is said below, the name stands above.
_OF_A_PERSON = {"name", "full_name", "head", "head_post", "accountant", "basis", "contact", "phone", "email", "pesel"}
_IDENTITY = {line.key for line in TEMPLATES["ru_person"].lines if line.key.startswith(("document_", "identified"))}
_UNPRINTED = frozenset({*_OF_A_PERSON, *_IDENTITY, "oktmo", "okved", "ifns", "registered_on", "vat_payer"})


def document_pdf(record: Any) -> bytes:
    """The paper of a quote or invoice the caller may see. Raises BadTemplate."""
    from infra.adapters.pdf import render

    with translation.override(record.language):
        look = letterhead_of(record.own_company)
        files = {f"{name}.png": picture_bytes(getattr(look, f"{name}_key")) for name in PICTURES}
        files = {name: content for name, content in files.items() if content}
        signed = record.status != "draft"
        data = {**paper_of(record), "colour": look.colour, "footer": look.footer, "logo": _named(files, "logo")}
        data |= {"signers": _signers(look, files, signed=signed), "stamp": _named(files, "stamp") if signed else ""}
        return render(TEMPLATE, data, files=files)


def file_name(record: Any) -> str:
    """What the PDF is called when it is saved."""
    plain = "".join(sign if sign.isalnum() or sign in " -_" else "-" for sign in str(record.number or record.title))
    return f"{plain.strip() or record.kind}.pdf"


def title_of(record: Any) -> str:
    """What stands at the top: “Invoice 2026-0001”."""
    bill = isinstance(record, Invoice)
    if not record.number:
        return _("Draft of an invoice") if bill else _("Draft of a quote")
    words = _("Invoice %(number)s") if bill else _("Quote %(number)s")
    return words % {"number": record.number}


def paper_of(record: Any) -> dict[str, Any]:
    """What the paper says, in the active language; the client's page shows the same."""
    rows = rows_of(record)
    return {
        **(getattr(record, "as_issued", None) or names_on(record)),
        "language": record.language,
        "page": _("Page"),
        "title": title_of(record),
        "subject": record.title,
        "facts": _facts(record),
        **_table(rows, record.currency),
        "sums": _sums(record, rows),
        "words": _("Lines: %(count)s, for %(total)s in all.")
        % {"count": len(rows), "total": money(record.total, record.currency)},
        "bank_title": _("Pay to"),
        "purpose": _("Purpose of the payment: invoice %(number)s") % {"number": record.number}
        if isinstance(record, Invoice) and record.number
        else "",
        "terms": record.terms,
        "terms_title": _("Terms"),
    }


def names_on(record: Any) -> dict[str, Any]:
    """Who sells, who buys and where to pay, in the active language: what an issued invoice keeps as it was."""
    return {
        "seller": {"name": str(record.own_company or "")},
        "contacts": _contacts(record.own_company),
        "parties": _parties(record),
        "bank": _bank(record.account) if isinstance(record, Invoice) else [],
    }


def money(amount: Decimal, currency: str) -> str:
    """An amount with all digits of its minor unit: “1,990.00”."""
    return str(format_currency(amount, currency, locale=current_locale()))


def day(when: date) -> str:
    """A day in full: “3 March 2026”."""
    return str(format_date(when, "long", locale=current_locale()))


def _signers(look: Letterhead, files: dict[str, bytes], *, signed: bool) -> list[dict[str, str]]:
    """Who signs; their signatures stand where the paper is `signed`, on drafts is room for a pen."""
    signers = [
        {"name": look.signer, "post": look.signer_post, "signature": _named(files, "signature")},
        {"name": look.second_signer, "post": look.second_post, "signature": _named(files, "second_signature")},
    ]
    named = [one for one in signers if any(one.values())]
    return [one if signed else {**one, "signature": ""} for one in named]


def _named(files: dict[str, bytes], name: str) -> str:
    return f"{name}.png" if f"{name}.png" in files else ""


def _facts(record: Any) -> list[list[str]]:
    facts = []
    if record.issued_on:
        facts.append([pgettext("of a paper", "Date"), day(record.issued_on)])
    last = record.due_on if isinstance(record, Invoice) else record.valid_until
    if last:
        facts.append([_("To pay until") if isinstance(record, Invoice) else _("Valid until"), day(last)])
    return facts


def _contacts(company: Any) -> list[str]:
    if company is None:
        return []
    points = ContactPoint.objects.filter(company=company, kind__in=["phone", "email", "site"]).order_by(
        "position", "id"
    )
    return [point.typed for point in points[:4]]


def _parties(record: Any) -> list[dict[str, Any]]:
    seller = _party(_("Seller"), record.own_company, record.requisite)
    buyer = record.company or record.contact
    parties = [seller, _party(_("Buyer"), buyer, _main_requisite(buyer))]
    for label, other in ((_("Payer"), record.payer), (_("Consignee"), record.consignee)):
        if other is not None and other != buyer:
            parties.append(_party(label, other, _main_requisite(other)))
    return [party for party in parties if party["name"]]


def _main_requisite(buyer: Any) -> Requisite | None:
    if buyer is None:
        return None
    return Requisite.objects.filter(**{buyer.kind: buyer}).order_by("position", "id").first()


def _party(label: str, who: Any, requisite: Requisite | None) -> dict[str, Any]:
    if who is None:
        return {"label": label, "name": "", "lines": []}
    name, lines = str(who), list[str]()
    if requisite is not None:
        values = requisite.values
        name = values.get("full_name") or values.get("name") or name
        template = TEMPLATES.get(requisite.template)
        for line in template.lines if template else ():
            text = values.get(line.key, "")
            if text and line.key == "legal_address":
                lines.append(text)
            elif text and line.key not in _UNPRINTED:
                lines.append(f"{line.title}: {text}")
    if not lines:
        address = Address.objects.filter(**{who.kind: who}).order_by("position", "id").first()
        lines = [str(address)] if address else []
    return {"label": label, "name": name, "lines": lines}


def _table(rows: Sequence[ProductRow], currency: str) -> dict[str, Any]:
    """Columns that are the same for all rows are left out: no discount, no VAT."""
    discounts = any(row.discount_percent or row.discount_amount for row in rows)
    taxed = any(row.vat_rate is not None for row in rows)
    head = [_("No."), _("What"), _("Quantity"), _("Price")]
    head += [_("Discount")] if discounts else []
    head += [_("VAT")] if taxed else []
    head.append(_("Amount"))
    lines = []
    for place, row in enumerate(rows, 1):
        line = [str(place), row.title, f"{number(row.quantity.normalize())} {row.get_unit_display()}"]
        line.append(_price(row.price, currency))
        if discounts:
            share = percent(number(row.discount_percent.normalize())) if row.discount_percent else ""
            line.append(share or (_price(row.discount_amount, currency) if row.discount_amount else "—"))
        if taxed:
            line.append("—" if row.vat_rate is None else percent(number(row.vat_rate.normalize())))
        line.append(_price(row.total, currency))
        lines.append(line)
    columns = [1, 0, *[1] * (len(head) - 2)]
    return {"head": head, "lines": lines, "columns": columns, "numeric": list(range(2, len(head)))}


def _price(amount: Decimal, currency: str) -> str:
    """Figures of a column, without the sign of the currency; prices finer than its minor unit keep their digits."""
    exact = -int(amount.normalize().as_tuple().exponent)
    return number(amount, max(minor_places(currency), min(exact, 4)))


def _sums(record: Any, rows: Sequence[ProductRow]) -> list[list[str]]:
    sums = sums_of(rows, record.currency)
    lines = []
    if sums.discount:
        lines.append([_("Discount"), money(sums.discount, record.currency)])
    if any(row.vat_rate is not None for row in rows):
        lines.append([_("Without VAT"), money(record.net, record.currency)])
        for rate in sorted({row.vat_rate for row in rows if row.vat_rate is not None}):
            vat = sum((row.vat for row in rows if row.vat_rate == rate), Decimal(0))
            title = _("VAT %(rate)s%%") % {"rate": number(rate.normalize())}
            lines.append([title, money(vat, record.currency)])
    else:
        lines.append([_("VAT"), pgettext("VAT", "not charged")])
    if isinstance(record, Invoice) and record.paid:
        lines.append([pgettext("of a paper", "Total"), money(record.total, record.currency)])
        lines.append([pgettext("of an invoice", "Paid"), money(record.paid, record.currency)])
        lines.append([_("To pay"), money(record.open_amount, record.currency)])
    else:
        lines.append([pgettext("of a paper", "Total"), money(record.total, record.currency)])
    return lines


def _bank(account: BankAccount | None) -> list[list[str]]:
    if account is None:
        return []
    fields: Any = BankAccount._meta
    names = ("bank", "account", "bic", "correspondent", "iban", "swift")
    shown = [(str(fields.get_field(name).verbose_name), getattr(account, name)) for name in names]
    return [[title[:1].upper() + title[1:], value] for title, value in shown if value]
