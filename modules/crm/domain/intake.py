"""Leads that come from outside: taken once, kept whole, given to somebody."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from infra import audit
from infra.db.gathering import gathered, insert
from infra.db.prepared import Prepared
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.refs import RecordRef
from modules.crm.contracts import LeadAccepted, LeadIntake
from modules.crm.domain.announcing import announce_created
from modules.crm.domain.answers import fill
from modules.crm.domain.contact_points import read_points
from modules.crm.domain.duplicates import newest_holders, refs
from modules.crm.domain.kinds import LEAD
from modules.crm.domain.lead import NewLead, build_lead
from modules.crm.domain.notifying import notify_new_lead, notify_request
from modules.crm.domain.telling import tell
from modules.crm.models import Activity, Lead, RotationMember, Source, Stage
from tenants.people.models import Role, User

_LONGEST = {"title": 200, "person_name": 200, "company_name": 200, "source_detail": 200, "comment": 10_000}
_MARK_LENGTH, _MOST_MARKS = 1_000, 20


def accept_lead(intake: LeadIntake) -> LeadAccepted:
    """Make a lead of `intake` and tell whoever is responsible; the same `event_id` gives the same lead again.

    What a visitor typed is never refused for its form: too long texts are cut on the lead (the timeline keeps the
    whole), phones and e-mails that are none stay as typed. Raises ReadOnly while the portal takes no writes.
    """
    gates.require_writable()
    try:
        # Answers to fields are written with what the lead has already, so that must be there. An event that was never
        # handed over before makes no second lead: what refuses it then needs no savepoint of its own.
        with transaction.atomic(savepoint=not intake.first), nullcontext() if intake.values else gathered():
            return _accept(intake)
    except IntegrityError:
        if intake.first:
            raise
        # The constraint refuses a second intake of one event: rarer than to be worth a look before every first one.
        if (known := _accepted(intake)) is not None:
            return known
        raise


def _accepted(intake: LeadIntake) -> LeadAccepted | None:
    activities = Activity.objects.filter(event_id=intake.event_id).values_list("lead_id", "lead__responsible_id")
    found = activities.first()
    if found is None:
        return None
    lead_id, responsible_id = found
    return LeadAccepted(lead=RecordRef("crm", "lead", lead_id), created=False, responsible_id=responsible_id)


def _accept(intake: LeadIntake) -> LeadAccepted:
    points = read_points(intake.phones[:10], intake.emails[:10], strict=False)
    twins = newest_holders([point.value for point in points])
    if intake.join and (open_lead := _open_lead(twins)) is not None:
        return _join(intake, open_lead, twins)
    responsible_id = _responsible_for(twins, intake.responsible_id)
    texts = {name: cut(getattr(intake, name), longest) for name, longest in _LONGEST.items()}
    if not any((texts["title"], texts["person_name"], texts["company_name"], points)):
        texts["title"] = texts["source_detail"] or str(Source(source_of(intake)).label)
    new = NewLead(
        title=texts["title"],
        person_name=texts["person_name"],
        company_name=texts["company_name"],
        source_detail=texts["source_detail"],
        comment=texts["comment"],
        phones=[point for point in points if point.kind == "phone"],
        emails=[point for point in points if point.kind == "email"],
        source=source_of(intake),
        marks=marks_of(intake),
        origin=intake.origin,
    )
    lead, _points = build_lead(new, responsible_id=responsible_id)
    _put_down(intake, lead, twins)
    if intake.values:
        fill(LEAD, lead, intake.values)
    audit.record(SYSTEM, "lead.create", lead.ref, note=texts["source_detail"])
    announce_created(lead, intake.origin)
    if responsible_id is not None:
        notify_new_lead(lead, responsible_id)
    tell(lead, "created", SYSTEM)
    return LeadAccepted(
        lead=lead.ref,
        created=True,
        responsible_id=lead.responsible_id,
        duplicates=refs(twins),
    )


def _open_lead(twins: list[Lead]) -> Lead | None:
    """The newest of `twins` that is still worked on."""
    if not twins:
        return None
    opened = Lead.objects.filter(pk__in=[lead.pk for lead in twins], stage__kind=Stage.Kind.OPEN, converted_at=None)
    return opened.order_by("-created_at", "-pk").first()


def _join(intake: LeadIntake, lead: Lead, twins: list[Lead]) -> LeadAccepted:
    """Put what came in on the timeline of a lead that is open already."""
    _put_down(intake, lead, twins)
    if lead.responsible_id is not None:
        notify_request(lead, lead.responsible_id, again=True)
    tell(lead, "changed", SYSTEM)
    return LeadAccepted(lead=lead.ref, created=False, responsible_id=lead.responsible_id, duplicates=refs(twins))


def _put_down(intake: LeadIntake, lead: Lead, twins: list[Lead]) -> None:
    insert(
        Activity(
            lead=lead,
            kind=Activity.Kind.INTAKE,
            text=cut(intake.comment, 10_000),
            details=intake_details(intake, _earlier(twins)),
            event_id=intake.event_id,
            created_at=intake.received_at or timezone.now(),
        )
    )


def intake_details(intake: LeadIntake, earlier: list[list[str]]) -> dict[str, Any]:
    """What the timeline keeps of an intake; `earlier` are (moment, source) of what the same person sent before."""
    details: dict[str, Any] = {
        "answers": [[cut(label, 200), cut(value, 5_000)] for label, value in intake.answers[:100]],
        "detail": cut(intake.source_detail, 200),
        "origin": str(intake.origin or ""),
    }
    visits = [[cut(moment, 40), cut(path, 200)] for moment, path in intake.visits[-30:]]
    return details | ({"visits": visits} if visits else {}) | ({"earlier": earlier} if earlier else {})


def marks_of(intake: LeadIntake) -> dict[str, str]:
    """The marks of the visit, cut to what is kept."""
    return {cut(k, 50): cut(v, _MARK_LENGTH) for k, v in list(intake.marks.items())[:_MOST_MARKS]}


def _earlier(twins: list[Lead]) -> list[list[str]]:
    if not twins:
        return []
    rows = Activity.objects.filter(lead__in=twins, kind=Activity.Kind.INTAKE).order_by("-created_at")[:5]
    return [[row.created_at.isoformat(), str(row.details.get("detail", ""))] for row in rows]


def _responsible_for(twins: list[Lead], wished: int | None) -> int | None:
    """Whoever works with this customer already; else whom the source names; else who waited longest in the rotation;
    else an owner."""
    known = [lead.responsible_id for lead in twins if lead.responsible_id is not None][:1]
    for person_id in [*known, *([wished] if wished is not None else [])]:
        if User.objects.active().filter(pk=person_id).exists():
            return person_id
    return in_turn()


def _candidate() -> QuerySet[User, Any]:
    """Whoever may take a lead, those who take turns first."""
    people = User.objects.active().annotate(takes_turns=Exists(RotationMember.objects.filter(person=OuterRef("pk"))))
    found = people.filter(Q(takes_turns=True) | Q(role__base=Role.Base.OWNER)).order_by("-takes_turns", "pk")
    rows: QuerySet[User, Any] = found.values_list("pk", "takes_turns")[:1]
    return rows


_CANDIDATE = Prepared(_candidate)


def in_turn() -> int | None:
    """Who waited longest in the rotation; one of it where all are locked by leads that come in at this very moment;
    an owner where nobody takes turns."""
    found = next(iter(_CANDIDATE.rows()), None)
    if found is None:
        return None
    person_id, takes_turns = found
    return (takes_turns and _next_in_rotation()) or int(person_id)


def _next_in_rotation() -> int | None:
    found = (
        RotationMember.objects.filter(person__is_active=True)
        .select_for_update(of=("self",), skip_locked=True)
        .order_by(F("last_lead_at").asc(nulls_first=True), "id")
        .values_list("pk", "person_id")
        .first()
    )
    if found is None:
        return None
    member_id, person_id = found
    RotationMember.objects.filter(pk=member_id).update(last_lead_at=timezone.now())
    return int(person_id)


def source_of(intake: LeadIntake) -> str:
    """The source of an intake as one of ours."""
    return intake.source if intake.source in Source.values else str(Source.OTHER)


def cut(text: str, longest: int) -> str:
    """`text` at most that long, an ellipsis where something is left out."""
    text = str(text).replace("\0", "").strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def origin_of(lead: Lead) -> RecordRef | None:
    """The foreign record that the lead came from, None for leads made by hand."""
    return RecordRef.parse(lead.origin) if lead.origin else None
