"""Quotes and invoices made from a deal or from each other: rows, client and terms come along."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from infra.kit.spec import Scope
from modules.crm.domain.access import require_on
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, QUOTE, Kind, kind_of
from modules.crm.domain.linking import still_there
from modules.crm.domain.locking import lock
from modules.crm.domain.record import create_record
from modules.crm.domain.selling.product_rows import copies, rows_of, write_rows
from modules.crm.models import Deal, DealContact, Document, Invoice, ProductRow, Quote


def make_document(*, actor: Actor, kind: Kind, source: Any) -> Any:
    """A quote or invoice made from `source`: a deal, a quote or an invoice that the actor may see.

    An invoice remembers the quote it came from; a deal without rows gives one row of its amount. The paper belongs to
    whoever is responsible for the source, as far as the actor may give it away. Raises Denied, Invalid, ReadOnly.
    """
    if kind not in (QUOTE, INVOICE) or not isinstance(source, Deal | Document):
        raise Invalid(_("A quote or an invoice is made from a deal, a quote or an invoice."))
    with transaction.atomic():
        source = lock(kind_of(source), source.pk, None)
        require_on(actor, kind_of(source).permission("view"), source)
        values = _values(source, kind)
        may_give = actor.scope(kind.permission("edit")) is Scope.ALL
        record = create_record(
            actor=actor,
            kind=kind,
            values=values,
            responsible_id=source.responsible_id if may_give else actor.id,
            asks=False,
        )
        rows = copies(rows_of(source), record)
        if not rows and isinstance(source, Deal) and source.amount:
            rows = copies([_one_row(source)], record)
        if isinstance(source, Document):
            record.requisite, record.account = source.requisite, source.account
            record.language = source.language
        if isinstance(source, Quote) and isinstance(record, Invoice):
            record.quote = source
        record.save(update_fields=["requisite", "account", "language", *(["quote"] if kind is INVOICE else [])])
        write_rows(record, rows)
        audit.record(actor, f"{kind_of(source).key}.{kind.key}", source.ref, {kind.key: (None, str(record))})
    return record


def _values(source: Any, kind: Kind) -> dict[str, Any]:
    values: dict[str, Any] = {
        "title": source.title,
        "currency": source.currency,
        **{name: still_there(COMPANY, getattr(source, name)) for name in ("company_id", "own_company_id")},
    }
    if isinstance(source, Deal):
        first = DealContact.objects.filter(deal=source, contact__deleted_at__isnull=True).order_by("position", "id")
        return {**values, "deal_id": source.pk, "contact_id": first.values_list("contact_id", flat=True).first()}
    values |= {name: still_there(COMPANY, getattr(source, name)) for name in ("payer_id", "consignee_id")}
    values |= {"contact_id": still_there(CONTACT, source.contact_id), "deal_id": still_there(DEAL, source.deal_id)}
    if kind_of(source) is kind:
        values["terms"] = source.terms
    return values


def _one_row(deal: Deal) -> Any:
    return ProductRow(title=deal.title, quantity=1, price=deal.amount)


SOURCES = {kind.key: kind for kind in (DEAL, QUOTE, INVOICE)}
