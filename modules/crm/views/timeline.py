"""A record's timeline: comments, what came in, what was done, and its history from the audit log, newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from infra import audit
from infra.kit.access import SYSTEM, Actor, may
from infra.kit.errors import Text
from infra.ui.timeline import TimelineEntry
from modules.crm.domain.access import visible
from modules.crm.domain.activity import kind_title
from modules.crm.domain.field_rights import hidden, sees_sums
from modules.crm.domain.kinds import DEAL, Kind, field_map, kind_of
from modules.crm.domain.mentions import with_names
from modules.crm.domain.posting import fate_of
from modules.crm.domain.queries import activities_of, pinned_of
from modules.crm.domain.rules.triggers import way_of
from modules.crm.models import Activity, InvoiceStatus, QuoteStatus, Record
from modules.crm.models.pipeline import PRESET_NAMES

_SHOWN = 100
_DEEDS: Mapping[str, tuple[Text, str]] = {
    "create": (gettext_lazy("created the record"), "plus"),
    "edit": (gettext_lazy("changed the record"), "pencil"),
    "move": (gettext_lazy("moved the record"), "arrow-right"),
    "assign": (gettext_lazy("handed the record over"), "user-check"),
    "delete": (gettext_lazy("put the record into the trash"), "trash"),
    "restore": (gettext_lazy("took the record out of the trash"), "arrow-back-up"),
    "convert": (gettext_lazy("converted the lead"), "arrows-exchange"),
    "merge": (gettext_lazy("merged duplicates into this record"), "arrows-join"),
    "unmerge": (gettext_lazy("took the merge back"), "arrows-split"),
    "set": (gettext_lazy("changed the requisites"), "building-bank"),
    "notify": (gettext_lazy("notified colleagues"), "bell"),
}
_SELLING: Mapping[str, tuple[Text, str]] = {
    "rows": (gettext_lazy("changed the products"), "package"),
    "quote": (gettext_lazy("made a quote"), "file-text"),
    "invoice": (gettext_lazy("made an invoice"), "file-invoice"),
    "status": (gettext_lazy("changed the status"), "arrow-right"),
    "answer": (gettext_lazy("has the client's answer"), "signature"),
    "issue": (gettext_lazy("issued the invoice"), "rubber-stamp"),
    "send": (gettext_lazy("sent it by mail"), "mail"),
    "link": (gettext_lazy("changed the link for the client"), "link"),
    "pay": (gettext_lazy("entered a payment"), "cash"),
    "unpay": (gettext_lazy("took a payment back"), "arrow-back-up"),
    "prices": (gettext_lazy("changed the prices"), "tag"),
    "picture": (gettext_lazy("changed the picture"), "photo"),
    "hold": (gettext_lazy("changed what is reserved"), "package"),
    "again": (gettext_lazy("sent the letter again"), "mail"),
    "done": (gettext_lazy("finished the goods"), "truck-delivery"),
    "make": (gettext_lazy("made it again by itself"), "repeat"),
    "stop": (gettext_lazy("stopped the repetition"), "repeat-off"),
}
_NOTED = frozenset({"rule.notify"})
_QUIET = frozenset({"activity.create", "activity.edit", "activity.done", "activity.reopen", "activity.delete"})
_CALLS: Mapping[str, Text] = {
    "in": gettext_lazy("Incoming call"),
    "out": gettext_lazy("Outgoing call"),
    "missed": gettext_lazy("Missed call"),
}
ICONS = {"call": "phone", "meeting": "users", "letter": "mail", "task": "checkbox", "own": "star"}


def timeline_of(
    actor: Actor, record: Record, before: datetime | None = None
) -> tuple[list[TimelineEntry], datetime | None]:
    """The newest entries of `record`, pinned ones first, or those `before` a moment; and the moment before which there
    are more, None where there are none."""
    found = activities_of(record, _SHOWN + 1, before)
    pinned = pinned_of(record) if before is None else []
    kind = kind_of(record)
    items, closed = field_map(kind), hidden(actor, kind)
    activities = _of_activities(actor, kind, [*pinned, *found], closed)
    head, entries = activities[: len(pinned)], activities[len(pinned) :]
    if not sees_sums(actor, kind):
        closed |= _SUMS
    labels = {key: str(item.title) for key, item in items.items()}
    after = None if before is None else (before, 0)  # all ids are above: nothing of that very moment
    entries += [
        _of_audit(entry, labels, closed)
        for entry in audit.history(record.ref, after=after, limit=_SHOWN + 1, besides=_QUIET)
    ]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    more = entries[_SHOWN - 1].at if len(entries) > _SHOWN else None
    shown = entries if more is None else [entry for entry in entries if entry.at >= more]
    return [*head, *shown], more


def _of_activities(actor: Actor, kind: Kind, found: Sequence[Activity], closed: Collection[str]) -> list[TimelineEntry]:
    texts = with_names([activity.text for activity in found])
    deals = _deals(actor, found) if kind is not DEAL else {}
    return [
        _of_activity(activity, text, deals.get(activity.deal_id or 0), closed)
        for activity, text in zip(found, texts, strict=True)
    ]


def _deals(actor: Actor, found: Sequence[Activity]) -> dict[int, Any]:
    """The deals that entries on another card are of, as far as the person sees them."""
    ids = {activity.deal_id for activity in found if activity.deal_id is not None}
    if not ids or not may(actor, DEAL.permission("view")):
        return {}
    return {deal.pk: deal for deal in visible(actor, DEAL).filter(pk__in=ids).only("id", "title")}


def _of_activity(activity: Activity, text: str, about: Any, closed: Collection[str]) -> TimelineEntry:
    who = activity.author.display_name if activity.author else activity.details.get("by") or _("A former colleague")
    slot = SafeString(
        render_to_string(
            "crm/parts/entry.html",
            {"activity": activity, "about": about, "letter": fate_of(activity, named="emails" not in closed)},
        )
    )
    match activity.kind:
        case Activity.Kind.COMMENT:
            return TimelineEntry(
                at=activity.created_at,
                who=who,
                person=activity.author,
                icon="message",
                text=_("commented"),
                body=text,
                html_slot=slot,
            )
        case Activity.Kind.INTAKE:
            return _of_intake(activity, whole=not closed)
    title = str(_CALLS.get(way_of(activity.direction, activity.missed), "")) if activity.kind == "call" else ""
    title = title or kind_title(activity)
    about = f"{title}: {activity.subject}" if activity.subject else title
    body = "\n".join(part for part in (text, activity.result) if part)
    return TimelineEntry(
        at=activity.done_at or activity.created_at,
        who=who,
        person=activity.author,
        icon="phone-x" if activity.missed else _icon(activity),
        text=about,
        body=body,
        html_slot=slot,
    )


def _icon(activity: Activity) -> str:
    return activity.own_kind.icon if activity.own_kind else ICONS.get(activity.kind, "star")


def _of_intake(activity: Activity, *, whole: bool) -> TimelineEntry:
    """What a client sent; to whom a field is hidden not the answers, which may be what stands in it."""
    details = activity.details
    text = _("came in from “%(place)s”") % {"place": details["detail"]} if details.get("detail") else _("came in")
    shown = {
        "answers": details.get("answers", []) if whole else [],
        "visits": [(parse_datetime(moment), path) for moment, path in details.get("visits", [])],
        "earlier": [(parse_datetime(moment), place) for moment, place in details.get("earlier", [])],
    }
    return TimelineEntry(
        at=activity.created_at,
        who=_("Lead") if activity.lead_id is not None else pgettext("what a customer sends", "Request"),
        icon="inbox",
        text=text,
        body=activity.text if whole else "",
        html_slot=SafeString(render_to_string("crm/parts/answers.html", shown)),
    )


def _of_audit(entry: Any, labels: Mapping[str, str], closed: set[str]) -> TimelineEntry:
    deed = entry.action.rpartition(".")[2]
    text, icon = _DEEDS.get(deed) or _SELLING.get(deed) or (entry.action, "point")
    if entry.action == "recurrence.set":
        text, icon = _("has it repeat by itself"), "repeat"
    changes = [
        (labels.get(name, _WORDS.get(name, name)), _said(name, old), _said(name, new))
        for name, (old, new) in entry.changes.items()
        if name not in closed
    ]
    return TimelineEntry(
        at=entry.at,
        who=_("Portal") if entry.actor_name == SYSTEM.display_name else entry.actor_name,
        icon=icon,
        text=text,
        body=entry.note if entry.action in _NOTED and not closed else "",
        html_slot=SafeString(render_to_string("crm/parts/changes.html", {"changes": changes})),
    )


# Changes that tell what rows of products come to.
_SUMS = frozenset({"rows", "payment", "paid", "pay"})
_WORDS: Mapping[str, Text] = {
    "stage": gettext_lazy("stage"),
    "account": gettext_lazy("bank account"),
    "responsible": gettext_lazy("responsible"),
    "contacts": gettext_lazy("phones and e-mails"),
    "rows": gettext_lazy("products"),
    "payment": gettext_lazy("payment"),
    "link": gettext_lazy("link"),
    "answered_by": gettext_lazy("answered by"),
    "note": gettext_lazy("note"),
    "quote": gettext_lazy("quote"),
    "invoice": gettext_lazy("invoice"),
    "reserved": gettext_lazy("goods are reserved"),
    "repeats": gettext_lazy("repeats"),
    "to": gettext_lazy("letter to"),
    "from": gettext_lazy("after the pattern of"),
    "picture": gettext_lazy("picture"),
}


# Stages and states that we named.
_OURS: Mapping[str, list[Text]] = {
    "stage": [*PRESET_NAMES.values()],
    "status": [label for words in (QuoteStatus, InvoiceStatus) for _value, label in words.choices],
}


def _said(name: str, value: Any) -> str:
    """A value of the audit log. Names that are ours were written in the language of whoever did it, and are shown in
    the reader's."""
    ours, text = _OURS.get(name, []), _text(value)
    if not text or any(text == str(one) for one in ours):
        return text
    for language in settings.LANGUAGES_OFFERED if ours else ():
        with translation.override(language):
            found = next((one for one in ours if text == str(one)), None)
        if found is not None:
            return str(found)
    return text


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
