"""Requests from outside that become a deal or a record of a kind of the company's own, with their contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid, NotFound
from modules.crm.contracts import IntakeTarget, LeadAccepted, LeadIntake
from modules.crm.domain import shaping
from modules.crm.domain.announcing import announce_created
from modules.crm.domain.answers import askable, draft_of, raw_values
from modules.crm.domain.contact_points import Point, add_points, points_of, read_points
from modules.crm.domain.drafts import Draft
from modules.crm.domain.intake import cut, in_turn, intake_details, marks_of, source_of
from modules.crm.domain.kinds import CONTACT, LEAD, Kind, field_map, kind_named, kinds
from modules.crm.domain.notifying import notify_request
from modules.crm.domain.record import edit_record, write_new
from modules.crm.domain.telling import tell
from modules.crm.models import Activity, Contact, ContactPoint, Pipeline, Record, Stage
from tenants.people.models import User


def intake_targets() -> tuple[IntakeTarget, ...]:
    """What a request from outside can become here, with the fields that may be asked for."""
    lead = IntakeTarget(kind=LEAD.key, title=str(LEAD.title), fields=askable(LEAD))
    return (lead, *(_target(kind) for kind in kinds().values() if _takes_requests(kind)))


def _takes_requests(kind: Kind) -> bool:
    return kind.key == "deal" or bool(kind.type_id)


def _target(kind: Kind) -> IntakeTarget:
    rows = Pipeline.objects.filter(kind=kind.key).order_by("-is_usual", "position", "pk") if kind.staged else ()
    return IntakeTarget(
        kind=kind.key,
        title=str(kind.title),
        pipelines=tuple((row.pk, str(row)) for row in rows),
        fields=(*askable(kind), *askable(CONTACT)),
    )


def accept_request(intake: LeadIntake, *, kind: str, pipeline_id: int | None = None) -> LeadAccepted:
    """Make a record of `kind` of `intake`, with its contact: the one that has this phone or e-mail, else a new one.

    With `intake.join` it is added to the open record that this contact has there already. The same `event_id` gives the
    same record again. Without the pipeline, or where that is gone, it enters the usual one. Raises ReadOnly, NotFound
    where the kind is gone.
    """
    gates.require_writable()
    known = _target_kind(kind)
    try:
        with transaction.atomic():
            if (earlier := _accepted(known, intake)) is not None:
                return earlier
            return _accept(known, intake, pipeline_id)
    except IntegrityError:
        if (earlier := _accepted(known, intake)) is not None:
            return earlier
        raise


def _target_kind(key: str) -> Kind:
    try:
        kind = kind_named(key)
    except NotFound:
        kind = None
    if kind is None or not _takes_requests(kind):
        raise NotFound(_("What this form makes exists no longer. Choose another destination in the form."))
    return kind


def _accepted(kind: Kind, intake: LeadIntake) -> LeadAccepted | None:
    found = Activity.objects.filter(event_id=intake.event_id).first()
    record = getattr(found, kind.link, None) if found is not None else None
    return LeadAccepted(lead=record.ref, created=False, responsible_id=record.responsible_id) if record else None


def _accept(kind: Kind, intake: LeadIntake, pipeline_id: int | None) -> LeadAccepted:
    points = read_points(intake.phones[:10], intake.emails[:10], strict=False)
    contact = _known_contact(points)
    responsible_id = _responsible(contact, intake.responsible_id)
    stage = _stage(kind, pipeline_id)
    record = _open_record(kind, contact, stage) if intake.join and contact is not None else None
    contact = _new_contact(intake, points, responsible_id) if contact is None else _met_again(contact, intake, points)
    joined = record is not None
    if record is None:
        record = _new_record(kind, intake, contact, responsible_id, stage)
    Activity.objects.create(
        **{kind.link: record},
        contact=contact,
        kind=Activity.Kind.INTAKE,
        text=cut(intake.comment, 10_000),
        details=intake_details(intake, _earlier(contact)),
        event_id=intake.event_id,
        created_at=intake.received_at or timezone.now(),
    )
    if record.responsible_id is not None:
        notify_request(record, record.responsible_id, again=joined)
    tell(record, "changed" if joined else "created", SYSTEM)
    return LeadAccepted(lead=record.ref, created=not joined, responsible_id=record.responsible_id)


def _known_contact(points: Sequence[Point]) -> Contact | None:
    values = sorted({point.value for point in points if point.value})
    held = ContactPoint.objects.filter(value__in=values, contact__deleted_at__isnull=True, contact__isnull=False)
    found = held.select_related("contact").order_by("-contact_id").first() if values else None
    return found.contact if found is not None else None


def _responsible(contact: Contact | None, wished: int | None) -> int | None:
    for person_id in (contact.responsible_id if contact is not None else None, wished):
        if person_id is not None and User.objects.active().filter(pk=person_id).exists():
            return person_id
    return in_turn()


def _stage(kind: Kind, pipeline_id: int | None) -> Stage | None:
    if not kind.staged:
        return None
    if pipeline_id is not None:
        rows = Stage.objects.select_related("pipeline").filter(pipeline_id=pipeline_id, pipeline__kind=kind.key)
        if (first := rows.order_by("position", "pk").first()) is not None:
            return first
    return shaping.first_stage(kind)


def _open_record(kind: Kind, contact: Contact, stage: Stage | None) -> Record | None:
    if kind.key != "deal" or stage is None:
        return None
    rows = (
        kind.rows()
        .alive()
        .filter(participants__contact=contact, stage__pipeline_id=stage.pipeline_id, stage__kind=Stage.Kind.OPEN)
    )
    return cast("Record | None", rows.order_by("-created_at", "-pk").first())


def _new_contact(intake: LeadIntake, points: Sequence[Point], responsible_id: int | None) -> Contact:
    items = field_map(CONTACT)
    draft = draft_of(CONTACT, items, intake.values)
    words = cut(intake.person_name, 200).split()
    draft.own |= {
        "first_name": words[0][:100] if words else "",
        "middle_name": " ".join(words[1:-1])[:100],
        "last_name": words[-1][:100] if len(words) > 1 else "",
        "source": source_of(intake),
        "source_detail": cut(intake.source_detail, 200),
    }
    if not words and not points:
        draft.own["first_name"] = cut(intake.source_detail, 100) or str(CONTACT.title)
    draft.points = {name: [p for p in points if f"{p.kind}s" == name] for name in ("phones", "emails")}
    return cast(Contact, _make(CONTACT, Contact(), draft, intake, responsible_id, None))


def _met_again(contact: Contact, intake: LeadIntake, points: Sequence[Point]) -> Contact:
    """Give a known contact the phones and e-mails it lacks, and answers to fields that are empty."""
    known = {point.same for point in points_of(contact)}
    add_points(contact, [point for point in points if point.same not in known])
    items = field_map(CONTACT)
    answered = raw_values(CONTACT, items, intake.values)
    state = shaping.state_of(CONTACT, contact, items) if answered else {}
    for key, value in answered.items():
        if state.get(key) in (None, "", [], {}):
            try:
                contact = edit_record(actor=SYSTEM, record=contact, changes={key: value})
            except Invalid:
                continue
    return contact


def _new_record(
    kind: Kind, intake: LeadIntake, contact: Contact, responsible_id: int | None, stage: Stage | None
) -> Record:
    items = field_map(kind)
    draft = draft_of(kind, items, intake.values)
    record = kind.new()
    if "contacts" in items:
        draft.participants = [contact.pk]
    if "contact_id" in items:
        draft.own["contact_id"] = contact.pk
    if "source" in items:
        draft.own |= {"source": source_of(intake), "source_detail": cut(intake.source_detail, 200)}
    if hasattr(record, "marks"):
        record.marks = marks_of(intake)
    if not draft.own.get(kind.title_field):
        draft.own[kind.title_field] = cut(intake.title, 200) or str(contact)
    return _make(kind, record, draft, intake, responsible_id, stage)


def _make(
    kind: Kind, record: Any, draft: Draft, intake: LeadIntake, responsible_id: int | None, stage: Stage | None
) -> Record:
    record.responsible_id, record.origin = responsible_id, str(intake.origin or "")
    shaping.begin(kind, record, draft, stage=stage, came_from=None)
    write_new(kind, record, draft, field_map(kind))
    audit.record(SYSTEM, f"{kind.link}.create", record.ref, note=cut(intake.source_detail, 200))
    announce_created(record)
    return cast(Record, record)


def _earlier(contact: Contact) -> list[list[str]]:
    rows = Activity.objects.filter(contact=contact, kind=Activity.Kind.INTAKE).order_by("-created_at")[:5]
    return [[row.created_at.isoformat(), str(row.details.get("detail", ""))] for row in rows]
