"""Invoices: what a month cost, and requests for a bank transfer. Numbers have no gaps, papers never change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from billing.contracts import Period
from billing.domain import ledger, wallet_row
from billing.domain.ledger import Line
from billing.domain.requisites import printed, requisites_of, seller, vat_rate_for
from billing.domain.rounding import split_in_coins, vat_inside
from billing.models import Account, Entry, Invoice, InvoiceSeries, Kind, PlanVersion, Posting, Wallet
from infra.db.current import enter
from infra.kit.errors import NotFound, PortalError
from infra.ui.languages import is_offered
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.models import Portal

_log = structlog.get_logger(__name__)

DUE = timedelta(days=14)
FROM_WALLET = (Kind.CALL, Kind.PACK, Kind.USAGE, Kind.CORRECTION)
"""What a month's invoice is made of: revenue that wallets paid."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """One line before it is rounded: what, how many of it, and the exact amount."""

    title: str
    quantity: str
    amount: Decimal


def invoices_of(portal_id: int) -> QuerySet[Invoice]:
    """The portal's papers."""
    return Invoice.objects.filter(portal_id=portal_id)


def invoice_of(portal_id: int, invoice_id: int) -> Invoice:
    """One paper of the portal. Raises NotFound, also for another portal's."""
    found = invoices_of(portal_id).filter(pk=invoice_id).first()
    if found is None:
        raise NotFound
    return found


def link_of_cause(portal_id: int, rest: str) -> str:
    """The paper of the cause "transfer:12" or "invoice:12"."""
    return reverse("billing:invoice_pdf", args=[int(rest)]) if rest.isdecimal() else ""


@transaction.atomic
def issue_usage_invoice(*, portal_id: int, month: date, now: datetime | None = None) -> Invoice | None:
    """What the portal's wallet paid in `month` (its first day), by the portal's own calendar; None where nothing.

    Once a month: the second call gives the first one's paper. Raises Conflict while the seller has no requisites,
    ValueError for a month that is not over.
    """
    portal = Portal.objects.get(pk=portal_id)
    start, end = month_bounds(month, portal.time_zone)
    if end > (now or datetime.now(UTC)):
        raise ValueError(f"{month:%Y-%m} is not over")
    wallet = wallet_row.locked(portal_id)
    known = Invoice.objects.filter(
        portal_id=portal_id, purpose=Invoice.Purpose.USAGE, currency=wallet.currency, period_start=month
    ).first()
    if known is not None:
        return known
    with translation.override(_language(portal)):
        positions = _used(portal_id, start, end)
        if not positions:
            return None
        invoice = _issue(
            portal,
            positions,
            currency=wallet.currency,
            purpose=Invoice.Purpose.USAGE,
            series="INV",
            state=Invoice.State.PAID,
            settled_at=datetime.now(UTC),
            issued_on=(end.astimezone(ZoneInfo(portal.time_zone)) - timedelta(days=1)).date(),
            period_start=month,
            period_end=next_month(month) - timedelta(days=1),
        )
    if invoice.vat:
        lines = [Line(Account.REVENUE, -invoice.vat), Line(Account.TAX, invoice.vat)]
        _post(invoice, lines, Kind.TAX, cause=f"invoice:{invoice.pk}")
    return invoice


def issue_due_invoices(now: datetime) -> int:
    """Last month's papers of all portals whose month is over for an hour and that used something; how many are new.

    One that fails (no seller yet) does not stop the others; the next run tries it again.
    """
    issued = 0
    for portal_id in Wallet.objects.order_by("portal_id").values_list("portal_id", flat=True):
        portal = Portal.objects.existing().filter(pk=portal_id).first()
        if portal is None:
            continue
        month = last_month(now - timedelta(hours=1), portal.time_zone)
        if Invoice.objects.filter(portal_id=portal_id, purpose=Invoice.Purpose.USAGE, period_start=month).exists():
            continue
        try:
            with transaction.atomic():
                made = issue_usage_invoice(portal_id=portal_id, month=month, now=now)
                if made is not None:
                    issued += 1
                    _tell_owners(portal, made)
        except PortalError as refused:
            _log.warning("billing.invoice_not_issued", portal=portal.schema_name, code=refused.code)
    return issued


def _tell_owners(portal: Portal, invoice: Invoice) -> None:
    with enter(portal):
        notify(
            person_ids=list(User.objects.owners().values_list("pk", flat=True)),
            text=format_lazy(gettext_lazy("Invoice {number} for last month is there"), number=invoice.number),
            url="/billing/invoices/",
            icon="file-invoice",
        )


@transaction.atomic
def issue_payment_invoice(
    *,
    portal: Portal,
    asked_by: str,
    amount: Decimal | None = None,
    version: PlanVersion | None = None,
    period: Period = Period.MONTH,
) -> Invoice:
    """Ask for a bank transfer: of `amount` for the wallet, or of what `version` costs for a `period`.

    Raises Conflict while the seller has no requisites, ValueError when neither or both are named.
    """
    if (amount is None) == (version is None):
        raise ValueError("an amount for the wallet, or a plan")
    currency = wallet_row.wallet_of(portal.pk).currency
    with translation.override(_language(portal)):
        if amount is not None:
            positions = [Position(title=_("Top-up of the wallet for usage"), quantity="1", amount=amount)]
        elif version is not None:
            title = (_("Plan “%(plan)s” for a year") if period is Period.YEAR else _("Plan “%(plan)s” for a month")) % {
                "plan": version.title
            }
            price = version.terms.price(currency, period)
            positions = [Position(title=title, quantity="1", amount=price)]
        today = datetime.now(ZoneInfo(portal.time_zone)).date()
        return _issue(
            portal,
            positions,
            currency=currency,
            purpose=Invoice.Purpose.TOP_UP if version is None else Invoice.Purpose.PLAN,
            series="PAY",
            state=Invoice.State.OPEN,
            issued_on=today,
            due_on=today + DUE,
            plan_version=version,
            period=period.value if version is not None else "",
            asked_by=asked_by[:200],
        )


@transaction.atomic
def issue_receipt(posting: Posting) -> Invoice:
    """The paper that says that a top-up by card has come, once. VAT is on the invoices of what is used.

    Raises Conflict while the seller has no requisites.
    """
    wallet_row.locked(posting.portal_id)
    known = Invoice.objects.filter(cause=posting.cause).first()
    if known is not None:
        return known
    portal = Portal.objects.get(pk=posting.portal_id)
    amount = posting.entries.get(account=Account.WALLET).amount
    with translation.override(_language(portal)):
        return _issue(
            portal,
            [Position(title=_("Top-up of the wallet for usage"), quantity="1", amount=amount)],
            currency=posting.currency,
            with_vat=False,
            purpose=Invoice.Purpose.RECEIPT,
            series="RCT",
            state=Invoice.State.PAID,
            settled_at=posting.at,
            issued_on=posting.at.astimezone(ZoneInfo(portal.time_zone)).date(),
            cause=posting.cause,
        )


def month_bounds(month: date, zone: str) -> tuple[datetime, datetime]:
    """The instants at which the calendar month begins and ends in `zone` (promise 83)."""
    local = ZoneInfo(zone)
    first = month.replace(day=1)
    return (
        datetime(first.year, first.month, 1, tzinfo=local).astimezone(UTC),
        datetime(next_month(first).year, next_month(first).month, 1, tzinfo=local).astimezone(UTC),
    )


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def last_month(now: datetime, zone: str) -> date:
    """The first day of the last whole month in `zone`."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def _used(portal_id: int, start: datetime, end: datetime) -> list[Position]:
    titles = {
        Kind.CALL: pgettext("invoice", "Calls"),
        Kind.PACK: pgettext("invoice", "Packs"),
        Kind.USAGE: pgettext("invoice", "Other usage"),
        Kind.CORRECTION: pgettext("invoice", "Corrections"),
    }
    rows = (
        Entry.objects.filter(
            portal_id=portal_id, account=Account.REVENUE, kind__in=FROM_WALLET, at__gte=start, at__lt=end
        )
        .values("kind")
        .annotate(sum=Sum("amount"), count=Count("id"))
        .order_by("kind")
    )
    return [
        Position(title=titles[Kind(row["kind"])], quantity=str(row["count"]), amount=row["sum"])
        for row in rows
        if row["sum"]
    ]


def _issue(
    portal: Portal, positions: Sequence[Position], *, currency: str, series: str, with_vat: bool = True, **rest: Any
) -> Invoice:
    selling, buying = seller(), requisites_of(portal.pk)
    amounts = split_in_coins([position.amount for position in positions], currency)
    total, rate = sum(amounts, Decimal(0)), vat_rate_for(buying, selling) if with_vat else Decimal(0)
    code = f"{series}-{rest['issued_on'].year}"
    return Invoice.objects.create(
        portal_id=portal.pk,
        series=code,
        serial=_next_serial(code),
        currency=currency,
        lines=[
            {"title": position.title, "quantity": position.quantity, "amount": f"{amount:f}"}
            for position, amount in zip(positions, amounts, strict=True)
        ],
        total=total,
        vat=vat_inside(total, rate, currency),
        vat_rate=rate,
        seller=printed(selling, portal),
        buyer=printed(buying, portal),
        language=_language(portal),
        **rest,
    )


def _next_serial(code: str) -> int:
    """The next number of a series, kept locked until the commit: a paper that is not issued leaves no gap."""
    rows = InvoiceSeries.objects.select_for_update().filter(code=code)
    row = rows.first()
    if row is None:
        InvoiceSeries.objects.bulk_create([InvoiceSeries(code=code)], ignore_conflicts=True)
        row = rows.get()
    row.last += 1
    row.save(update_fields=["last"])
    return int(row.last)


def _post(invoice: Invoice, lines: Sequence[Line], kind: Kind, *, cause: str, actor: str = "") -> None:
    ledger.post(
        cause=cause,
        lines=lines,
        portal_id=invoice.portal_id,
        currency=invoice.currency,
        kind=kind,
        note=invoice.number,
        actor=actor,
    )


def _language(portal: Portal) -> str:
    return portal.locale if is_offered(portal.locale) else "en"
