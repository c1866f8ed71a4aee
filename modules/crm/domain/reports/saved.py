"""Reports that people keep: saved under a name, shared, pinned to the start page, removed."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, may, require_permission
from infra.kit.errors import Denied, Invalid, NotFound
from modules.crm.domain.reports.catalogue import VIEW, Source, ask_of, open_to, source_named
from modules.crm.domain.reports.figures import Figures
from modules.crm.domain.reports.period import OWN
from modules.crm.models import PinnedReport, Report

MANAGE = "crm.report.manage"
LONGEST_NAME, LONGEST_QUERY, MOST_PINNED = 100, 4_000, 8


def reports_for(actor: Actor) -> QuerySet[Report]:
    """The person's own reports and the shared ones, each saying whether it is on the person's start page."""
    if not may(actor, VIEW):
        return Report.objects.none()
    pinned = PinnedReport.objects.filter(report=OuterRef("pk"), person_id=actor.id)
    rows = Report.objects.filter(Q(author_id=actor.id) | Q(shared=True))
    return rows.annotate(pinned=Exists(pinned)).select_related("author").order_by("name", "id")


def access_report(actor: Actor, report_id: int) -> Report:
    """A report that the person may run. Raises NotFound."""
    report = reports_for(actor).filter(pk=report_id).first()
    if report is None:
        raise NotFound
    return report


def save_report(
    *, actor: Actor, source: Source, name: str, query: str, shared: bool = False, report: Report | None = None
) -> Report:
    """Keep a report with its settings; with `report` that one changes, the same name again replaces one's own.

    To share, or to change a shared one of somebody else, needs the right to manage reports. Raises Denied, Invalid,
    ReadOnly.
    """
    require_permission(actor, VIEW)
    gates.require_writable()
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise Invalid(fields={"name": [_("Give it a name of at most %(n)d characters.") % {"n": LONGEST_NAME}]})
    query = _kept(query)
    with transaction.atomic():
        row = report or Report.objects.filter(author_id=actor.id, name=name).first() or Report(author_id=actor.id)
        if row.pk is not None:
            _require_own(actor, row)
        if shared and not row.shared:
            require_permission(actor, MANAGE)
        if Report.objects.filter(author_id=row.author_id, name=name).exclude(pk=row.pk).exists():
            raise Invalid(fields={"name": [_("You have a report of this name already.")]})
        row.name, row.source, row.query, row.shared = name, source.key, query, shared
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:  # the same person, at the same moment
            raise Invalid(fields={"name": [_("You have a report of this name already.")]}) from None
        audit.record(actor, "report.save", None, note=name)
    return row


def _kept(query: str) -> str:
    """The address of a report without what is only of the moment. Raises Invalid."""
    values = QueryDict(query, mutable=True)
    dates = () if values.get("period") == OWN else ("from", "to")
    for name in [*values]:
        filled = [value for value in values.getlist(name) if value]
        if filled and name not in ("saved", "export", "part", *dates):
            values.setlist(name, filled)
        else:
            del values[name]
    kept = values.urlencode()
    if len(kept) > LONGEST_QUERY:
        raise Invalid(_("This report has too many conditions to be kept."))
    return kept


def _require_own(actor: Actor, report: Report) -> None:
    if report.author_id == actor.id and actor.id is not None:
        return
    if not report.shared or not may(actor, MANAGE):
        raise Denied(_("Only who made this report can change it."), permission=MANAGE)


def may_change(actor: Actor, report: Report) -> bool:
    """Whether the person may change or remove the report."""
    return (report.author_id == actor.id and actor.id is not None) or (report.shared and may(actor, MANAGE))


def delete_report(*, actor: Actor, report: Report) -> None:
    """Remove a report with its mailings and pins. Raises Denied, ReadOnly."""
    gates.require_writable()
    _require_own(actor, report)
    with transaction.atomic():
        audit.record(actor, "report.delete", None, note=report.name)
        Report.objects.filter(pk=report.pk).delete()


def pin_report(*, actor: Actor, report: Report, pinned: bool) -> None:
    """Put a report on one's start page, or take it away. Raises Invalid where there are too many, ReadOnly."""
    gates.require_writable()
    if actor.id is None:
        return
    mine = PinnedReport.objects.filter(person_id=actor.id)
    if not pinned:
        mine.filter(report=report).delete()
        return
    if mine.exclude(report=report).count() >= MOST_PINNED:
        raise Invalid(_("At most %(n)d reports fit on the start page.") % {"n": MOST_PINNED})
    PinnedReport.objects.bulk_create([PinnedReport(person_id=actor.id, report=report)], ignore_conflicts=True)


def pinned_for(actor: Actor) -> list[Report]:
    """The reports on the person's start page."""
    return list(reports_for(actor).filter(pins__person=actor.id)[:MOST_PINNED])


def run_report(actor: Actor, report: Report) -> Figures:
    """The figures of a kept report as `actor` sees them. Raises NotFound where its source is gone or closed to them."""
    source = source_named(report.source)
    if not open_to(actor, source):
        raise NotFound
    return source.run(ask_of(actor, source, QueryDict(report.query)))
