"""Deals and invoices that come round: made again every week, month, quarter or year, once per date."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor
from infra.kit.errors import Invalid, PortalError
from modules.crm.domain.access import require_on
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, custom_fields, kind_of
from modules.crm.domain.linking import check_links, still_there
from modules.crm.domain.locking import lock
from modules.crm.domain.people import still_active
from modules.crm.domain.record import create_record
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.document_status import issue_invoice
from modules.crm.domain.selling.product_rows import copies, rows_of, write_rows
from modules.crm.domain.shaping import linked_ids
from modules.crm.domain.telling import tell
from modules.crm.models import CustomField, Deal, Invoice, InvoiceStatus, Recurrence, RecurrenceMade, Repeats, Stage

log = structlog.get_logger("crm.recurrence")

MONTHS = {Repeats.MONTH: 1, Repeats.QUARTER: 3, Repeats.YEAR: 12}
MOST_AT_ONCE = 24  # what a long pause may bring at once, for one recurrence


def nth_date(starts_on: date, repeats: str, n: int) -> date:
    """The date `n` periods after `starts_on`; a day that a month lacks is its last one, and comes back after it."""
    if repeats == Repeats.WEEK:
        return starts_on + timedelta(weeks=n)
    months = starts_on.year * 12 + starts_on.month - 1 + n * MONTHS[Repeats(repeats)]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(starts_on.day, calendar.monthrange(year, month + 1)[1]))


def recurrence_of(record: Any) -> Recurrence | None:
    """How a deal or invoice repeats, None where it does not."""
    found: Recurrence | None = Recurrence.objects.filter(**{record.kind: record}).first()
    return found


def set_recurrence(
    *, actor: Actor, record: Any, repeats: str, starts_on: date, ends_on: date | None = None
) -> Recurrence:
    """Have `record` made again from `starts_on` on; it takes the place of what was set before.

    Raises Denied, Invalid (repeats, starts_on, ends_on), NotFound, ReadOnly.
    """
    gates.require_writable()
    kind = kind_of(record)
    wrong: dict[str, list[str]] = {}
    if repeats not in Repeats.values:
        wrong["repeats"] = [_("Choose one of the list.")]
    if starts_on < timezone.localdate() or starts_on.year > 2200:
        wrong["starts_on"] = [_("Choose today or a later day.")]
    if ends_on is not None and ends_on < starts_on:
        wrong["ends_on"] = [_("The last time is not before the first.")]
    if kind not in (DEAL, INVOICE):
        wrong["repeats"] = [_("Deals and invoices repeat.")]
    if wrong:
        raise Invalid(fields=wrong)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("edit"), record)
        Recurrence.objects.filter(**{kind.key: record}).delete()
        row = Recurrence.objects.create(
            **{kind.key: record},
            repeats=repeats,
            starts_on=starts_on,
            ends_on=ends_on,
            next_on=starts_on,
            author_id=actor.id,
        )
        told = {"repeats": (None, str(Repeats(repeats).label)), "starts_on": (None, starts_on)}
        audit.record(actor, "recurrence.set", record.ref, told)
        tell(record, "changed", actor)
    return row


def stop_recurrence(*, actor: Actor, record: Any) -> None:
    """Have it made no more. Raises Denied, NotFound, ReadOnly."""
    gates.require_writable()
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("edit"), record)
        gone, _rows = Recurrence.objects.filter(**{kind.key: record}).delete()
        if gone:
            audit.record(actor, "recurrence.stop", record.ref)
            tell(record, "changed", actor)


def make_due(today: date, batch: int = 200) -> int:
    """Make everything whose date has come; each date once, whoever asks. Returns how many records were made."""
    due = Recurrence.objects.filter(next_on__isnull=False, next_on__lte=today)
    made = 0
    for pk in list(due.order_by("next_on", "pk").values_list("pk", flat=True)[:batch]):
        for _round in range(MOST_AT_ONCE):
            try:
                with transaction.atomic():
                    row = due.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
                    if row is None:
                        break
                    made += _make_once(row)
            except PortalError as error:  # the others are made; this one is tried again the next time
                log.warning("what repeats was not made", recurrence=pk, why=error.code)
                break
    return made


def _make_once(row: Recurrence) -> bool:
    day = row.next_on
    assert day is not None  # noqa: S101 - the caller asked for rows that have one
    source = row.deal or row.invoice
    row.made += 1
    following = nth_date(row.starts_on, row.repeats, row.made)
    row.next_on = None if row.ends_on is not None and following > row.ends_on else following
    if source is None or source.deleted_at is not None:
        row.next_on = None
    row.save(update_fields=["made", "next_on"])
    if source is None or source.deleted_at is not None:
        return False
    entry, fresh = RecurrenceMade.objects.get_or_create(recurrence=row, day=day)
    if not fresh:
        return False
    record = _deal_again(source, day) if isinstance(source, Deal) else _invoice_again(source, day)
    entry.record_id = record.pk
    entry.save(update_fields=["record_id"])
    audit.record(SYSTEM, "recurrence.make", record.ref, {"from": (None, str(source))})
    return True


def _deal_again(source: Deal, day: date) -> Deal:
    values = {
        "title": source.title,
        "amount": source.amount,
        "currency": source.currency,
        "company_id": still_there(COMPANY, source.company_id),
        "contacts": [pk for pk in linked_ids(source) if still_there(CONTACT, pk)],
        "own_company_id": still_there(COMPANY, source.own_company_id),
        "type": source.type,
        "source": source.source,
        "source_detail": source.source_detail,
        "begins_on": day,
        "closes_on": day + (source.closes_on - source.begins_on) if source.closes_on and source.begins_on else None,
        "comment": source.comment,
        "watchers": still_active(source.watchers),
        **_own(source),
    }
    stage = source.stage.pipeline.stages.filter(kind=Stage.Kind.OPEN).order_by("position", "id").first()
    deal: Deal = create_record(
        actor=SYSTEM, kind=DEAL, values=values, stage=stage, responsible_id=_keeper(source), asks=False
    )
    write_rows(deal, copies(rows_of(source), deal), by_hand=source.amount_by_hand)
    return deal


def _own(source: Deal) -> dict[str, Any]:
    """The own fields that a deal made again has from the one before; files stay where they are, and what is gone is
    left out."""
    found: dict[str, Any] = {}
    for item in custom_fields(DEAL):
        value = source.custom.get(item.key)
        if value is None or item.type in (CustomField.Type.FILE, CustomField.Type.FORMULA):
            continue
        try:
            check_links(SYSTEM, item, value)
        except Invalid:
            continue
        found[item.key] = value
    return found


def _invoice_again(source: Invoice, day: date) -> Invoice:
    invoice: Invoice = make_document(actor=SYSTEM, kind=INVOICE, source=source)
    wait = source.due_on - source.issued_on if source.due_on and source.issued_on else timedelta(0)
    invoice.issued_on, invoice.due_on = day, day + wait
    invoice.responsible_id = _keeper(source)
    invoice.save(update_fields=["issued_on", "due_on", "responsible"])
    if source.status != InvoiceStatus.DRAFT and invoice.total:
        invoice = issue_invoice(actor=SYSTEM, invoice=invoice)
    return invoice


def _keeper(source: Any) -> int | None:
    return source.responsible_id if source.responsible is not None and source.responsible.is_active else None
