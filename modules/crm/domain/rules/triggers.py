"""What starts a rule: something that happens to a record, or time that goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.utils.dateparse import parse_time
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid, Text
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.kinds import Kind, field_map
from modules.crm.models import Activity, ActivityKind, Stage
from modules.crm.models.activity import TO_DO

CREATED, FORM, CHANGED, STAGE, ASSIGNED, ACTIVITY = "created", "form", "changed", "stage", "assigned", "activity"
CALL = "call"
STAYS, QUIET, DAY = "stays", "quiet", "day"
UNITS: Mapping[str, tuple[Text, timedelta]] = {
    "minutes": (gettext_lazy("minutes"), timedelta(minutes=1)),
    "hours": (gettext_lazy("hours"), timedelta(hours=1)),
    "days": (gettext_lazy("days"), timedelta(days=1)),
}
CALLS: Mapping[str, Text] = {
    "in": gettext_lazy("incoming"),
    "out": gettext_lazy("outgoing"),
    "missed": gettext_lazy("missed"),
}
LONGEST = timedelta(days=366)
USUAL_HOUR = "09:00"


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One way to start. `title` goes on after "When a deal"; `asks` are the details it takes; `timed` ones are looked
    for by a job, all others are heard of at once."""

    key: str
    title: Text
    asks: tuple[str, ...] = ()
    timed: bool = False


_ALL = (
    Trigger(key=CREATED, title=gettext_lazy("is created")),
    Trigger(key=FORM, title=gettext_lazy("comes from a form on a site")),
    Trigger(key=CHANGED, title=gettext_lazy("is changed"), asks=("fields",)),
    Trigger(key=STAGE, title=gettext_lazy("enters a stage"), asks=("stages",)),
    Trigger(key=ASSIGNED, title=gettext_lazy("gets another responsible person"), asks=()),
    Trigger(key=CALL, title=gettext_lazy("has a call"), asks=("calls",)),
    Trigger(key=ACTIVITY, title=gettext_lazy("has a call, a meeting or another activity done"), asks=("activities",)),
    Trigger(key=STAYS, title=gettext_lazy("stays in a stage"), asks=("stages", "amount", "unit"), timed=True),
    Trigger(key=QUIET, title=gettext_lazy("is left untouched"), asks=("amount", "unit"), timed=True),
    Trigger(key=DAY, title=gettext_lazy("reaches a day"), asks=("field", "shift", "at", "yearly"), timed=True),
)
TRIGGERS: Mapping[str, Trigger] = {one.key: one for one in _ALL}


def triggers_of(kind: Kind) -> list[Trigger]:
    """What can start a rule for records of `kind`."""
    return [one for one in _ALL if _fits(kind, one.key)]


def _fits(kind: Kind, key: str) -> bool:
    match key:
        case _ if key in (STAGE, STAYS):
            return kind.staged
        case _ if key == FORM:
            return any(item.key == "source" for item in kind.fields)
        case _ if key == DAY:
            return bool(days_of(field_map(kind)))
    return True


def days_of(items: Mapping[str, Field]) -> list[Field]:
    """The fields that hold one day or moment."""
    return [item for item in items.values() if item.type in (Type.DATE, Type.MOMENT) and not item.multiple]


def read_details(kind: Kind, key: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a trigger, checked. Raises Invalid naming `trigger` or the detail."""
    if key not in {one.key for one in triggers_of(kind)}:
        raise Invalid(fields={"trigger": [_("Choose one of the list.")]})
    asks = TRIGGERS[key].asks
    if unknown := {name for name, value in raw.items() if value not in (None, "", [], False)} - set(asks):
        raise Invalid(fields={min(unknown): [_("This trigger does not ask for it.")]})
    details: dict[str, Any] = {}
    if "fields" in asks:
        known = field_map(kind)
        details["fields"] = [_one_of("fields", str(one), known) for one in _many(raw.get("fields"))]
    if "stages" in asks:
        details["stages"] = _stages(kind, _many(raw.get("stages")))
    if "activities" in asks:
        own = {f"own:{pk}" for pk in ActivityKind.objects.values_list("pk", flat=True)}
        known_kinds = {*map(str, TO_DO), *own} - {str(Activity.Kind.OWN)}
        details["activities"] = [_one_of("activities", str(one), known_kinds) for one in _many(raw.get("activities"))]
    if "calls" in asks:
        details["calls"] = [_one_of("calls", str(one), CALLS) for one in _many(raw.get("calls"))]
    if "amount" in asks:
        details |= read_span(raw)
    if "field" in asks:
        details |= _day(kind, raw)
    return details


def way_of(direction: str, missed: bool) -> str:
    """Which of CALLS a call is."""
    return "missed" if missed else direction


def read_span(raw: Mapping[str, Any]) -> dict[str, Any]:
    """How long: `amount` and `unit`. Raises Invalid; a minute is the least, a year the most."""
    unit = str(raw.get("unit") or "")
    if unit not in UNITS:
        raise Invalid(fields={"unit": [_("Choose one of the list.")]})
    amount = whole("amount", raw.get("amount"))
    if amount < 1 or amount * UNITS[unit][1] > LONGEST:
        raise Invalid(fields={"amount": [_("From one minute to one year.")]})
    return {"amount": amount, "unit": unit}


def span_of(details: Mapping[str, Any]) -> timedelta:
    """How long `details` say."""
    return int(details["amount"]) * UNITS[details["unit"]][1]


def _day(kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
    days = {item.key for item in days_of(field_map(kind))}
    shift = whole("shift", raw.get("shift") or 0)
    if abs(shift) > LONGEST.days:
        raise Invalid(fields={"shift": [_("At most a year.")]})
    return {
        "field": _one_of("field", str(raw.get("field") or ""), days),
        "shift": shift,
        "at": read_clock("at", raw.get("at") or USUAL_HOUR),
        "yearly": str(raw.get("yearly")).lower() in ("true", "on", "1", "yes"),
    }


def read_clock(name: str, raw: Any) -> str:
    """A time of day as "09:30". Raises Invalid(name)."""
    try:
        clock: time | None = parse_time(str(raw))
    except ValueError:
        clock = None
    if clock is None or clock.tzinfo is not None:
        raise Invalid(fields={name: [_("Write a time, like 09:30.")]})
    return clock.strftime("%H:%M")


def whole(name: str, raw: Any) -> int:
    """A whole number, of few digits. Raises Invalid(name)."""
    text = str(raw if raw is not None else "").strip()
    digits = text.removeprefix("-")
    if isinstance(raw, bool) or not (digits.isascii() and digits.isdigit() and len(digits) < 7):
        raise Invalid(fields={name: [_("Write a whole number.")]})
    return int(text)


def _many(raw: Any) -> list[Any]:
    if raw in (None, ""):
        return []
    return list(raw)[:100] if isinstance(raw, list | tuple) else [raw]


def _one_of(name: str, value: str, known: Any) -> str:
    if value not in known:
        raise Invalid(fields={name: [_("Choose one of the list.")]})
    return value


def _stages(kind: Kind, raw: list[Any]) -> list[int]:
    ids = [whole("stages", one) for one in raw]
    found = set(Stage.objects.filter(pk__in=ids, pipeline__kind=kind.key).values_list("pk", flat=True))
    if set(ids) - found:
        raise Invalid(fields={"stages": [_("Choose one of the list.")]})
    return ids
