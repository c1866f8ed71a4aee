"""Reports that go out by mail."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone, translation

from infra.adapters.mail import send
from infra.db.current import current_portal
from infra.jobs import portal_task
from infra.ui.languages import is_offered
from infra.ui.letters import render_letter
from modules.crm.domain.reports.catalogue import ask_of, source_named
from modules.crm.domain.reports.mailing import letter_for, take_due, zone_of
from modules.crm.models import Report
from modules.crm.views.report_parts import page_of
from modules.crm.views.reports import kept_url, span_words

SHOWN = 20  # lines of a table in a letter, as its templates have it


@portal_task(name="crm.mail_reports")
def mail_reports() -> None:
    """Hand on every report whose time has come, a letter per reader."""
    with transaction.atomic():
        for mailing_id, person_id in take_due(timezone.now()):
            mail_report.enqueue(mailing_id, person_id)


@portal_task(name="crm.mail_report")
def mail_report(mailing_id: int, person_id: int) -> None:
    """Work out a report as one reader sees it, in their language and zone, and send it."""
    found = letter_for(mailing_id, person_id)
    if found is None:
        return
    mailing, person = found
    portal = current_portal()
    language = next((name for name in (person.locale, portal.locale) if is_offered(name)), "en")
    with translation.override(language), timezone.override(zone_of(person)):
        context = letter_context(mailing.report, person)
        letter = render_letter("crm/letters/report", context, language=language)
    send(person.email, letter.subject, letter.text, letter.html)


def letter_context(report: Report, person: Any) -> dict[str, Any]:
    """What the letter says."""
    source = source_named(report.source)
    ask = ask_of(person, source, QueryDict(report.query))
    page = page_of(source.run(ask))
    for table in page["tables"]:
        table["rest"] = max(len(table["lines"]) - SHOWN, 0)
    return {
        "report": report,
        "source": source,
        "span": span_words(ask.period) if source.periods else "",
        "url": current_portal().url + kept_url(report),
        **page,
    }
