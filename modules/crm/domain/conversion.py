"""A lead becomes a contact, a company and a deal in one step; it stays, and links to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Conflict, Invalid
from infra.kit.spec import Scope
from modules.crm.domain.access import access, may_do, require_on
from modules.crm.domain.activity import refresh_steps
from modules.crm.domain.announcing import announce_moved
from modules.crm.domain.contact_points import addresses_of, as_lists, points_of
from modules.crm.domain.fields import Type
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD, Kind, custom_fields, kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.people import still_active
from modules.crm.domain.record import create_record, edit_record
from modules.crm.domain.shaping import linked_ids, require_for_stage
from modules.crm.domain.stay import enter_stage
from modules.crm.domain.telling import tell
from modules.crm.models import Activity, Affiliation, Company, Contact, Deal, Lead, Stage

_UNCOPIED = frozenset({Type.FILE, Type.FORMULA})


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What a lead becomes. `contact_id` and `company_id` name known ones, `new_…` make them from the lead;
    `deal` holds raw values that differ from the lead's, `stage` where the deal enters."""

    contact_id: int | None = None
    new_contact: bool = False
    company_id: int | None = None
    new_company: bool = False
    new_deal: bool = True
    deal: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage | None = None


@dataclass(frozen=True, kw_only=True)
class ConversionResult:
    """What a lead became."""

    lead: Lead
    contact: Contact | None
    company: Company | None
    deal: Deal | None


def convert_lead(*, actor: Actor, lead: Lead, to: Conversion, version: int | None = None) -> ConversionResult:
    """Turn a lead into a contact, company and/or deal; the lead stays, won, and links to them.

    Whatever was filled in on the lead is on what it becomes: names, phones, addresses, source, amount, own fields of
    the same name. Its activities stand on the new timelines too. All of it happens, or nothing.

    Raises Conflict (converted already, or changed meanwhile), Denied, Invalid, NotFound, ReadOnly.
    """
    gates.require_writable()
    if not (to.new_contact or to.contact_id or to.new_company or to.company_id or to.new_deal):
        raise Invalid(_("Choose what the lead becomes."))
    with transaction.atomic():
        lead = cast(Lead, lock(LEAD, lead.pk, version))
        require_on(actor, LEAD.permission("edit"), lead)
        if lead.converted_at is not None:
            raise Conflict(_("This lead is converted already."), code="converted_already")
        company = _company(actor, lead, to)
        contact = _contact(actor, lead, to, company)
        deal = _deal(actor, lead, to, contact, company) if to.new_deal else None
        _close(actor, lead, contact, company)
        _share_activities(lead, contact, company, deal)
        names = {"contact": contact, "company": company, "deal": deal}
        audit.record(
            actor, "lead.convert", lead.ref, {name: ("", str(made)) for name, made in names.items() if made is not None}
        )
        tell(lead, "changed", actor)
    return ConversionResult(lead=lead, contact=contact, company=company, deal=deal)


def _company(actor: Actor, lead: Lead, to: Conversion) -> Company | None:
    if to.company_id is not None:
        found = cast(Company, access(actor, COMPANY, to.company_id))
        if not (to.new_contact or to.contact_id):
            _add_points(actor, found, lead)
        return found
    if not to.new_company:
        return None
    values: dict[str, Any] = {"name": lead.company_name or lead.title, **_common(lead, COMPANY)}
    if not (to.new_contact or to.contact_id):
        values |= _reach(lead)
    return cast(Company, _make(actor, COMPANY, values, lead))


def _contact(actor: Actor, lead: Lead, to: Conversion, company: Company | None) -> Contact | None:
    if to.contact_id is not None:
        found = cast(Contact, access(actor, CONTACT, to.contact_id))
        _add_points(actor, found, lead)
        if company is not None and company.pk not in linked_ids(found) and _may_edit(actor, found):
            Affiliation.objects.create(contact=found, company=company, post=lead.post, position=len(linked_ids(found)))
        return found
    if not to.new_contact:
        return None
    words = lead.person_name.split()
    middle = words[1:-1] if len(words) > 2 else []
    values: dict[str, Any] = {
        "honorific": lead.honorific,
        "first_name": words[0][:100] if words else "",
        "middle_name": " ".join(middle)[:100],
        "last_name": words[-1][:100] if len(words) > 1 else "",
        "post": lead.post,
        "birthday": lead.birthday,
        "companies": [{"company": company.pk, "post": lead.post}] if company is not None else [],
        **_reach(lead),
        **_common(lead, CONTACT),
    }
    if not words and not values["phones"] and not values["emails"]:
        values["first_name"] = lead.title[:100]
    return cast(Contact, _make(actor, CONTACT, values, lead))


def _deal(actor: Actor, lead: Lead, to: Conversion, contact: Contact | None, company: Company | None) -> Deal:
    values: dict[str, Any] = {
        "title": lead.title,
        "amount": lead.amount,
        "currency": lead.currency,
        "company_id": company.pk if company is not None else None,
        "contacts": [contact.pk] if contact is not None else [],
        "comment": lead.comment,
        **_common(lead, DEAL),
        **to.deal,
    }
    return cast(Deal, _make(actor, DEAL, values, lead, to.stage))


def _make(actor: Actor, kind: Kind, values: Mapping[str, Any], lead: Lead, stage: Stage | None = None) -> Any:
    known = {item.key for item in kind.fields} | {item.key for item in custom_fields(kind)}
    return create_record(
        actor=actor,
        kind=kind,
        values={key: value for key, value in values.items() if key in known},
        stage=stage,
        responsible_id=_keeper(actor, kind, lead),
        came_from=lead,
    )


def _keeper(actor: Actor, kind: Kind, lead: Lead) -> int | None:
    may_give = actor.scope(kind.permission("edit")) is Scope.ALL
    return lead.responsible_id if may_give else actor.id


def _common(lead: Lead, kind: Kind) -> dict[str, Any]:
    """Source, watchers and own fields: those of the same name and type."""
    values: dict[str, Any] = {"source": lead.source, "source_detail": lead.source_detail}
    values["watchers"] = still_active(lead.watchers)
    theirs = {(str(item.title), item.type): item for item in custom_fields(kind)}
    for item in custom_fields(LEAD):
        twin = theirs.get((str(item.title), item.type))
        value = lead.custom.get(item.key)
        if twin is None or value is None or item.type in _UNCOPIED:
            continue
        if item.type in (Type.CHOICE, Type.CHOICES):
            ids = {name: pk for pk, name in twin.choices}
            names = dict([*item.choices, *item.retired])
            many = [ids[names[one]] for one in (value if isinstance(value, list) else [value]) if names.get(one) in ids]
            value = many if item.type == Type.CHOICES else (many or [None])[0]
        values[twin.key] = value
    return values


def _reach(lead: Lead) -> dict[str, Any]:
    return {**as_lists(points_of(lead)), "addresses": addresses_of(lead)}


def _add_points(actor: Actor, record: Any, lead: Lead) -> None:
    """Phones and e-mails of the lead that a known contact or company lacks, where the actor may add them; they stay on
    the lead, which links to it, too."""
    if not _may_edit(actor, record):
        return
    have = {point.same for point in points_of(record)}
    new = [point for point in points_of(lead) if point.same not in have]
    if new:
        lists = as_lists([*points_of(record), *new])
        edit_record(actor=actor, record=record, changes={name: rows for name, rows in lists.items() if rows})


def _may_edit(actor: Actor, record: Any) -> bool:
    return may_do(actor, kind_of(record).permission("edit"), record)


def _close(actor: Actor, lead: Lead, contact: Contact | None, company: Company | None) -> None:
    lead.contact, lead.company = contact or lead.contact, company or lead.company
    before = lead.stage
    won = before.pipeline.stages.filter(kind=Stage.Kind.WON).first()
    if won is not None:
        require_for_stage(LEAD, lead, won)
    changed = enter_stage(lead, won, actor) if won is not None and before.kind != Stage.Kind.WON else []
    lead.converted_at = lead.closed_at = timezone.now()
    lead.save(update_fields=["contact", "company", "converted_at", "closed_at", *changed])
    if lead.stage_id != before.pk:
        announce_moved(lead, before, lead.stage, actor)


def _share_activities(lead: Lead, contact: Contact | None, company: Company | None, deal: Deal | None) -> None:
    for name, made in (("contact", contact), ("company", company), ("deal", deal)):
        if made is not None:
            Activity.objects.filter(lead=lead, **{f"{name}__isnull": True}).update(**{name: made})
    for activity in Activity.objects.filter(lead=lead, due_at__isnull=False, done_at__isnull=True)[:1]:
        refresh_steps(activity)
