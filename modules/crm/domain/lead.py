"""Verbs on leads: guard, lock, write, audit, publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Denied, Invalid
from infra.kit.refs import RecordRef
from infra.kit.spec import Scope
from infra.outbox import publish
from modules.crm.contracts import LeadAssigned, LeadCreated, LeadDeleted, LeadMoved
from modules.crm.domain.access import CREATE, DELETE, EDIT, require_on, usual_pipeline
from modules.crm.domain.contact_points import Point, add_points, points_of, read_points, replace_points
from modules.crm.domain.locking import lock_lead
from modules.crm.domain.money import amount_of
from modules.crm.domain.notifying import notify_assigned
from modules.crm.domain.people import active_person, default_currency
from modules.crm.domain.search import document
from modules.crm.domain.telling import tell
from modules.crm.models import Lead, Source, Stage
from modules.crm.models.lead import Currency

_TEXTS = {"title": 200, "person_name": 200, "company_name": 200, "source_detail": 200, "comment": 10_000}
EDITABLE = frozenset({*_TEXTS, "source", "amount", "currency", "phones", "emails"})


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """What a new lead is made of; phones and e-mails as typed."""

    title: str = ""
    person_name: str = ""
    company_name: str = ""
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    source: str = Source.OTHER
    source_detail: str = ""
    amount: Decimal | int | str = 0
    currency: str = ""
    stage: Stage | None = None
    responsible_id: int | None = None
    comment: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    origin: RecordRef | None = None


def create_lead(*, actor: Actor, new: NewLead) -> Lead:
    """Make a lead.

    Without a title it is named after the person, company, phone or e-mail; without a stage it enters the first one of
    the usual pipeline; without a responsible person the actor takes it. Raises Denied, Invalid, ReadOnly.
    """
    require_permission(actor, CREATE)
    gates.require_writable()
    responsible_id = new.responsible_id if new.responsible_id is not None else actor.id
    if responsible_id is not None:
        active_person(responsible_id)
        if responsible_id != actor.id and actor.scope(EDIT) < Scope.ALL:
            raise Denied(_("You can create leads for yourself only."), permission=EDIT)
    with transaction.atomic():
        lead, _points = build_lead(new, responsible_id=responsible_id, created_by_id=actor.id)
        audit.record(actor, "lead.create", lead.ref)
        announce_created(lead, new.origin)
        tell(lead, "created", actor)
    return lead


def build_lead(
    new: NewLead, *, responsible_id: int | None, created_by_id: int | None, strict: bool = True
) -> tuple[Lead, list[Point]]:
    """Write the rows of a new lead inside the caller's transaction, after checking `new`. Raises Invalid.

    `strict` as in `read_points`.
    """
    values = {name: getattr(new, name).strip() for name in _TEXTS}
    points = read_points(new.phones, new.emails, strict=strict)
    if not values["title"]:
        values["title"] = _title_of(new, points)
    currency = new.currency or default_currency()
    check_fields({**values, "source": new.source, "currency": currency})
    lead = Lead(
        **values,
        stage=new.stage or first_stage(),
        source=new.source,
        amount=amount_of(new.amount, currency),
        currency=currency,
        responsible_id=responsible_id,
        created_by_id=created_by_id,
        marks=dict(new.marks),
        origin=str(new.origin or ""),
    )
    lead.search = search_value(lead, points)
    lead.save(force_insert=True)
    add_points(lead, points)
    return lead, points


def announce_created(lead: Lead, origin: RecordRef | None) -> None:
    """Publish that `lead` was made."""
    publish(
        LeadCreated(
            lead=lead.ref, title=lead.title, source=lead.source, responsible_id=lead.responsible_id, origin=origin
        )
    )


def edit_lead(*, actor: Actor, lead: Lead, changes: Mapping[str, Any], version: int | None = None) -> Lead:
    """Change fields of `lead` (names of EDITABLE); equal values are no change.

    `version` is what the person saw: another one now raises Conflict and changes nothing. Raises Denied, Invalid,
    ReadOnly, NotFound.
    """
    if unknown := sorted(set(changes) - EDITABLE):
        raise Invalid(fields={name: [_("This field cannot be set.")] for name in unknown})
    gates.require_writable()
    with transaction.atomic():
        lead = lock_lead(lead.pk, version)
        require_on(actor, EDIT, lead)
        before_points = points_of(lead)
        points = before_points
        wanted = {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
        if "phones" in wanted or "emails" in wanted:
            points = read_points(
                wanted.pop("phones", [p.typed for p in before_points if p.kind == "phone"]),
                wanted.pop("emails", [p.typed for p in before_points if p.kind == "email"]),
            )
        if "amount" in wanted or "currency" in wanted:
            currency = wanted.get("currency", lead.currency)
            check_fields({"currency": currency})
            wanted["amount"] = amount_of(wanted.get("amount", lead.amount), currency)
        check_fields(wanted)
        changed = {name: (getattr(lead, name), new) for name, new in wanted.items() if getattr(lead, name) != new}
        if points != before_points:
            changed["contacts"] = ([p.typed for p in before_points], [p.typed for p in points])
            replace_points(lead, points)
        if not changed:
            return lead
        for name, value in wanted.items():
            setattr(lead, name, value)
        lead.search = search_value(lead, points)
        lead.save()
        audit.record(actor, "lead.edit", lead.ref, changed)
        tell(lead, "changed", actor)
    lead.refresh_from_db(fields=["search"])
    return lead


def move_lead(*, actor: Actor, lead: Lead, stage: Stage, version: int | None = None) -> Lead:
    """Take `lead` to `stage`, of any pipeline. Staying is no change. Raises Conflict, Denied, ReadOnly, NotFound."""
    gates.require_writable()
    with transaction.atomic():
        lead = lock_lead(lead.pk, version)
        require_on(actor, EDIT, lead)
        before = lead.stage
        if before.pk == stage.pk:
            return lead
        lead.stage = stage
        lead.stage_since = timezone.now()
        lead.save(update_fields=["stage", "stage_since"])
        audit.record(actor, "lead.move", lead.ref, {"stage": (before.title, stage.title)})
        publish(
            LeadMoved(lead=lead.ref, from_stage_id=before.pk, to_stage_id=stage.pk, kind=stage.kind, actor_id=actor.id)
        )
        tell(lead, "moved", actor, {"from": before.pk, "to": stage.pk})
    return lead


def assign_lead(*, actor: Actor, lead: Lead, responsible_id: int | None, version: int | None = None) -> Lead:
    """Make another person responsible (None: nobody) and tell them. Raises Conflict, Denied, Invalid, ReadOnly."""
    gates.require_writable()
    person = active_person(responsible_id) if responsible_id is not None else None
    with transaction.atomic():
        lead = lock_lead(lead.pk, version)
        require_on(actor, EDIT, lead)
        before = lead.responsible
        if lead.responsible_id == responsible_id:
            return lead
        lead.responsible = person
        lead.save(update_fields=["responsible"])
        names = (before.display_name if before else None, person.display_name if person else None)
        audit.record(actor, "lead.assign", lead.ref, {"responsible": names})
        publish(
            LeadAssigned(
                lead=lead.ref,
                from_user_id=before.pk if before else None,
                to_user_id=responsible_id,
                actor_id=actor.id,
            )
        )
        if person is not None:
            notify_assigned(lead, person, actor)
        tell(lead, "assigned", actor)
    return lead


def delete_lead(*, actor: Actor, lead: Lead, version: int | None = None) -> None:
    """Put `lead` into the trash, from where it can be restored for 30 days. Raises Conflict, Denied, ReadOnly."""
    gates.require_writable()
    with transaction.atomic():
        lead = lock_lead(lead.pk, version)
        require_on(actor, DELETE, lead)
        lead.deleted_at = timezone.now()
        lead.save(update_fields=["deleted_at"])
        audit.record(actor, "lead.delete", lead.ref)
        publish(LeadDeleted(lead=lead.ref, actor_id=actor.id))
        tell(lead, "deleted", actor)


def restore_lead(*, actor: Actor, lead: Lead) -> Lead:
    """Take `lead` out of the trash. Raises Denied, NotFound, ReadOnly."""
    gates.require_writable()
    with transaction.atomic():
        lead = lock_lead(lead.pk, None, trashed=True)
        require_on(actor, DELETE, lead)
        lead.deleted_at = None
        lead.save(update_fields=["deleted_at"])
        audit.record(actor, "lead.restore", lead.ref)
        tell(lead, "created", actor)
    return lead


def first_stage() -> Stage:
    """Where a new lead enters. Raises Conflict in a portal without stages."""
    stages = Stage.objects.order_by("position", "id")
    stage = stages.filter(pipeline__is_usual=True).first() or stages.filter(pipeline=usual_pipeline()).first()
    if stage is None:
        raise Conflict(_("The pipeline has no stages. Add one in the settings of CRM."))
    return stage


def search_value(lead: Lead, points: Sequence[Point]) -> Any:
    """The SQL value of the lead's `search`."""
    return document(
        (lead.title, lead.person_name, lead.company_name),
        [p.value or p.typed.lower() for p in points if p.kind == "email"],
        [p.value or p.typed for p in points if p.kind == "phone"],
    )


def check_fields(values: Mapping[str, Any]) -> None:
    """Raises Invalid naming every field of `values` that breaks a rule."""
    wrong: dict[str, list[str]] = {}
    for name, longest in _TEXTS.items():
        if name in values and len(values[name]) > longest:
            wrong[name] = [_("At most %(most)s characters.") % {"most": longest}]
        if name in values and "\0" in values[name]:
            wrong[name] = [_("This text has characters that cannot be kept.")]
    if "title" in values and not values["title"]:
        wrong["title"] = [_("A lead needs a title.")]
    if "source" in values and values["source"] not in Source.values:
        wrong["source"] = [_("There is no such source.")]
    if "currency" in values and values["currency"] not in Currency.values:
        wrong["currency"] = [_("This currency is not offered.")]
    if wrong:
        raise Invalid(fields=wrong)


def _title_of(new: NewLead, points: Sequence[Point]) -> str:
    named = (new.person_name.strip(), new.company_name.strip(), *(point.typed for point in points))
    title = next((name for name in named if name), "")
    if not title:
        raise Invalid(fields={"title": [_("Give a title, a name, a phone or an e-mail.")]})
    return title[:200]
