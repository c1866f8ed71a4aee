"""Hand the record over: in turn, to whoever has least to do, among those who work now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid, Text
from modules.crm.domain.kinds import Kind
from modules.crm.domain.record import assign_record
from modules.crm.domain.rules.acting import Later, Passed, Situation
from modules.crm.domain.rules.people import people_meant, read_people
from modules.crm.domain.rules.steps.base import Step
from modules.crm.domain.rules.triggers import read_clock
from modules.crm.domain.rules.zone import zone
from modules.crm.models import Activity, Rule
from tenants.people.models import User

TURN, LEAST = "turn", "least"
WAYS: Mapping[str, Text] = {TURN: gettext_lazy("in turn"), LEAST: gettext_lazy("who has least in work")}
_COUNTED = 5_000


class Assign(Step):
    key = "assign"
    title = gettext_lazy("hand it over")
    icon = "user-check"

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """`people`, `way` (turn or least); with `hours` only who works then: `from`, `to`, `days` (0 is Monday)."""
        way = str(raw.get("way") or TURN)
        if way not in WAYS:
            raise Invalid(fields={"way": [_("Choose one of the list.")]})
        settings: dict[str, Any] = {"people": read_people(kind, raw.get("people"), "people"), "way": way}
        if str(raw.get("hours")).lower() in ("true", "on", "1", "yes"):
            begin, end = read_clock("from", raw.get("from") or "09:00"), read_clock("to", raw.get("to") or "18:00")
            days = sorted({str(day) for day in raw.get("days") or ["0", "1", "2", "3", "4"]})
            if end <= begin:
                raise Invalid(fields={"to": [_("It ends before it begins.")]})
            if set(days) - set("0123456"):
                raise Invalid(fields={"days": [_("Choose one of the list.")]})
            settings |= {"hours": True, "from": begin, "to": end, "days": [int(day) for day in days]}
        return settings

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """To one of the people; where nobody works now, later."""
        people = people_meant(settings["people"], now.record)
        if not people:
            raise Passed(_("Nobody active to hand it over to."))
        if settings.get("hours"):
            here = [person for person in people if works_at(person, now.now, settings)]
            if not here:
                soonest = min(begins_after(person, now.now, settings) for person in people)
                raise Later(soonest, _("Nobody works now; it waits."), done=False)
            people = here
        person = least_busy(now.kind, people) if settings["way"] == LEAST else _in_turn(now, people)
        assign_record(actor=now.actor, record=now.record, responsible_id=person.pk)
        return _("Handed over to %(who)s.") % {"who": person.display_name}


def works_at(person: User, moment: datetime, hours: Mapping[str, Any]) -> bool:
    """Whether `moment` lies in the hours, by the person's own clock (the portal's, where they have none)."""
    local = moment.astimezone(person.tzinfo or zone())
    return local.weekday() in hours["days"] and hours["from"] <= local.strftime("%H:%M") < hours["to"]


def begins_after(person: User, moment: datetime, hours: Mapping[str, Any]) -> datetime:
    """When the person's next working time begins, after `moment`."""
    local = moment.astimezone(person.tzinfo or zone())
    hour, minute = map(int, hours["from"].split(":"))
    for ahead in range(8):
        begin = (local + timedelta(days=ahead)).replace(hour=hour, minute=minute, second=0, microsecond=0)
        if begin > local and begin.weekday() in hours["days"]:
            return begin
    raise ValueError("no working day in a week")


def _in_turn(now: Situation, people: Sequence[User]) -> User:
    """The one after whoever this step gave the last record to, in the order of ids."""
    order = sorted(people, key=lambda person: person.pk)
    rule = Rule.objects.select_for_update().get(pk=now.rule.pk)
    last = rule.turns.get(str(now.place), 0)
    person = next((one for one in order if one.pk > last), order[0])
    Rule.objects.filter(pk=rule.pk).update(turns={**rule.turns, str(now.place): person.pk})
    return person


def least_busy(kind: Kind, people: Sequence[User]) -> User:
    """Who has the fewest open records of `kind`, then the fewest activities to do; the first of equals by id."""

    def load(person: User) -> tuple[int, int, int]:
        rows = kind.rows().alive().filter(responsible_id=person.pk)
        if kind.staged:
            rows = rows.filter(closed_at__isnull=True)
        to_do = Activity.objects.filter(responsible_id=person.pk, done_at__isnull=True, due_at__isnull=False)
        return rows.order_by()[:_COUNTED].count(), to_do[:_COUNTED].count(), person.pk

    return min(people, key=load)
