"""Who is told of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from infra.kit.access import SYSTEM, Actor
from infra.ui.notifications import notify
from modules.crm.domain.kinds import kind_of
from modules.crm.models import QuoteStatus, Record
from tenants.people.models import User

_GIVEN = {
    "lead": _("{who} gave you the lead “{title}”"),
    "contact": _("{who} gave you the contact “{title}”"),
    "company": _("{who} gave you the company “{title}”"),
    "deal": _("{who} gave you the deal “{title}”"),
    "item": _("{who} gave you “{title}”"),
    "quote": _("{who} gave you the quote “{title}”"),
    "invoice": _("{who} gave you the invoice “{title}”"),
    "product": _("{who} gave you the product “{title}”"),
}


def notify_new_lead(lead: Record, person_id: int) -> None:
    """Tell that person that a lead came in for them."""
    notify(
        actor=SYSTEM,
        person_ids=[person_id],
        text=format_lazy(_("New lead: {title}"), title=str(lead)),
        ref=lead.ref,
        url=record_url(lead),
        icon="user-plus",
    )


def notify_request(record: Record, person_id: int, *, again: bool) -> None:
    """Tell that person that a request came in for a record of theirs: a new one, or one they know (`again`)."""
    text = _("Wrote again: {title}") if again else _("New request: {title}")
    notify(
        actor=SYSTEM,
        person_ids=[person_id],
        text=format_lazy(text, title=str(record)),
        ref=record.ref,
        url=record_url(record),
        icon="inbox",
    )


def notify_assigned(record: Record, person: User, by: Actor) -> None:
    """Tell `person` that somebody else gave them the record."""
    if person.pk != by.id:
        _tell(by, [person.pk], _GIVEN[record.link], record, "user-check")


def notify_mentioned(record: Record, person_ids: Sequence[int], by: Actor) -> None:
    """Tell these people that they are mentioned in a comment."""
    _tell(by, [pk for pk in person_ids if pk != by.id], _("{who} mentioned you in “{title}”"), record, "at")


def notify_planned(record: Record, person_id: int | None, by: Actor) -> None:
    """Tell that person that somebody else planned something for them."""
    if person_id is not None and person_id != by.id:
        _tell(by, [person_id], _("{who} planned an activity for you in “{title}”"), record, "calendar-event")


def notify_answered(quote: Any) -> None:
    """Tell whoever is responsible that the client has accepted or declined a quote."""
    accepted = quote.status == QuoteStatus.ACCEPTED
    words = _("{who} accepted the quote “{title}”") if accepted else _("{who} declined the quote “{title}”")
    if quote.responsible_id is not None:
        notify(
            actor=SYSTEM,
            person_ids=[quote.responsible_id],
            text=format_lazy(words, who=quote.answered_by, title=str(quote)),
            ref=quote.ref,
            url=record_url(quote),
            icon="circle-check" if accepted else "circle-x",
        )


def notify_paid(invoice: Any, amount: str) -> None:
    """Tell whoever is responsible that money came for an invoice."""
    if invoice.responsible_id is not None:
        notify(
            actor=SYSTEM,
            person_ids=[invoice.responsible_id],
            text=format_lazy(_("{amount} was paid for the invoice “{title}”"), amount=amount, title=str(invoice)),
            ref=invoice.ref,
            url=record_url(invoice),
            icon="cash",
        )


def notify_unsent(record: Record, person_id: int, to: str) -> None:
    """Tell that person that their letter about `record` has not left and will not by itself."""
    notify(
        actor=SYSTEM,
        person_ids=[person_id],
        text=format_lazy(_("The letter to {to} was not sent: “{title}”"), to=to, title=str(record)),
        ref=record.ref,
        url=record_url(record),
        icon="mail-off",
    )


def _tell(by: Actor, person_ids: Sequence[int], text: Any, record: Record, icon: str) -> None:
    if person_ids:
        notify(
            actor=by,
            person_ids=list(person_ids),
            text=format_lazy(text, who=by.display_name, title=str(record)),
            ref=record.ref,
            url=record_url(record),
            icon=icon,
        )


def record_url(record: Record) -> str:
    """The address of the record's card."""
    return kind_of(record).url("card", record.pk)
