"""A form sent on a site becomes a lead in the CRM, before the visitor is thanked."""

from __future__ import annotations

import structlog
from django.utils.translation import gettext_lazy as _

from infra.kit.errors import PortalError, Unavailable
from infra.kit.refs import RecordRef
from infra.outbox.models import Delivery
from modules.crm import public as crm
from modules.crm.contracts import LeadIntake
from modules.sites import public as sites
from modules.sites.contracts import FormSubmitted

_log = structlog.get_logger(__name__)


def make_lead(event: FormSubmitted, *, delivery: Delivery) -> None:
    """Hand the submission to the CRM and note which lead it became.

    Idempotent by the event's id. Whatever the CRM raises goes on: the outbox rolls this handler back alone, the
    submission stays as not delivered with the reason, and the worker tries again.
    """
    try:
        accepted = crm.accept_lead(_intake(event, delivery))
    except PortalError:
        raise
    except Exception as error:
        _log.exception("flows.site_form_to_lead", event_id=str(delivery.event_id))
        raise Unavailable(_("The CRM could not take it. It is tried again by itself.")) from error
    sites.delivered(submission_id=event.submission_id, event_id=delivery.event_id, lead=accepted.lead)


def _intake(event: FormSubmitted, delivery: Delivery) -> LeadIntake:
    return LeadIntake(
        event_id=delivery.event_id,
        source="form",
        source_detail=f"{event.site_name}: {event.form_name}"[:200],
        origin=RecordRef("sites", "submission", event.submission_id),
        person_name=event.person_name,
        phones=event.phones,
        emails=event.emails,
        marks=_marks(event),
        answers=event.answers,
        responsible_id=event.responsible_id,
        received_at=event.submitted_at,
    )


def _marks(event: FormSubmitted) -> dict[str, str]:
    marks = {**event.utm, "referrer": event.referrer, "page": event.page_url}
    return {name: value for name, value in marks.items() if value}
