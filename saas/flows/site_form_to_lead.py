"""A form sent on a site becomes a lead, or another record of the CRM, before the visitor is thanked."""

from __future__ import annotations

import structlog
from django.utils.translation import gettext_lazy as _

from infra.kit.errors import PortalError, Unavailable
from infra.kit.refs import RecordRef
from infra.outbox.models import Delivery
from modules.crm import public as crm
from modules.crm.contracts import LeadIntake
from modules.sites import public as sites
from modules.sites.contracts import FormSubmitted, Question, Target

#: Kinds of a form's fields that fit the types of fields in the CRM.
_KINDS = {
    "longtext": "long",
    "number": "number",
    "money": "number",
    "amount": "number",
    "date": "date",
    "choice": "choice",
    "choices": "several",
    "yesno": "choice",
    "address": "address",
    "addresses": "address",
}
_log = structlog.get_logger(__name__)


def make_lead(event: FormSubmitted, *, delivery: Delivery) -> None:
    """Hand the submission to the CRM and note which record it became.

    Idempotent by the event's id. Whatever the CRM raises goes on: the outbox rolls this handler back alone, the
    submission stays as not delivered with the reason, and the worker tries again.
    """
    try:
        intake = _intake(event, delivery)
        accepted = (
            crm.accept_lead(intake)
            if event.destination == "lead"
            else crm.accept_request(intake, kind=event.destination, pipeline_id=event.pipeline_id)
        )
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
        values=event.values,
        join=event.join,
        visits=event.visits,
        first=delivery.pk is None,
    )


def _marks(event: FormSubmitted) -> dict[str, str]:
    marks = {**event.utm, "referrer": event.referrer, "page": event.page_url}
    return {name: value for name, value in marks.items() if value}


class CrmTargets:
    """What the CRM offers to forms."""

    def targets(self) -> list[Target]:
        """Leads first, then deals and the company's own kinds of records, each with the fields one may ask for."""
        return [
            Target(
                kind=found.kind,
                title=found.title,
                pipelines=found.pipelines,
                questions=tuple(
                    Question(
                        key=field.key,
                        title=field.title,
                        kind=_KINDS.get(field.type, "text"),
                        options=field.options,
                    )
                    for field in found.fields
                ),
            )
            for found in crm.intake_targets()
        ]
