"""What of one's own needs attention now: counted up to MOST, by indexes of just that, in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.utils import timezone

from infra.db.prepared import Prepared
from infra.kit.access import Actor, may
from modules.crm.domain.kinds import DEAL, KINDS, LEAD, Kind
from modules.crm.models import OWNERS, Activity, Deal, Item, Lead

MOST = 100


def midnight_after(now: datetime) -> datetime:
    """The end of the person's day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def to_do(actor: Actor) -> QuerySet[Activity]:
    """What `actor` still has to do, but for what is about records in the trash."""
    return _to_do(actor.id or 0)


def _to_do(person: int) -> QuerySet[Activity]:
    rows = Activity.objects.filter(responsible_id=person, done_at__isnull=True, due_at__isnull=False)
    return rows.filter(_Alive(*(F(f"{name}_id") for name in OWNERS)))


class _Alive(Func):
    """Whether the record that an activity is about, the first of its owners, is not in the trash.

    Written out: PostgreSQL plans these faster than eight joins, and looks into one table instead of all.
    """

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_more: Any) -> tuple[str, tuple[str | int, ...]]:
        cases = []
        for name, owner in zip(OWNERS, self.get_source_expressions(), strict=True):
            column, table = compiler.compile(owner)[0], OWNERS[name]._meta.db_table
            there = f"SELECT FROM {table} there WHERE there.id = {column} AND there.deleted_at IS NULL"
            cases.append(f"WHEN {column} IS NOT NULL THEN EXISTS ({there})")
        return f"CASE {' '.join(cases)} ELSE false END", ()


def _counter(parts: Callable[..., Mapping[str, QuerySet[Any]]]) -> Prepared:
    """The name of each of `parts` as often as it has rows, up to MOST. Every page asks, so it is put together once."""

    def build(*arguments: Any) -> QuerySet[Any]:
        wanted: list[QuerySet[Any, Any]] = [
            rows.order_by().annotate(part=Value(name)).values_list("part")[:MOST]
            for name, rows in parts(*arguments).items()
        ]
        return wanted[0].union(*wanted[1:], all=True)

    return Prepared(build)


def _counted(counter: Prepared, names: Sequence[str], actor: Actor, *arguments: int) -> dict[str, int]:
    now = timezone.now()
    found = Counter(name for (name,) in counter.rows(actor.id or 0, now, midnight_after(now), *arguments))
    return {name: found[name] for name in names}


def _open(model: Any, person: int, *type_id: int) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.alive().filter(responsible_id=person, closed_at__isnull=True)
    return rows.filter(type_id=type_id[0]) if type_id else rows


def _waiting(*, deals: bool, leads: bool) -> Prepared:
    def parts(person: int, now: datetime, tonight: datetime) -> dict[str, QuerySet[Any]]:
        found: dict[str, QuerySet[Any]] = {
            "overdue": _to_do(person).filter(due_at__lt=now),
            "today": _to_do(person).filter(due_at__gte=now, due_at__lt=tonight),
        }
        if deals:
            found["stepless"] = _open(Deal, person).filter(next_step_at__isnull=True)
        if leads:
            found["unanswered"] = _open(Lead, person).filter(answered_at__isnull=True)
        return found

    return _counter(parts)


_WAITING = {(deals, leads): _waiting(deals=deals, leads=leads) for deals in (True, False) for leads in (True, False)}


def attention(actor: Actor) -> dict[str, int]:
    """One's own: activities `overdue` and due `today`, deals without a next step (`stepless`), leads that nobody has
    answered yet (`unanswered`)."""
    counter = _WAITING[may(actor, DEAL.permission("view")), may(actor, LEAD.permission("view"))]
    return _counted(counter, ("overdue", "today", "stepless", "unanswered"), actor)


def menu(actor: Actor) -> dict[str, int]:
    """The same as numbers in the menu, by the key of the entry."""
    found = attention(actor)
    return {
        "crm.activities": found["overdue"] + found["today"],
        "crm.leads": found["unanswered"],
        "crm.deals": found["stepless"],
    }


def _steps(model: Any) -> Prepared:
    unmet = {"answered_at__isnull": True} if model is Lead else {"next_step_at__isnull": True}

    def parts(person: int, now: datetime, tonight: datetime, *type_id: int) -> dict[str, QuerySet[Any]]:
        own = _open(model, person, *type_id)
        return {
            "overdue": own.filter(next_step_at__lt=now),
            "today": own.filter(next_step_at__gte=now, next_step_at__lt=tonight),
            "unmet": own.filter(**unmet),
        }

    return _counter(parts)


_STEPS = {model: _steps(model) for model in {Item, *(kind.model for kind in KINDS.values() if kind.staged)}}


def attention_of(actor: Actor, kind: Kind) -> dict[str, int]:
    """One's own records of a staged `kind`: next step `overdue`, due `today`, `none` planned; leads `unanswered`."""
    found = _counted(_STEPS[kind.model], ("overdue", "today", "unmet"), actor, *filter(None, [kind.type_id]))
    return {"overdue": found["overdue"], "today": found["today"], _unmet(kind): found["unmet"]}


def _unmet(kind: Kind) -> str:
    return "unanswered" if kind is LEAD else "none"
