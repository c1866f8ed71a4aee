"""Plan an activity, and wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid
from infra.ui import formats
from modules.crm.domain.activity import Plan, plan_activity, title_of
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.kinds import Kind
from modules.crm.domain.places import fill, read_text
from modules.crm.domain.rules.acting import Later, Situation
from modules.crm.domain.rules.people import RESPONSIBLE, people_meant, read_people
from modules.crm.domain.rules.steps.base import Step
from modules.crm.domain.rules.triggers import read_span, span_of
from modules.crm.models import Activity, ActivityKind
from modules.crm.models.activity import TO_DO


class PlanActivity(Step):
    key = "activity"
    title = gettext_lazy("plan an activity")
    icon = "calendar-plus"

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """`activity` (call, task, own:3 …), `subject`, how long after now it is due (`amount`, `unit`), for `people`:
        the first of them does it."""
        what = str(raw.get("activity") or "")
        own = {f"own:{pk}" for pk in ActivityKind.objects.filter(archived_at=None).values_list("pk", flat=True)}
        if what not in {*map(str, TO_DO), *own} - {str(Activity.Kind.OWN)}:
            raise Invalid(fields={"activity": [_("Choose one of the list.")]})
        return {
            "activity": what,
            "subject": read_text(kind, raw.get("subject"), "subject", 200),
            **read_span(raw),
            "people": read_people(kind, raw.get("people") or [RESPONSIBLE], "people"),
        }

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """Plan it for the first of the people, for nobody in particular where there is none."""
        people = people_meant(settings["people"], now.record)
        what, _colon, own = settings["activity"].partition(":")
        closed = hidden(people[0], now.kind) if people else ()
        (subject,) = fill(now.kind, now.record, settings["subject"], closed=closed)
        plan = Plan(
            kind=what,
            own_kind_id=int(own) if own else None,
            subject=subject[:200],
            due_at=now.now + span_of(settings),
            responsible_id=people[0].pk if people else None,
        )
        activity = plan_activity(actor=now.actor, record=now.record, plan=plan)
        return _("Planned: %(what)s, %(when)s.") % {
            "what": title_of(activity),
            "when": formats.moment(activity.due_at),
        }


class Wait(Step):
    key = "wait"
    title = gettext_lazy("wait")
    icon = "clock-pause"

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """`amount` and `unit`; `recheck`: go on only if the conditions still hold then."""
        return {**read_span(raw), "recheck": str(raw.get("recheck", True)).lower() in ("true", "on", "1", "yes")}

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """The next step comes later."""
        until = now.now + span_of(settings)
        raise Later(until, _("Waits until %(when)s.") % {"when": formats.moment(until)}, done=True)
