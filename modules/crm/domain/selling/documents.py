"""What quotes and invoices have in common: how they begin, and what may not be changed any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from infra.kit.errors import Conflict
from modules.crm.domain.selling.number_series import take_number
from modules.crm.domain.selling.requisite import own_companies
from modules.crm.domain.selling.settings import selling
from modules.crm.models import (
    BankAccount,
    Document,
    Invoice,
    InvoiceStatus,
    ProductRow,
    Quote,
    QuoteStatus,
    Requisite,
    SeriesOf,
    StockHold,
)

# What may still be written on a paper that the client has.
_ALWAYS_OPEN = frozenset({"comment", "due_on", "valid_until", "watchers"})
ANSWERED = frozenset({QuoteStatus.ACCEPTED, QuoteStatus.DECLINED})


def begin_document(record: Document, own: dict[str, Any]) -> None:
    """Give a new quote or invoice what is usual where `own` (values to be set) says nothing."""
    today = timezone.localdate()
    settings = selling()
    own["issued_on"] = own.get("issued_on") or today
    if not own.get("own_company_id"):
        ours = own_companies()
        own["own_company_id"] = ours[0].pk if ours else None
    match record:
        case Quote():
            own["valid_until"] = own.get("valid_until") or own["issued_on"] + timedelta(days=settings.quote_days)
            own["terms"] = own.get("terms") or settings.quote_terms
            record.number, record.year, record.sequence = take_number(SeriesOf.QUOTE, own["issued_on"])
        case Invoice():
            own["due_on"] = own.get("due_on") or own["issued_on"] + timedelta(days=settings.invoice_days)
            own["terms"] = own.get("terms") or settings.invoice_terms


def choose_requisites(record: Document) -> None:
    """Take the main requisites of the company that sells, and its account in the document's currency."""
    rows = (
        Requisite.objects.filter(company=record.own_company_id) if record.own_company_id else Requisite.objects.none()
    )
    if record.requisite_id is None or not rows.filter(pk=record.requisite_id).exists():
        record.requisite = rows.order_by("position", "id").first()
        record.account = None
    if record.requisite is not None and record.account_id is None:
        accounts = list(BankAccount.objects.filter(requisite=record.requisite_id))
        fitting = [account for account in accounts if account.currency == record.currency]
        record.account = next(iter([*fitting, *accounts]), None)


def accounts_for(record: Document) -> list[BankAccount]:
    """The accounts of the company that sells, to which an invoice may be paid: those in its currency first."""
    if not record.own_company_id:
        return []
    rows = BankAccount.objects.filter(requisite__company=record.own_company_id).select_related("requisite")
    found = list(rows.order_by("requisite__position", "requisite_id", "position", "id"))
    return sorted(found, key=lambda one: one.currency not in ("", record.currency))


def is_locked(record: Document) -> bool:
    """Whether the client has it for good: an issued invoice, an answered quote."""
    if isinstance(record, Invoice):
        return record.status != InvoiceStatus.DRAFT
    return record.status in ANSWERED  # type: ignore[attr-defined]  # quotes have one


def refuse_changes(record: Any, keys: Iterable[str]) -> None:
    """Raises Conflict where `keys` of a locked paper would change."""
    if isinstance(record, Document) and is_locked(record) and set(keys) - _ALWAYS_OPEN - _custom(keys):
        raise locked_error(record)


def locked_error(record: Document) -> Conflict:
    """Why a paper cannot be changed, and what can be done."""
    if isinstance(record, Invoice):
        text = _("An issued invoice stays as it is. Cancel it and make a new one.")
    else:
        text = _("The client has answered this quote. Make a copy to offer something else.")
    return Conflict(text, code="document_locked")


def _custom(keys: Iterable[str]) -> set[str]:
    return {key for key in keys if key[:1] == "f" and key[1:].isdigit()}


def held_products(records: Sequence[Any]) -> set[int]:
    """Ids of those of `records`, of one kind, that are products which somebody has reserved or expects."""
    ids = [record.pk for record in records if record.kind == "product"]
    return set(StockHold.objects.filter(product__in=ids).values_list("product_id", flat=True)) if ids else set()


def refuse_deleting(record: Any, held: Collection[int]) -> None:
    """Raises Conflict for what must be kept: an issued invoice, a product that is reserved or expected (`held`)."""
    if isinstance(record, Invoice) and record.status != InvoiceStatus.DRAFT:
        raise Conflict(_("An issued invoice keeps its number. Cancel it instead."), code="document_locked")
    if record.kind == "product" and record.pk in held:
        raise Conflict(_("This product is reserved or expected. Take it out of sale instead."), code="product_held")


def rows_exist(record: Any) -> bool:
    """Whether a deal, quote or invoice has product rows."""
    return ProductRow.objects.filter(**{record.kind: record}).exists()
