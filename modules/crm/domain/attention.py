"""What of one's own needs attention now: counted up to MOST, by indexes of just that, in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.utils import timezone

from infra.kit.access import Actor, may
from modules.crm.domain.kinds import DEAL, LEAD, Kind
from modules.crm.models import OWNERS, Activity

MOST = 100


def midnight_after(now: datetime) -> datetime:
    """The end of the person's day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def to_do(actor: Actor) -> QuerySet[Activity]:
    """What `actor` still has to do, but for what is about records in the trash."""
    rows = Activity.objects.filter(responsible_id=actor.id, done_at__isnull=True, due_at__isnull=False)
    return rows.filter(_Alive(*(F(f"{name}_id") for name in OWNERS)))


class _Alive(Func):
    """Whether the record that an activity is about, the first of its owners, is not in the trash.

    Written out, since every page asks: joining eight tables takes milliseconds to put together alone.
    """

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_more: Any) -> tuple[str, tuple[str | int, ...]]:
        cases = []
        for name, owner in zip(OWNERS, self.get_source_expressions(), strict=True):
            column, table = compiler.compile(owner)[0], OWNERS[name]._meta.db_table
            there = f"SELECT FROM {table} there WHERE there.id = {column} AND there.deleted_at IS NULL"
            cases.append(f"WHEN {column} IS NOT NULL THEN EXISTS ({there})")
        return f"CASE {' '.join(cases)} ELSE false END", ()


def _counted(parts: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each of `parts` has, up to MOST."""
    wanted = [
        rows.order_by().annotate(part=Value(name)).values_list("part", flat=True)[:MOST] for name, rows in parts.items()
    ]
    if not wanted:
        return {}
    found = Counter(wanted[0].union(*wanted[1:], all=True) if len(wanted) > 1 else wanted[0])
    return {name: found[name] for name in parts}


def _own(actor: Actor, kind: Kind) -> QuerySet[Any]:
    rows = kind.rows().alive().filter(responsible_id=actor.id)
    return rows.filter(closed_at__isnull=True) if kind.staged else rows


def attention(actor: Actor) -> dict[str, int]:
    """One's own: activities `overdue` and due `today`, deals without a next step (`stepless`), leads that nobody has
    answered yet (`unanswered`)."""
    now = timezone.now()
    parts: dict[str, QuerySet[Any]] = {
        "overdue": to_do(actor).filter(due_at__lt=now),
        "today": to_do(actor).filter(due_at__gte=now, due_at__lt=midnight_after(now)),
    }
    if may(actor, DEAL.permission("view")):
        parts["stepless"] = _own(actor, DEAL).filter(next_step_at__isnull=True)
    if may(actor, LEAD.permission("view")):
        parts["unanswered"] = _own(actor, LEAD).filter(answered_at__isnull=True)
    return {"stepless": 0, "unanswered": 0, **_counted(parts)}


def menu(actor: Actor) -> dict[str, int]:
    """The same as numbers in the menu, by the key of the entry."""
    found = attention(actor)
    return {
        "crm.activities": found["overdue"] + found["today"],
        "crm.leads": found["unanswered"],
        "crm.deals": found["stepless"],
    }


def attention_of(actor: Actor, kind: Kind) -> dict[str, int]:
    """One's own records of a staged `kind`: next step `overdue`, due `today`, `none` planned; leads `unanswered`."""
    now = timezone.now()
    own = _own(actor, kind)
    parts = {
        "overdue": own.filter(next_step_at__lt=now),
        "today": own.filter(next_step_at__gte=now, next_step_at__lt=midnight_after(now)),
    }
    if kind is LEAD:
        parts["unanswered"] = own.filter(answered_at__isnull=True)
    else:
        parts["none"] = own.filter(next_step_at__isnull=True)
    return _counted(parts)
