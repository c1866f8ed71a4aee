"""How quotes and invoices go on: issued, sent, seen, answered, expired, overdue, cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra import audit, jobs
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor
from infra.kit.errors import Conflict, Invalid
from modules.crm.domain.access import require_on
from modules.crm.domain.announcing import announce_changed
from modules.crm.domain.kinds import INVOICE, QUOTE, kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.notifying import notify_answered
from modules.crm.domain.searched import refresh_search
from modules.crm.domain.selling import stock
from modules.crm.domain.selling.documents import choose_requisites
from modules.crm.domain.selling.number_series import take_number
from modules.crm.domain.selling.paper import names_on
from modules.crm.domain.selling.product_rows import rows_of
from modules.crm.domain.telling import tell
from modules.crm.models import Invoice, InvoiceStatus, Quote, QuoteStatus, SeriesOf

_Q, _I = QuoteStatus, InvoiceStatus
# What a person may set by hand; the rest comes from clients, payments and the calendar.
QUOTE_MOVES: dict[str, tuple[str, ...]] = {
    _Q.DRAFT: (_Q.SENT,),
    _Q.SENT: (_Q.ACCEPTED, _Q.DECLINED, _Q.DRAFT),
    _Q.SEEN: (_Q.ACCEPTED, _Q.DECLINED, _Q.DRAFT),
    _Q.EXPIRED: (_Q.ACCEPTED, _Q.DECLINED, _Q.DRAFT),
    _Q.ACCEPTED: (_Q.SENT,),
    _Q.DECLINED: (_Q.SENT,),
}
WAITING = (_Q.SENT, _Q.SEEN)
UNPAID = (_I.SENT, _I.PART_PAID, _I.OVERDUE)


def set_quote_status(*, actor: Actor, quote: Any, status: str, version: int | None = None) -> Quote:
    """Say by hand how far a quote is: sent, accepted, declined, a draft again. Raises Conflict, Denied, Invalid."""
    gates.require_writable()
    with transaction.atomic():
        quote = lock(QUOTE, quote.pk, version)
        require_on(actor, QUOTE.permission("edit"), quote)
        if quote.status == status:
            return quote  # type: ignore[no-any-return]  # locked rows are Any
        if status not in QUOTE_MOVES[quote.status]:
            raise Invalid(fields={"status": [_("A quote cannot go there from where it is.")]})
        if status in (_Q.ACCEPTED, _Q.DECLINED):
            quote.answered_at, quote.answered_by = timezone.now(), ""  # who marked it is in the audit log
        else:
            quote.answered_at, quote.answered_by, quote.answer_note = None, "", ""
            if status == _Q.DRAFT:
                quote.seen_at = None  # what the client gets next is another paper
        _move(actor, quote, status, "quote.status")
    return quote  # type: ignore[no-any-return]  # locked rows are Any


def answer_quote(*, quote: Any, accept: bool, name: str, note: str = "", version: int | None = None) -> Quote:
    """The client accepts or declines by the public link, under a name. The second click changes nothing.

    `version` is what the client saw: a quote changed meanwhile is shown again. Raises Conflict, Invalid, ReadOnly.
    """
    gates.require_writable()
    name, note = " ".join(name.split()), note.strip()
    if not name or len(name) > 150 or "\0" in name:
        raise Invalid(fields={"name": [_("Write your name.")]})
    if len(note) > 1_000 or "\0" in note:
        raise Invalid(fields={"note": [_("At most %(most)s characters.") % {"most": 1_000}]})
    wanted = _Q.ACCEPTED if accept else _Q.DECLINED
    with transaction.atomic():
        quote = lock(QUOTE, quote.pk, None)
        if quote.status == wanted:
            return quote  # type: ignore[no-any-return]  # locked rows are Any
        late = quote.valid_until is not None and quote.valid_until < timezone.localdate()
        if quote.status not in WAITING or late:
            raise Conflict(_answered(quote, late=late), code="quote_closed")
        if version is not None and version != quote.version:
            raise Conflict(_("The quote has changed meanwhile. Please look at it again."), code="quote_changed")
        quote.answered_at, quote.answered_by, quote.answer_note = timezone.now(), name, note
        _move(SYSTEM, quote, wanted, "quote.answer", {"answered_by": (None, name), "note": (None, note or None)})
        notify_answered(quote)
    return quote  # type: ignore[no-any-return]  # locked rows are Any


def _answered(quote: Quote, *, late: bool) -> str:
    if quote.status in (_Q.ACCEPTED, _Q.DECLINED):
        return _("This quote has been answered already.")
    if late or quote.status == _Q.EXPIRED:
        return _("This quote is no longer valid. Ask for a new one.")
    return _("This quote is not open for an answer.")


def mark_seen(quote: Any) -> None:
    """Note that the client has opened the page for the first time; the version stays, since nothing was changed."""
    with transaction.atomic():
        changed = type(quote).objects.filter(pk=quote.pk, seen_at__isnull=True).update(seen_at=timezone.now())
        if isinstance(quote, Quote) and changed:
            moved = Quote.objects.filter(pk=quote.pk, status=_Q.SENT).update(status=_Q.SEEN)
            if moved:
                audit.record(SYSTEM, "quote.status", quote.ref, _told(QuoteStatus, _Q.SENT, _Q.SEEN))
                announce_changed(quote, ["status"], SYSTEM)
                tell(quote, "changed", SYSTEM)


def issue_invoice(*, actor: Actor, invoice: Any, version: int | None = None) -> Invoice:
    """Give a draft its number and its due day: from here on it stays as it is. Twice is no change.

    Raises Conflict, Denied, Invalid (no rows), ReadOnly.
    """
    gates.require_writable()
    with transaction.atomic():
        invoice = lock(INVOICE, invoice.pk, version)
        require_on(actor, INVOICE.permission("edit"), invoice)
        if invoice.status != _I.DRAFT:
            return invoice  # type: ignore[no-any-return]  # locked rows are Any
        if not rows_of(invoice) or not invoice.total:
            raise Invalid(_("Add what the invoice is for first."), code="invoice_empty")
        choose_requisites(invoice)
        invoice.issued_on = invoice.issued_on or timezone.localdate()
        invoice.number, invoice.year, invoice.sequence = take_number(SeriesOf.INVOICE, invoice.issued_on)
        invoice.status = status_of(invoice)
        with translation.override(invoice.language):
            invoice.as_issued = names_on(invoice)
        invoice.save()
        refresh_search(invoice)
        audit.record(actor, "invoice.issue", invoice.ref, {"number": (None, invoice.number)})
        announce_changed(invoice, ["status", "number"], actor)
        tell(invoice, "changed", actor)
    return invoice  # type: ignore[no-any-return]  # locked rows are Any


def cancel_invoice(*, actor: Actor, invoice: Any, version: int | None = None) -> Invoice:
    """Make an issued invoice void; its number stays taken. Not one with payments. Raises Conflict, Denied, ReadOnly."""
    gates.require_writable()
    with transaction.atomic():
        invoice = lock(INVOICE, invoice.pk, version)
        require_on(actor, INVOICE.permission("edit"), invoice)
        if invoice.status == _I.CANCELLED:
            return invoice  # type: ignore[no-any-return]  # locked rows are Any
        if invoice.status == _I.DRAFT:
            raise Conflict(_("A draft is not cancelled: put it into the trash."))
        if invoice.paid:
            raise Conflict(_("Something is paid already. Take the payments back first."))
        drop_payment_link(invoice)
        _move(actor, invoice, _I.CANCELLED, "invoice.status")
        stock.resync(invoice)
    return invoice  # type: ignore[no-any-return]  # locked rows are Any


def drop_payment_link(invoice: Invoice) -> None:
    """Offer a locked invoice's payment link no more, and let nobody pay there: it asks for what was open before."""
    if invoice.stripe_link_url:
        invoice.stripe_link_url = ""
        invoice.save(update_fields=["stripe_link_url"])
        jobs.named("crm.close_payment_link").enqueue(invoice.stripe_link_id)


def status_of(invoice: Invoice) -> str:
    """Where an issued invoice stands by its payments and its due day."""
    if invoice.paid >= invoice.total:
        return _I.PAID
    if invoice.due_on is not None and invoice.due_on < timezone.localdate():
        return _I.OVERDUE
    return _I.PART_PAID if invoice.paid else _I.SENT


def refresh_status(actor: Actor, invoice: Invoice, action: str = "invoice.status") -> bool:
    """Bring the status of a locked, issued invoice up to date. Returns whether it is another one now."""
    status = status_of(invoice)
    if invoice.status in (_I.DRAFT, _I.CANCELLED, status):
        return False
    invoice.paid_at = timezone.now() if status == _I.PAID else None
    _move(actor, invoice, status, action)
    return True


def pass_days(today: Any, batch: int = 500) -> int:
    """Expire quotes and mark invoices overdue whose last day has passed. Returns how many changed."""
    late_quotes = Quote.objects.alive().filter(status__in=WAITING, valid_until__lt=today)
    late_bills = Invoice.objects.alive().filter(status__in=(_I.SENT, _I.PART_PAID), due_on__lt=today)
    done = 0
    for pk in _ids(late_quotes, batch):
        with transaction.atomic():
            quote = late_quotes.select_for_update(skip_locked=True).filter(pk=pk).first()
            if quote is not None:
                _move(SYSTEM, quote, _Q.EXPIRED, "quote.status")
                done += 1
    for pk in _ids(late_bills, batch):
        with transaction.atomic():
            invoice = late_bills.select_for_update(skip_locked=True).filter(pk=pk).first()
            done += invoice is not None and refresh_status(SYSTEM, invoice)
    return done


def _ids(rows: Any, batch: int) -> Iterable[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:batch])


def _move(actor: Actor, paper: Any, status: str, action: str, more: dict[str, Any] | None = None) -> None:
    words = QuoteStatus if isinstance(paper, Quote) else InvoiceStatus
    before, paper.status = paper.status, status
    paper.save()
    audit.record(actor, action, paper.ref, {**_told(words, before, status), **(more or {})})
    announce_changed(paper, ["status"], actor)
    tell(paper, "changed", actor)


def _told(words: Any, before: str, after: str) -> dict[str, tuple[str, str]]:
    return {"status": (str(words(before).label), str(words(after).label))}


def moves_of(record: Any) -> tuple[str, ...]:
    """Where a quote may be put by hand; nothing for other kinds."""
    return QUOTE_MOVES[record.status] if kind_of(record) is QUOTE else ()
