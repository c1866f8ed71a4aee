"""Who is told of what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from infra.kit.access import SYSTEM, Actor
from infra.ui.notifications import notify
from modules.crm.domain.access import reached
from modules.crm.domain.kinds import kind_of
from modules.crm.models import QuoteStatus, Record
from tenants.people.models import User

_WATCHED = "eye"
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


def notify_all_assigned(records: Sequence[Record], by: Actor) -> None:
    """Tell everybody whom `by` gave any of `records`, of one kind; of several in one line."""
    own: dict[int, list[Record]] = {}
    for record in records:
        if record.responsible is not None and record.responsible.pk != by.id:
            own.setdefault(record.responsible.pk, []).append(record)
    for pk, mine in own.items():
        if len(mine) == 1:
            _tell(by, [pk], _GIVEN[mine[0].link], mine[0], "user-check")
            continue
        kind = kind_of(mine[0])
        words = {"who": by.display_name, "count": len(mine), "kind": kind.plural}
        text = format_lazy(_("{who} gave you {count} records: {kind}"), **words)
        notify(actor=by, person_ids=[pk], text=text, url=f"{kind.url()}?responsible={pk}", icon="user-check")


def notify_mentioned(record: Record, person_ids: Sequence[int], by: Actor) -> None:
    """Tell these people that they are mentioned in a comment."""
    _tell(by, [pk for pk in person_ids if pk != by.id], _("{who} mentioned you in “{title}”"), record, "at")


def notify_planned(record: Record, person_id: int | None, by: Actor) -> None:
    """Tell that person that somebody else planned something for them."""
    if person_id is not None and person_id != by.id:
        _tell(by, [person_id], _("{who} planned an activity for you in “{title}”"), record, "calendar-event")


_HEARD = {
    "changed": _("{who} changed “{title}”"),
    "moved": _("{who} took “{title}” to “{stage}”"),
    "assigned": _("{who} gave “{title}” to {person}"),
    "commented": _("{who} commented on “{title}”"),
    "deleted": _("{who} put “{title}” into the trash"),
}


def notify_watching(record: Record, person_ids: Collection[int], by: Actor) -> None:
    """Tell these people that somebody else made them watch the record."""
    told = _seen_by([record], set(person_ids) - {by.id})
    _tell(by, list(told), _("{who} asks you to watch “{title}”"), record, _WATCHED)


def notify_watchers(records: Sequence[Record], what: str, by: Actor, besides: Collection[int] = ()) -> None:
    """Tell those who watch any of `records`, of one kind, what `by` did: changed, moved, assigned, commented, deleted.

    Whoever watches several of them gets one line for all; one unread line about a record gives way to the next.
    """
    watched = [record for record in records if record.watchers] if what in _HEARD else []
    people = {pk for record in watched for pk in record.watchers} - {by.id, *besides}
    alone: dict[int, list[int]] = {}
    for pk, seen in _seen_by(watched, people).items():
        mine = [record for record in watched if record.pk in seen and pk in record.watchers]
        if len(mine) == 1:
            alone.setdefault(mine[0].pk, []).append(pk)
        elif mine:
            _tell_of_many(pk, mine[0], len(mine), by)
    for record in watched:
        words = {"stage": str(getattr(record, "stage", "") or ""), "person": str(record.responsible or "—")}
        _tell(by, alone.get(record.pk, []), _HEARD[what], record, _WATCHED, words)


def _tell_of_many(person_id: int, first: Record, count: int, by: Actor) -> None:
    kind = kind_of(first)
    text = format_lazy(_("{who} changed {count} records that you watch"), who=by.display_name, count=count)
    url = f"{kind.url()}?watchers={person_id}"
    notify(actor=by, person_ids=[person_id], text=text, url=url, icon=_WATCHED)


def _seen_by(records: Sequence[Record], person_ids: Collection[int]) -> dict[int, set[int]]:
    """Those of `records`, of one kind, that each of the people sees, also in the trash; who sees none is left out."""
    if not records or not person_ids:
        return {}
    kind = kind_of(records[0])
    rows = kind.rows().filter(pk__in=[record.pk for record in records])
    people = User.objects.active().select_related("role").filter(pk__in=person_ids)
    found = {person.pk: set(reached(rows, person, kind, "view").values_list("pk", flat=True)) for person in people}
    return {pk: ids for pk, ids in found.items() if ids}


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


def _tell(
    by: Actor,
    person_ids: Sequence[int],
    text: Any,
    record: Record,
    icon: str,
    words: Mapping[str, str] | None = None,
) -> None:
    if person_ids:
        notify(
            actor=by,
            person_ids=list(person_ids),
            text=format_lazy(text, who=by.display_name, title=str(record), **(words or {})),
            ref=record.ref,
            url=record_url(record),
            icon=icon,
            latest=icon == _WATCHED,
        )


def record_url(record: Record) -> str:
    """The address of the record's card."""
    return kind_of(record).url("card", record.pk)
