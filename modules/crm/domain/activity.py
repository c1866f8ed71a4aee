"""Verbs on activities: comment, plan, change, complete, take back, remove, pin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor
from infra.kit.errors import Conflict, Denied, Invalid, NotFound
from infra.kit.refs import RecordRef
from modules.crm.domain.access import may_do, require_on, seen
from modules.crm.domain.announcing import announce_done
from modules.crm.domain.files import drop_files, keep_upload
from modules.crm.domain.kinds import kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.mentions import people_mentioned
from modules.crm.domain.notifying import notify_mentioned, notify_planned
from modules.crm.domain.people import active_person
from modules.crm.domain.telling import tell
from modules.crm.models import OWNERS, Activity, ActivityKind, Deal, DealContact, Item, ItemType, Lead, Record
from modules.crm.models.activity import TO_DO

MOST_FILES = 10


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Something to do. `kind` is call, meeting, letter, task, or own with `own_kind_id`. A call goes `out` unless
    `direction` says otherwise; `missed` is one that nobody answered."""

    kind: str
    due_at: datetime | None = None
    subject: str = ""
    text: str = ""
    ends_at: datetime | None = None
    responsible_id: int | None = None
    own_kind_id: int | None = None
    direction: str = ""
    place: str = ""
    important: bool = False
    missed: bool = False


def links_of(record: Record) -> dict[str, int | None]:
    """Whose timelines an activity of `record` belongs to: a deal's is its company's and main contact's too."""
    links: dict[str, int | None] = {record.link: record.pk}
    match record:
        case Deal():
            main = DealContact.objects.filter(deal=record).values_list("contact_id", flat=True).first()
            links |= {"company_id": record.company_id, "contact_id": main}
        case Lead():
            links |= {"company_id": record.company_id, "contact_id": record.contact_id}
        case Item():
            links |= {f"{name}_id": getattr(record, f"{name}_id") for name in ItemType.LINKS}
    return {(name if name.endswith("_id") else f"{name}_id"): pk for name, pk in links.items()}


def comment_on(*, actor: Actor, record: Any, text: str, uploads: Sequence[Any] = ()) -> Activity:
    """Put a comment on the record's timeline, with files; whoever may see the record may.

    `@` and a colleague's name, or `@[12]`, mentions them; who may not see the record is not told (see `unseeing`).
    Raises Denied, Invalid, LimitReached, ReadOnly, NotFound.
    """
    gates.require_writable()
    text = _checked(text, "text")
    if not text and not uploads:
        raise Invalid(fields={"text": [_("Write something first.")]})
    if len(uploads) > MOST_FILES:
        raise Invalid(_("A comment has at most %(most)s files.") % {"most": MOST_FILES})
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("view"), record)
        activity = Activity.objects.create(
            **links_of(record), kind=Activity.Kind.COMMENT, author_id=actor.id, text=text, details=_by(actor)
        )
        for upload in uploads:
            keep_upload(actor=actor, record=record, upload=upload, comment=activity)
        _touch(record, actor)
        told = [person.pk for person in people_mentioned(text) if may_do(person, kind.permission("view"), record)]
        notify_mentioned(record, told, actor)
        tell(record, "commented", actor)
    return activity


def plan_activity(
    *,
    actor: Actor,
    record: Any,
    plan: Plan,
    done: bool = False,
    result: str = "",
    at: datetime | None = None,
    more: Mapping[str, Any] | None = None,
) -> Activity:
    """Plan something to do with `record`, or with `done` put down what was done already, `at` that moment; an own kind
    that is not planned is always put down. `more` are details to keep.

    Whoever may see the record may plan; without a responsible person it is for oneself. Raises Denied, Invalid,
    ReadOnly, NotFound.
    """
    gates.require_writable()
    done = done or _only_put_down(plan)
    values = _values(plan, done=done)
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("view"), record)
        moment = (at or timezone.now()) if done else None
        activity = Activity.objects.create(
            **links_of(record),
            **values,
            author_id=actor.id,
            details={**_by(actor), **({"missed": True} if plan.missed else {}), **(more or {})},
            responsible_id=plan.responsible_id or actor.id,
            done_at=moment,
            done_by_id=actor.id if done else None,
            result=_checked(result, "result", 2_000),
        )
        audit.record(actor, "activity.create", _ref(activity), note=title_of(activity))
        refresh_steps(activity)
        if activity.lead_id is not None:
            _answered(activity.lead_id, timezone.now(), actor)
        if done:
            announce_done(record, activity, actor)
        else:
            notify_planned(record, plan.responsible_id, actor)
        tell(record, "planned", actor)
    return activity


def _only_put_down(plan: Plan) -> bool:
    own = plan.own_kind_id if plan.kind == Activity.Kind.OWN else None
    return own is not None and ActivityKind.objects.filter(pk=own, has_due=False).exists()


def _by(actor: Actor) -> dict[str, str]:
    """Who acts where it is no person: the portal in the name of a rule."""
    return {} if actor.id is not None else {"by": actor.display_name}


def _values(plan: Plan, *, done: bool) -> dict[str, Any]:
    wrong: dict[str, list[str]] = {}
    if plan.kind not in TO_DO:
        wrong["kind"] = [_("Choose one of the list.")]
    if plan.kind == Activity.Kind.OWN and not ActivityKind.objects.filter(pk=plan.own_kind_id or 0).exists():
        wrong["own_kind"] = [_("Choose one of the list.")]
    if plan.due_at is None and not done:
        wrong["due_at"] = [_("Say when.")]
    if plan.due_at and plan.ends_at and plan.ends_at < plan.due_at:
        wrong["ends_at"] = [_("It ends before it begins.")]
    if plan.direction not in ("", *Activity.Direction.values):
        wrong["direction"] = [_("Choose one of the list.")]
    if plan.missed and plan.kind != Activity.Kind.CALL:
        wrong["missed"] = [_("Only a call can be missed.")]
    if wrong:
        raise Invalid(fields=wrong)
    if plan.responsible_id is not None:
        active_person(plan.responsible_id)
    return {
        "kind": plan.kind,
        "own_kind_id": plan.own_kind_id if plan.kind == Activity.Kind.OWN else None,
        "due_at": plan.due_at,
        "ends_at": plan.ends_at,
        "subject": _checked(plan.subject, "subject", 200),
        "text": _checked(plan.text, "text"),
        "direction": plan.direction or (Activity.Direction.OUT if plan.kind == Activity.Kind.CALL else ""),
        "place": _checked(plan.place, "place", 200),
        "important": plan.important,
    }


def _checked(text: str, name: str, longest: int = 10_000) -> str:
    text = text.strip()
    if len(text) > longest:
        raise Invalid(fields={name: [_("At most %(most)s characters.") % {"most": longest}]})
    if "\0" in text:
        raise Invalid(fields={name: [_("This text has characters that cannot be kept.")]})
    return text


def access_activity(actor: Actor, activity_id: int) -> Activity:
    """The activity if `actor` may see a record that it belongs to. Raises NotFound."""
    activity = Activity.objects.select_related("author", "responsible", "own_kind").filter(pk=activity_id).first()
    if activity is None or owner_of(actor, activity) is None:
        raise NotFound
    return activity


def owner_of(actor: Actor, activity: Activity) -> Any:
    """The first of the records that the activity is of which `actor` sees: an item before its deal, lead or client."""
    for name in OWNERS:
        pk = getattr(activity, f"{name}_id")
        record = seen(actor, name, pk) if pk is not None else None
        if record is not None:
            return record
    return None


def edit_activity(*, actor: Actor, activity: Activity, plan: Plan, version: int | None = None) -> Activity:
    """Change what is planned. Raises Conflict, Denied, Invalid, ReadOnly."""
    values = _values(plan, done=activity.done_at is not None)
    if plan.responsible_id is not None:
        values["responsible_id"] = plan.responsible_id
    if plan.missed != activity.missed:
        values["details"] = {**activity.details, "missed": plan.missed}
    return _change(actor, activity, "activity.edit", values, version)


def postpone_activity(*, actor: Actor, activity: Activity, due_at: datetime | None) -> Activity:
    """Plan it for another time; it keeps its length. Raises Denied, Invalid, ReadOnly."""
    if due_at is None:
        raise Invalid(fields={"due_at": [_("Say when.")]})
    values: dict[str, Any] = {"due_at": due_at}
    if activity.ends_at is not None and activity.due_at is not None:
        values["ends_at"] = due_at + (activity.ends_at - activity.due_at)
    return _change(actor, activity, "activity.edit", values, None)


def hand_over_activity(*, actor: Actor, activity: Activity, person_id: int) -> Activity:
    """Let another person do it, and tell them. Raises Denied, Invalid, ReadOnly."""
    person = active_person(person_id)
    with transaction.atomic():
        changed = _change(actor, activity, "activity.edit", {"responsible_id": person.pk}, None)
        record = owner_of(SYSTEM, changed)
        if record is not None:
            notify_planned(record, person.pk, actor)
    return changed


def complete_activity(*, actor: Actor, activity: Activity, result: str = "", version: int | None = None) -> Activity:
    """Mark as done; doing it twice is no change. Raises Conflict, Denied, Invalid, ReadOnly."""
    if activity.done_at is not None:
        return activity
    values = {"done_at": timezone.now(), "done_by_id": actor.id, "result": _checked(result, "result", 2_000)}
    with transaction.atomic():
        changed = _change(actor, activity, "activity.done", values, version)
        record = owner_of(SYSTEM, changed)
        if record is not None:
            announce_done(record, changed, actor)
    return changed


def reopen_activity(*, actor: Actor, activity: Activity) -> Activity:
    """Take back that it was done. Raises Denied, Invalid, ReadOnly."""
    if activity.due_at is None:
        raise Invalid(fields={"due_at": [_("Say when.")]})
    return _change(actor, activity, "activity.reopen", {"done_at": None, "done_by_id": None, "result": ""}, None)


def _change(actor: Actor, activity: Activity, action: str, values: dict[str, Any], version: int | None) -> Activity:
    gates.require_writable()
    _require_own(actor, activity)
    with transaction.atomic():
        rows = Activity.objects.select_for_update(of=("self",)).select_related("own_kind", "author", "responsible")
        fresh = rows.filter(pk=activity.pk).first()
        if fresh is None:
            raise NotFound
        if version is not None and fresh.version != version:
            raise Conflict(current_version=fresh.version)
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.save()
        audit.record(actor, action, _ref(fresh), note=title_of(fresh))
        refresh_steps(fresh)
        if fresh.lead_id is not None:
            _answered(fresh.lead_id, timezone.now(), actor)
        tell_all(fresh, "planned", actor)
    return fresh


def _require_own(actor: Actor, activity: Activity) -> None:
    """Whose it is, who wrote it, and who may edit its record may change it."""
    if actor.id is not None and actor.id in (activity.author_id, activity.responsible_id):
        return
    record = owner_of(actor, activity)
    if record is None or not may_do(actor, kind_of(record).permission("edit"), record):
        raise Denied(_("Only who planned it, does it, or may edit the record can change it."))


def delete_activity(*, actor: Actor, activity: Activity) -> None:
    """Remove a comment or something planned; what came in from outside stays. Raises Denied, ReadOnly."""
    gates.require_writable()
    if activity.kind == Activity.Kind.INTAKE:
        raise Denied(_("What came in from outside cannot be removed."))
    _require_own(actor, activity)
    with transaction.atomic():
        audit.record(actor, "activity.delete", _ref(activity), note=title_of(activity))
        tell_all(activity, "planned", actor)
        drop_files(activity.files.all())
        Activity.objects.filter(pk=activity.pk).delete()
        refresh_steps(activity)


def pin_activity(*, actor: Actor, activity: Activity, pinned: bool) -> Activity:
    """Keep an entry at the top of the timeline, or no longer. Raises Denied, ReadOnly."""
    gates.require_writable()
    record = owner_of(actor, activity)
    if record is None:
        raise NotFound
    with transaction.atomic():
        activity.pinned_at = timezone.now() if pinned else None
        activity.save(update_fields=["pinned_at"])
        tell_all(activity, "commented", actor)
    return activity


def refresh_steps(activity: Activity) -> None:
    """Bring `next_step_at` of the records that `activity` belongs to up to date."""
    for name, model in OWNERS.items():
        pk = getattr(activity, f"{name}_id")
        if pk is not None:
            due = Activity.objects.filter(**{f"{name}_id": pk}, done_at__isnull=True, due_at__isnull=False)
            soonest = due.aggregate(at=Min("due_at"))["at"]
            model.objects.filter(pk=pk).update(next_step_at=soonest, last_activity_at=timezone.now())


def _touch(record: Record, actor: Actor) -> None:
    now = timezone.now()
    type(record).objects.filter(pk=record.pk).update(last_activity_at=now)
    if isinstance(record, Lead):
        _answered(record.pk, now, actor)


def _answered(lead_id: int, moment: datetime, actor: Actor) -> None:
    if actor.id is not None:
        Lead.objects.filter(pk=lead_id, answered_at__isnull=True).update(answered_at=moment)


def tell_all(activity: Activity, what: str, actor: Actor) -> None:
    """Say on every record of `activity` that something about it has changed."""
    for name in OWNERS:
        record = getattr(activity, name)
        if record is not None:
            tell(record, what, actor)


def title_of(activity: Activity) -> str:
    """What the activity is called: its subject, else its kind."""
    return activity.subject or kind_title(activity)


def kind_title(activity: Activity) -> str:
    """The kind in words."""
    return activity.own_kind.name if activity.own_kind is not None else str(Activity.Kind(activity.kind).label)


def _ref(activity: Activity) -> RecordRef:
    for name in OWNERS:
        if (pk := getattr(activity, f"{name}_id")) is not None:
            return RecordRef("crm", name, pk)
    raise ValueError("an activity of nothing")
