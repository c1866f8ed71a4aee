"""The link by which a client sees a quote or an invoice: unguessable, and closed at any time."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.urls import reverse

from infra import audit
from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import NotFound
from modules.crm.domain.access import require_on
from modules.crm.domain.field_rights import require_sums
from modules.crm.domain.kinds import kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.selling.document_status import issue_invoice, set_quote_status
from modules.crm.domain.telling import tell
from modules.crm.models import Document, Invoice, InvoiceStatus, Quote, QuoteStatus

BYTES = 24  # 192 bits


def open_link(*, actor: Actor, record: Any) -> Any:
    """Give a quote or invoice its link; an open one stays. A draft goes out with it: it is sent, or issued.

    Raises Conflict, Denied, Invalid, NotFound, ReadOnly.
    """
    gates.require_writable()
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("edit"), record)
        require_sums(actor, kind)
        if isinstance(record, Invoice) and record.status == InvoiceStatus.DRAFT:
            record = issue_invoice(actor=actor, invoice=record)
        if isinstance(record, Quote) and record.status == QuoteStatus.DRAFT:
            record = set_quote_status(actor=actor, quote=record, status=QuoteStatus.SENT)
        if record.public_token is None:
            record.public_token = secrets.token_urlsafe(BYTES)
            record.save(update_fields=["public_token"])
            audit.record(actor, f"{kind.key}.link", record.ref, {"link": (False, True)})
            tell(record, "changed", actor)
    return record


def close_link(*, actor: Actor, record: Any) -> Any:
    """Make the link open nothing any more; a new one has another address. Raises Denied, NotFound, ReadOnly."""
    gates.require_writable()
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("edit"), record)
        if record.public_token is not None:
            record.public_token = None
            record.save(update_fields=["public_token"])
            audit.record(actor, f"{kind.key}.link", record.ref, {"link": (True, False)})
            tell(record, "changed", actor)
    return record


def link_of(record: Document) -> str:
    """The whole address of the client's page, "" where it is closed."""
    if not record.public_token:
        return ""
    return f"{current_portal().url}{reverse('crm:client_page', args=[record.public_token])}"


def behind_link(token: str) -> Any:
    """The quote or invoice of a link, outside the trash; not a quote that was taken back to be worked on. Raises
    NotFound."""
    for model in (Quote, Invoice):
        found = model.objects.alive().filter(public_token=token).select_related("company", "contact").first()
        if found is not None and found.status != QuoteStatus.DRAFT:
            return found
    raise NotFound
