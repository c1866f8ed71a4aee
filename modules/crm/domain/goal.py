"""Goals: what is to be sold per month, by a person or all, in a pipeline or all; entered by who manages sales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.db.current import portal_schema
from infra.kit import gates
from infra.kit.access import Actor, departments_within, require_permission
from infra.kit.errors import Conflict, Invalid
from infra.kit.spec import Scope
from modules.crm.domain.kinds import DEAL
from modules.crm.domain.money import amount_of
from modules.crm.domain.selling.exchange import base_currency, in_base
from modules.crm.models import Goal, Pipeline
from tenants.people.models import User

MANAGE = "crm.goal.manage"
Place = tuple[int | None, int]  # whose (None: all together), and which month of the year


def set_goals(*, actor: Actor, year: int, pipeline: Pipeline | None, amounts: Mapping[Place, str | Decimal]) -> int:
    """Write the goals of a year as typed, by person and month; "" takes one away. Returns how many differ now.

    Raises Denied, Invalid (naming the fields "<person or all>-<month>"), ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    if not 2000 <= year <= 2100:
        raise Invalid(fields={"year": [_("Choose one of the list.")]})
    currency = base_currency()
    read = _read(amounts, currency)
    known = set(User.objects.filter(pk__in={person for person, _month in read if person}).values_list("pk", flat=True))
    if {person for person, _month in read if person} - known:
        raise Invalid(fields={"person": [_("Choose one of the list.")]})
    changed = 0
    with transaction.atomic():
        with connection.cursor() as cursor:  # two people at once write one after the other, also goals not there yet
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"crm.goals:{portal_schema()}"])
        rows = Goal.objects.filter(pipeline=pipeline, month__year=year).select_for_update().order_by("pk")
        kept = {(row.person_id, row.month.month): row for row in rows}
        for (person, month), amount in read.items():
            changed += _write(kept.get((person, month)), person, date(year, month, 1), pipeline, amount, currency)
        if changed:
            name = pipeline.title if pipeline else ""
            audit.record(actor, "goal.set", None, note=" · ".join(filter(None, [str(year), name])))
    return changed


def _read(amounts: Mapping[Place, str | Decimal], currency: str) -> dict[Place, Decimal]:
    read: dict[Place, Decimal] = {}
    wrong: dict[str, list[str]] = {}
    for (person, month), typed in amounts.items():
        try:
            read[person, month] = amount_of(typed.strip() or "0" if isinstance(typed, str) else typed, currency)
        except Invalid as error:
            wrong[field_of(person, month)] = error.fields["amount"]
    if wrong:
        raise Invalid(fields=wrong)
    return read


def field_of(person: int | None, month: int) -> str:
    """The name of the field for a goal."""
    return f"{person or 'all'}-{month}"


def _write(
    row: Goal | None, person: int | None, month: date, pipeline: Pipeline | None, amount: Decimal, currency: str
) -> bool:
    if row is None:
        if amount:
            Goal.objects.create(person_id=person, month=month, pipeline=pipeline, amount=amount, currency=currency)
        return bool(amount)
    if not amount:
        row.delete()
        return True
    if (row.amount, row.currency) == (amount, currency):
        return False
    row.amount, row.currency = amount, currency
    row.save(update_fields=["amount", "currency"])
    return True


def goals_of(year: int, pipeline: Pipeline | None) -> dict[Place, Decimal]:
    """The goals of a year in one pipeline, or of those for all pipelines together."""
    rows = Goal.objects.filter(month__year=year, pipeline=pipeline)
    return {(row.person_id, row.month.month): worth for row in rows if (worth := _worth(row)) is not None}


def _worth(row: Goal) -> Decimal | None:
    """The goal in the base currency, None without a rate."""
    try:
        return in_base(row.amount, row.currency, row.month) if row.currency != base_currency() else row.amount
    except Conflict:
        return None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is planned for some months, as far as a person may know. A goal for all stands for those below it; goals in
    `missing` currencies are left out for want of a rate."""

    amounts: Mapping[tuple[date, int | None, int | None], Decimal]
    pipelines: Sequence[int]
    people: frozenset[int] | None
    missing: tuple[str, ...] = ()

    def of(self, month: date, person: int | None) -> Decimal:
        """What one person is to sell, or with None what is planned for all together."""
        every = self.amounts.get((month, person, None))
        if every is not None and not self.pipelines:
            return every
        return sum(
            (
                amount
                for (at, who, where), amount in self.amounts.items()
                if at == month and who == person and where and (where in self.pipelines or not self.pipelines)
            ),
            Decimal(0),
        )

    def whole(self, month: date) -> Decimal:
        """What is planned for everybody that the person sees."""
        together = self.of(month, None) if self.people is None else Decimal(0)
        return together or sum((self.of(month, person) for person in self.named()), Decimal(0))

    def named(self) -> list[int]:
        """People who have goals."""
        found = {person for _month, person, _pipeline in self.amounts if person is not None}
        return sorted(found if self.people is None else found & self.people)


def plan_for(actor: Actor, months: Iterable[date], pipelines: Sequence[int] = (), people: Sequence[int] = ()) -> Plan:
    """The goals of `months` that `actor` may know of: their own, their department's or all, as with deals."""
    seen = _people_seen(actor)
    if people:
        seen = frozenset(people) if seen is None else seen & frozenset(people)
    rows = Goal.objects.filter(month__in=list(months))
    if seen is not None:
        rows = rows.filter(person_id__in=seen)
    worths = {row: _worth(row) for row in rows}
    amounts = {(row.month, row.person_id, row.pipeline_id): worth for row, worth in worths.items() if worth is not None}
    missing = tuple(sorted({row.currency for row, worth in worths.items() if worth is None}))
    return Plan(amounts=amounts, pipelines=list(pipelines), people=seen, missing=missing)


def _people_seen(actor: Actor) -> frozenset[int] | None:
    scope = actor.scope(DEAL.permission("view")) if actor.is_active else Scope.NONE
    if scope is Scope.ALL:
        return None
    mine = {actor.id} if actor.id is not None and scope is not Scope.NONE else set()
    departments = departments_within(actor, scope)
    if departments:
        mine |= set(User.objects.filter(department__in=departments).values_list("pk", flat=True))
    return frozenset(mine)


def goal_years(today: date) -> list[int]:
    """Years that goals are entered for."""
    return [today.year - 1, today.year, today.year + 1]


def lanes() -> list[Any]:
    """Pipelines of deals, in order."""
    return list(Pipeline.objects.filter(kind=DEAL.key).order_by("position", "id"))
