"""A lead's timeline: comments, what came in, and its history from the audit log, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra import audit
from infra.kit.errors import Text
from infra.ui.timeline import TimelineEntry
from modules.crm.domain.queries import activities_of
from modules.crm.models import Activity, Lead

_SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class _Deed:
    text: Text
    icon: str


_DEEDS = {
    "lead.create": _Deed(text=gettext_lazy("created the lead"), icon="plus"),
    "lead.edit": _Deed(text=gettext_lazy("changed the lead"), icon="pencil"),
    "lead.move": _Deed(text=gettext_lazy("moved the lead"), icon="arrow-right"),
    "lead.assign": _Deed(text=gettext_lazy("handed the lead over"), icon="user-check"),
    "lead.delete": _Deed(text=gettext_lazy("put the lead into the trash"), icon="trash"),
    "lead.restore": _Deed(text=gettext_lazy("took the lead out of the trash"), icon="arrow-back-up"),
}
_CONTACTS = gettext_lazy("phones and e-mails")


def timeline_of(lead: Lead) -> list[TimelineEntry]:
    """The newest entries of `lead`."""
    entries = [_of_activity(activity) for activity in activities_of(lead, _SHOWN)]
    entries += [_of_audit(entry) for entry in audit.history(lead.ref, limit=_SHOWN)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:_SHOWN]


def _of_activity(activity: Activity) -> TimelineEntry:
    if activity.kind == Activity.Kind.COMMENT:
        return TimelineEntry(
            at=activity.created_at,
            who=activity.author.display_name if activity.author else _("A former colleague"),
            person=activity.author,
            icon="message",
            text=_("commented"),
            body=activity.text,
        )
    details = activity.details
    text = _("came in from “%(place)s”") % {"place": details["detail"]} if details.get("detail") else _("came in")
    return TimelineEntry(
        at=activity.created_at,
        who=_("Lead"),
        icon="inbox",
        text=text,
        body=activity.text,
        html_slot=SafeString(render_to_string("crm/parts/answers.html", {"answers": details.get("answers", [])})),
    )


def _of_audit(entry: Any) -> TimelineEntry:
    deed = _DEEDS.get(entry.action) or _Deed(text=entry.action, icon="point")
    changes = [(label_of(name), old, new) for name, (old, new) in _plain(entry.changes).items()]
    return TimelineEntry(
        at=entry.at,
        who=_("Portal") if entry.actor_id is None else entry.actor_name,
        icon=deed.icon,
        text=deed.text,
        html_slot=SafeString(render_to_string("crm/parts/changes.html", {"changes": changes})),
    )


def label_of(name: str) -> str:
    """A field's name for people."""
    if name == "contacts":
        return str(_CONTACTS)
    return str(getattr(Lead._meta.get_field(name), "verbose_name", name))


def _plain(changes: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {name: (_text(old), _text(new)) for name, (old, new) in changes.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
