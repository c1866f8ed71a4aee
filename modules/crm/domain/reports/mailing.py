"""Reports by mail, weekly or monthly: to each reader a letter of their own, with what they may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.access import Actor, may, require_permission
from infra.kit.errors import Denied, Invalid, NotFound
from infra.kit.zones import TIME_ZONES
from modules.crm.domain.reports.catalogue import VIEW, open_to, source_named
from modules.crm.domain.reports.saved import MANAGE
from modules.crm.models import Report, ReportMailing
from tenants.people.models import User

MOST_READERS = 50
Every = ReportMailing.Every


def zone_of(person: Any) -> ZoneInfo:
    """The person's zone, else the portal's."""
    for name in (getattr(person, "time_zone", ""), current_portal().time_zone):
        if name in TIME_ZONES:
            return ZoneInfo(name)
    return ZoneInfo("UTC")


def next_moment(every: str, day: int, hour: int, after: datetime, zone: ZoneInfo) -> datetime:
    """When it goes next after a moment: on a day of the week (1 is Monday) or of the month, at an hour in `zone`."""
    local = after.astimezone(zone)
    date = local.date()
    while True:
        fits = date.isoweekday() == day if every == Every.WEEK else date.day == day
        moment = datetime.combine(date, time(hour), tzinfo=zone)
        if fits and moment > after:
            return moment
        date += timedelta(days=1)


def readers_for(report: Report) -> list[User]:
    """Colleagues who may see reports and the records that this one is about."""
    source = source_named(report.source)
    people = User.objects.employees().select_related("role").order_by("last_name", "first_name", "id")
    return [person for person in people if may(person, VIEW) and open_to(person, source)]


def mailing_of(actor: Actor, report: Report) -> ReportMailing | None:
    """The mailing that the person set up for the report."""
    return ReportMailing.objects.filter(report=report, author_id=actor.id).prefetch_related("people").first()


def set_mailing(
    *, actor: Actor, report: Report, every: str, day: int, hour: int, people: Sequence[int]
) -> ReportMailing:
    """Send a report by mail from now on; a second call changes the person's own mailing of it.

    To colleagues only who manages reports may send, and only to those who may see it. Raises Denied, Invalid, ReadOnly.
    """
    require_permission(actor, VIEW)
    gates.require_writable()
    readers = {person.pk: person for person in readers_for(report)}
    wrong: dict[str, list[str]] = {}
    if every not in Every.values:
        wrong["every"] = [_("Choose one of the list.")]
    if not 1 <= day <= (7 if every == Every.WEEK else 28):
        wrong["day"] = [_("Choose one of the list.")]
    if not 0 <= hour <= 23:
        wrong["hour"] = [_("Choose one of the list.")]
    if not people or len(people) > MOST_READERS:
        wrong["people"] = [_("Choose up to %(n)d people.") % {"n": MOST_READERS}]
    elif set(people) - set(readers):
        wrong["people"] = [_("Somebody among them may not see this report.")]
    if wrong:
        raise Invalid(fields=wrong)
    if set(people) - {actor.id} and not may(actor, MANAGE):
        raise Denied(_("You can have reports mailed to yourself only."), permission=MANAGE)
    with transaction.atomic():
        row = mailing_of(actor, report) or ReportMailing(report=report, author_id=actor.id)
        row.every, row.day, row.hour = every, day, hour
        row.next_at = next_moment(every, day, hour, timezone.now(), zone_of(actor))
        row.save()
        row.people.set(sorted(people))
        names = ", ".join(readers[pk].display_name for pk in sorted(people))
        audit.record(actor, "report.mail", None, note=f"{report.name}: {names}"[:1000])
    return row


def stop_mailing(*, actor: Actor, report: Report) -> None:
    """Send one's mailing of the report no more. Raises NotFound, ReadOnly."""
    gates.require_writable()
    row = mailing_of(actor, report)
    if row is None:
        raise NotFound
    with transaction.atomic():
        audit.record(actor, "report.unmail", None, note=report.name)
        row.delete()


def take_due(now: datetime) -> list[tuple[int, int]]:
    """Mailings whose time has come, as (mailing, person); each goes to its next moment, so that none goes twice.

    In the caller's transaction.
    """
    due = (
        ReportMailing.objects.filter(next_at__lte=now).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    )
    found: list[tuple[int, int]] = []
    for row in due.select_related("author", "report"):
        found += [(row.pk, person) for person in row.people.order_by("pk").values_list("pk", flat=True)]
        row.sent_at = now
        row.next_at = next_moment(row.every, row.day, row.hour, now, zone_of(row.author))
        row.save(update_fields=["sent_at", "next_at"])
    return found


def letter_for(mailing_id: int, person_id: int) -> tuple[ReportMailing, User] | None:
    """The mailing and its reader, None where it was stopped, the reader may no longer see it, or whoever sends it has
    left or may no longer send it."""
    mailing = ReportMailing.objects.select_related("report", "author").filter(pk=mailing_id).first()
    person = User.objects.active().select_related("role").filter(pk=person_id).first()
    if mailing is None or person is None or not mailing.people.filter(pk=person_id).exists():
        return None
    author, source = mailing.author, source_named(mailing.report.source)
    if author is None or not may(author, VIEW if author.pk == person_id else MANAGE):
        return None
    theirs = mailing.report.shared or mailing.author_id == mailing.report.author_id
    return (mailing, person) if theirs and may(person, VIEW) and open_to(person, source) else None
