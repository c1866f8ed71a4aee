"""Plans paid by bank: how long a payment covers, the next invoice in time, and the grace when it is not paid."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.contracts import Period
from billing.domain import memory
from billing.domain.entitlement import UNPAID_GRACE
from billing.domain.invoice import issue_payment_invoice
from billing.models import Invoice, PaidSubscription, Subscription
from infra.db.current import enter
from infra.kit.errors import PortalError, Text
from infra.ui import formats
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.models import Portal

_log = structlog.get_logger(__name__)

AHEAD = timedelta(days=14)
"""How long before the end the next invoice is there."""
INVOICES_PAGE = "/billing/invoices/"


def cover(invoice: Invoice, today: date) -> tuple[date, date]:
    """First and last day that a paid plan invoice covers.

    It follows the payment before without a gap or an overlap, if that was for the same plan and its grace is not over;
    otherwise it begins today. Months keep the day they began on: 31 January, 28 February, 31 March (promise 83).
    """
    chain = _chain(invoice, today)
    start = chain[0].period_end + timedelta(days=1) if chain and chain[0].period_end else today
    first = chain[-1].period_start if chain and chain[-1].period_start else start
    months = 12 if invoice.period == Period.YEAR else 1
    return start, _months_after(start, months, first.day) - timedelta(days=1)


def day_at(portal: Portal, moment: datetime) -> date:
    """Which day it is for the portal: what is paid by the day begins and ends by its own calendar (promise 83)."""
    return moment.astimezone(ZoneInfo(portal.time_zone)).date()


@dataclass(frozen=True, kw_only=True)
class PaidDays:
    """The days that a bank payment covers: from `first` until the day before `after`."""

    first: date
    after: date


def paid_days(portal: Portal, now: datetime) -> PaidDays | None:
    """What was paid by bank for the plan that the portal has and has begun, its grace included, or None."""
    today = day_at(portal, now)
    ours = Subscription.objects.filter(portal=portal).first()
    if ours is None:
        return None
    last = _paid(portal.pk).filter(plan_version=ours.version_id, period_start__lte=today).first()
    if last is None or last.period_start is None or last.period_end is None or last.period_end + UNPAID_GRACE < today:
        return None
    return PaidDays(first=last.period_start, after=last.period_end + timedelta(days=1))


def renew_bank_plans(now: datetime | None = None) -> int:
    """Issue the next invoices of plans paid by bank that end soon, and begin the grace of those that ended; how many.

    Portals that pay by card meanwhile, or changed their plan, are left alone. Two runs do it once.
    """
    moment = now or datetime.now(UTC)
    done = 0
    ending = Invoice.objects.filter(
        purpose=Invoice.Purpose.PLAN,
        state=Invoice.State.PAID,
        period_end__lte=moment.date() + AHEAD + timedelta(days=1),
    )
    for portal_id in ending.order_by().values_list("portal_id", flat=True).distinct():
        portal = Portal.objects.existing().filter(pk=portal_id).first()
        if portal is None:
            continue
        try:
            done += _renew(portal, moment)
        except PortalError as refused:  # the others must not wait for this one
            _log.warning("billing.not_renewed", portal=portal.schema_name, code=refused.code)
    return done


@transaction.atomic
def _renew(portal: Portal, now: datetime) -> bool:
    ours = Subscription.objects.select_for_update().get(portal=portal)
    last = _paid(portal.pk).first()
    paid = PaidSubscription.objects.filter(portal=portal).first()
    today = day_at(portal, now)
    if last is None or last.period_end is None or last.period_end > today + AHEAD:
        return False
    if last.plan_version_id != ours.version_id or last.plan_version is None or (paid is not None and paid.is_live):
        return False
    done = False
    if not Invoice.objects.filter(
        portal_id=portal.pk, purpose=Invoice.Purpose.PLAN, state=Invoice.State.OPEN, plan_version=ours.version_id
    ).exists():
        made = issue_payment_invoice(portal=portal, asked_by="", version=last.plan_version, period=Period(last.period))
        text = format_lazy(
            _("The plan is paid for until {day}; invoice {number} is the next"),
            day=_day(last.period_end),
            number=made.number,
        )
        _tell(portal, text)
        done = True
    if last.period_end < today and ours.unpaid_since is None:
        ours.unpaid_since = now
        ours.save(update_fields=["unpaid_since"])
        memory.changed(portal.schema_name)
        until = day_at(portal, now + UNPAID_GRACE)
        _tell(portal, format_lazy(_("The plan is not paid for any more. It counts until {day}"), day=_day(until)))
        done = True
    return done


def paid_by_bank(portal: Portal) -> None:
    """A transfer for the plan has come: what was missing is missing no more. Called in the transaction that says so."""
    if Subscription.objects.filter(portal=portal, unpaid_since__isnull=False).update(unpaid_since=None):
        memory.changed(portal.schema_name)


def _paid(portal_id: int) -> QuerySet[Invoice]:
    """Paid invoices for a plan, the one that covers longest first."""
    rows = Invoice.objects.filter(portal_id=portal_id, purpose=Invoice.Purpose.PLAN, state=Invoice.State.PAID)
    return rows.filter(period_end__isnull=False).select_related("plan_version").order_by("-period_end", "-id")


def _chain(invoice: Invoice, today: date) -> list[Invoice]:
    """The payments that `invoice` follows without a gap, latest first; none where it begins anew."""
    chain: list[Invoice] = []
    for before in _paid(invoice.portal_id).filter(plan_version=invoice.plan_version_id):
        end, start = before.period_end, chain[-1].period_start if chain else None
        if end is None or (start is None and end + UNPAID_GRACE < today):
            break
        if start is not None and end + timedelta(days=1) != start:
            break
        chain.append(before)
    return chain


def _months_after(day: date, months: int, anchor: int) -> date:
    """The day `months` later that has the number `anchor`, or the last one of a shorter month."""
    place = day.year * 12 + day.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return date(year, month, min(anchor, monthrange(year, month)[1]))


_day = lazy(formats.day, str)


def _tell(portal: Portal, text: Text) -> None:
    with enter(portal):
        owners = list(User.objects.owners().values_list("pk", flat=True))
        notify(person_ids=owners, text=text, url=INVOICES_PAGE, icon="file-invoice")
