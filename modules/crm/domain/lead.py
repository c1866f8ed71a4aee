"""Verbs on leads: those of all records, and what leads from outside need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from django.utils.translation import gettext as _

from infra.db.gathering import insert_at_once
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from infra.kit.refs import RecordRef
from modules.crm.domain import record as records
from modules.crm.domain import shaping
from modules.crm.domain.contact_points import Point, add_points, read_points
from modules.crm.domain.kinds import LEAD
from modules.crm.domain.money import amount_of
from modules.crm.domain.people import default_currency
from modules.crm.domain.search import document
from modules.crm.models import Lead, Source, Stage

_TEXTS = ("title", "person_name", "company_name", "source_detail", "comment")


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """What a new lead is made of; phones and e-mails as typed, `more` raw values of other fields by key."""

    title: str = ""
    person_name: str = ""
    company_name: str = ""
    phones: Sequence[Any] = ()
    emails: Sequence[Any] = ()
    source: str = Source.OTHER
    source_detail: str = ""
    amount: Decimal | int | str = 0
    currency: str = ""
    stage: Stage | None = None
    responsible_id: int | None = None
    comment: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    origin: RecordRef | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def create_lead(*, actor: Actor, new: NewLead) -> Lead:
    """Make a lead by hand.

    Without a title it is named after the person, company, phone or e-mail; without a stage it enters the first one of
    the usual pipeline; without a responsible person the actor takes it. Raises Denied, Invalid, ReadOnly.
    """
    names = (*_TEXTS, "phones", "emails", "source", "amount", "currency")
    values = {**{name: getattr(new, name) for name in names}, **new.more}
    made = records.create_record(
        actor=actor, kind=LEAD, values=values, stage=new.stage, responsible_id=new.responsible_id
    )
    return cast(Lead, made)


def build_lead(new: NewLead, *, responsible_id: int | None) -> tuple[Lead, list[Point]]:
    """Write the rows of a lead from outside inside the caller's transaction; texts fit already. Raises Invalid.

    Phones and e-mails that are none stay as typed.
    """
    points = read_points(new.phones, new.emails, strict=False)
    currency = new.currency or default_currency()
    values = {name: getattr(new, name).strip() for name in _TEXTS}
    values["title"] = values["title"] or _title_of(new, points)
    lead = Lead(
        **values,
        stage_id=new.stage.pk if new.stage else shaping.first_stage_id(LEAD),
        source=new.source,
        amount=amount_of(new.amount, currency),
        currency=currency,
        responsible_id=responsible_id,
        marks=dict(new.marks),
        origin=str(new.origin or ""),
    )
    lead.search = document(
        (lead.title, lead.person_name, lead.company_name),
        [p.value or p.typed.lower() for p in points if p.kind == "email"],
        [p.value or p.typed for p in points if p.kind == "phone"],
    )
    insert_at_once(lead)
    add_points(lead, points)
    return lead, points


def _title_of(new: NewLead, points: Sequence[Point]) -> str:
    named = (new.person_name.strip(), new.company_name.strip(), *(point.typed for point in points))
    title = next((name for name in named if name), "")
    if not title:
        raise Invalid(fields={"title": [_("Give a title, a name, a phone or an e-mail.")]})
    return title[:200]


def first_stage() -> Stage:
    """Where a new lead enters. Raises Conflict in a portal without stages."""
    return shaping.first_stage(LEAD)


def edit_lead(*, actor: Actor, lead: Lead, changes: Mapping[str, Any], version: int | None = None) -> Lead:
    """See `edit_record`."""
    return cast(Lead, records.edit_record(actor=actor, record=lead, changes=changes, version=version))


def move_lead(*, actor: Actor, lead: Lead, stage: Stage, version: int | None = None) -> Lead:
    """See `move_record`."""
    return cast(Lead, records.move_record(actor=actor, record=lead, stage=stage, version=version))


def assign_lead(*, actor: Actor, lead: Lead, responsible_id: int | None, version: int | None = None) -> Lead:
    """See `assign_record`."""
    return cast(Lead, records.assign_record(actor=actor, record=lead, responsible_id=responsible_id, version=version))


def delete_lead(*, actor: Actor, lead: Lead, version: int | None = None) -> None:
    """See `delete_record`."""
    records.delete_record(actor=actor, record=lead, version=version)


def restore_lead(*, actor: Actor, lead: Lead) -> Lead:
    """See `restore_record`."""
    return cast(Lead, records.restore_record(actor=actor, record=lead))
