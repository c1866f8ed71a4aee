"""Who is told of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from infra.kit.access import SYSTEM, Actor
from infra.ui.notifications import notify
from modules.crm.domain.kinds import kind_of
from modules.crm.models import Record
from tenants.people.models import User

_GIVEN = {
    "lead": _("{who} gave you the lead “{title}”"),
    "contact": _("{who} gave you the contact “{title}”"),
    "company": _("{who} gave you the company “{title}”"),
    "deal": _("{who} gave you the deal “{title}”"),
    "item": _("{who} gave you “{title}”"),
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
