"""Rules of time: what stays, is left alone, or reaches a day.

A rule looks only at what became due since it looked last (`cursor`), by an index and in batches, and writes the runs
together with the cursor: a lost worker loses nothing and starts nothing twice, whatever the number of records.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from modules.crm.domain import value_index
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.kinds import Kind, field_map, kind_named
from modules.crm.domain.rules import triggers
from modules.crm.domain.rules.conditions import fitting
from modules.crm.domain.rules.hearing import start_all
from modules.crm.domain.rules.triggers import span_of
from modules.crm.domain.rules.zone import zone
from modules.crm.models import FieldValue, Rule, RuleRun, Stage

BATCH = 200
LISTED = (
    10_000  # so many are looked up and sorted at once: a batch at a time would sort all of a large import each time
)
_MOST_DAYS = 31
_CAUSES = UUID("b7cf4d4e-6a0c-4a43-9b0f-6d6f0f5c3b11")


def begin(rule: Rule) -> None:
    """Set where a rule begins to look: from now on. The caller saves it."""
    if not triggers.TRIGGERS[rule.trigger].timed:
        rule.cursor, rule.next_look_at = {}, None
        return
    now = timezone.now()
    if rule.trigger == triggers.DAY:
        last = _local_day(now) if _at(rule, _local_day(now)) <= now else _local_day(now) - timedelta(days=1)
        rule.cursor = {"day": last.isoformat()}
        rule.next_look_at = _at(rule, last + timedelta(days=1))
    else:
        rule.cursor = {"at": (now - span_of(rule.details)).isoformat(), "id": 0}
        rule.next_look_at = now + _pause(rule)


def _pause(rule: Rule) -> timedelta:
    """How often it looks: the longer the time it waits for, the more rarely."""
    span = span_of(rule.details)
    if span < timedelta(hours=1):
        return timedelta(minutes=1)
    return timedelta(minutes=5) if span < timedelta(days=1) else timedelta(minutes=15)


def look(rule: Rule, now: datetime) -> int:
    """Start `rule` for all records that became due since it looked last; answers for how many."""
    found = _look_for_day(rule, now) if rule.trigger == triggers.DAY else _look_for_span(rule, now)
    if rule.trigger == triggers.DAY:
        rule.next_look_at = _at(rule, date.fromisoformat(rule.cursor["day"]) + timedelta(days=1))
    else:
        rule.next_look_at = now + _pause(rule)
    Rule.objects.filter(pk=rule.pk).update(next_look_at=rule.next_look_at)
    return found


def _look_for_span(rule: Rule, now: datetime) -> int:
    kind, found = kind_named(rule.kind), 0
    until = now - span_of(rule.details)
    while True:
        since = parse_datetime(rule.cursor["at"]) or until
        rows = due_between(rule, kind, since, until)
        rows = fitting(
            kind, rule.conditions, rows.filter(Q(moment__gt=since) | Q(moment=since, pk__gt=rule.cursor["id"]))
        )
        places = list(rows.order_by("moment", "pk").values_list("moment", "pk")[:LISTED])
        for part in _parts(places):
            with transaction.atomic():
                found += _start(rule, rows.filter(pk__in=[pk for _moment, pk in part]))
                _go_on(rule, {"at": part[-1][0].isoformat(), "id": part[-1][1]})
        if len(places) < LISTED:
            _go_on(rule, {"at": until.isoformat(), "id": 0})
            return found


def _parts(places: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (places[start : start + BATCH] for start in range(0, len(places), BATCH))


def _go_on(rule: Rule, cursor: dict[str, Any]) -> None:
    rule.cursor = cursor
    Rule.objects.filter(pk=rule.pk).update(cursor=cursor)


def _start(rule: Rule, rows: QuerySet[Any], day: date | None = None) -> int:
    """Write the runs for `rows`, each for its moment or all for a `day`, that are not there yet; the worker that looks
    also runs them. Answers how many fit."""
    due = [(record, cause_of(rule, record, (day or record.moment).isoformat())) for record in rows.order_by("pk")]
    runs = RuleRun.objects.filter(rule=rule, cause__in=[cause for _one, cause in due])
    known = set(runs.values_list("cause", flat=True))
    start_all(rule, [(record, cause) for record, cause in due if cause not in known])
    return len(due)


def due_between(rule: Rule, kind: Kind, since: datetime, until: datetime) -> QuerySet[Any]:
    """Records whose time began (`moment`) from `since` to `until`, both included."""
    rows = kind.rows().alive().defer("search")
    if rule.trigger == triggers.STAYS:
        known = Stage.objects.filter(pipeline__kind=kind.key)
        named = rule.details.get("stages")
        stages = list(
            (known.filter(pk__in=named) if named else known.filter(kind=Stage.Kind.OPEN)).values_list("pk", flat=True)
        )
        if not stages:
            raise Invalid(_("The stage that this rule waits for is gone. Choose another one."))
        rows = rows.filter(stage__in=stages, stage_since__gte=since, stage_since__lte=until)
        return rows.annotate(moment=F("stage_since"))
    touched = Q(updated_at__gte=since, updated_at__lte=until) | Q(
        last_activity_at__gte=since, last_activity_at__lte=until
    )
    rows = rows.filter(touched)
    if kind.staged:
        rows = rows.filter(closed_at__isnull=True)
    latest = Greatest(F("updated_at"), Coalesce(F("last_activity_at"), F("updated_at")))
    return rows.annotate(moment=latest).filter(moment__lte=until)


def _look_for_day(rule: Rule, now: datetime) -> int:
    kind, found = kind_named(rule.kind), 0
    day = max(parse_date(rule.cursor["day"]) or _local_day(now), _local_day(now) - timedelta(days=_MOST_DAYS))
    while _at(rule, day + timedelta(days=1)) <= now:
        day += timedelta(days=1)
        rows, after = fitting(kind, rule.conditions, on_day(rule, kind, day)), 0
        while ids := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:LISTED]):
            after = ids[-1]
            for part in _parts(ids):
                with transaction.atomic():
                    found += _start(rule, rows.filter(pk__in=part), day)
        _go_on(rule, {"day": day.isoformat()})
    return found


def on_day(rule: Rule, kind: Kind, day: date) -> QuerySet[Any]:
    """Records that the rule is about on `day`: their field, moved by the rule's shift, is that day."""
    rows = kind.rows().alive().defer("search")
    wanted = day - timedelta(days=rule.details["shift"])
    item = field_map(kind).get(rule.details["field"])
    if item is None:
        raise Invalid(_("The field that this rule waits for is gone. Choose another one."))
    if item.custom:
        if rule.details.get("yearly"):
            return rows.filter(pk__in=_own_in_every_year(item, wanted))
        low, high = _bounds(wanted, item.type == Type.DATE)
        return value_index.by_number(rows, item, low, high, whole=True)
    key = item.key
    if rule.details.get("yearly"):
        return rows.filter(**{f"{key}__in": _in_every_year(rows, key, wanted)})
    return rows.filter(**{key: wanted})


def _in_every_year(rows: QuerySet[Any], key: str, wanted: date) -> list[date]:
    """The day of `wanted` in every year of which there are dates: so an index on the date finds them."""
    ends = rows.order_by().aggregate(first=Min(key), last=Max(key))
    return [] if ends["first"] is None else _anniversaries(wanted, ends["first"].year, ends["last"].year)


def _own_in_every_year(item: Field, wanted: date) -> QuerySet[Any, Any]:
    """Ids of records whose own field is the day of `wanted` in any year, by the index of its values."""
    values = FieldValue.objects.filter(field_id=item.field_id, number__isnull=False)
    ends = values.aggregate(first=Min("number"), last=Max("number"))
    if ends["first"] is None:
        return values.none().values("record_id")
    first, last = (datetime.fromtimestamp(int(ends[name]), UTC).year for name in ("first", "last"))
    fitting_days = Q(pk__in=[])
    for day in _anniversaries(wanted, max(first - 1, 1), min(last + 1, 9998)):
        low, high = _bounds(day, item.type == Type.DATE)
        fitting_days |= Q(number__gte=low, number__lte=high)
    return values.filter(fitting_days).values("record_id")


def _anniversaries(wanted: date, first: int, last: int) -> list[date]:
    days = [(wanted.month, wanted.day), *([(2, 29)] if _is_leap_eve(wanted) else [])]
    years = range(first, last + 1)
    return [date(year, *day) for year in years for day in days if day != (2, 29) or isleap(year)]


def _is_leap_eve(day: date) -> bool:
    """Whether what falls on 29 February has its day now: the 28th of a year without one."""
    return (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3


def _bounds(day: date, is_date: bool) -> tuple[Any, Any]:
    if is_date:
        seconds = value_index.seconds(day.isoformat())
        return seconds, seconds
    start = datetime(day.year, day.month, day.day, tzinfo=zone())
    return (value_index.seconds(start.isoformat()), value_index.seconds((start + timedelta(days=1)).isoformat()) - 1)


def cause_of(rule: Rule, record: Any, moment: str) -> UUID:
    """The same for the same moment of the same record, so that it starts the rule once."""
    return uuid5(_CAUSES, f"{rule.pk}:{record.kind}:{record.pk}:{moment}")


def _local_day(now: datetime) -> date:
    return now.astimezone(zone()).date()


def _at(rule: Rule, day: date) -> datetime:
    hour, minute = map(int, str(rule.details["at"]).split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone())
