"""What is asked of a report: by whom, over which days, under which filter; and the lists behind its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from infra.kit.access import Actor, may
from infra.kit.errors import Text
from modules.crm.domain.access import visible
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.fields import Field
from modules.crm.domain.kinds import Kind, custom_fields
from modules.crm.domain.reports.period import PERIODS, Period, period_of
from modules.crm.domain.selling.exchange import Rates, rates_now
from modules.crm.filters import filters_of, names_of
from modules.crm.models import RecordQuerySet

# Parameters of a report's address that are its own; all others are the filter of the list.
SETTINGS = frozenset(
    {"period", "from", "to", "of", "by", "then", "measure", "chart", "when", "part", "export", "saved"}
)
_DRAWN = frozenset({"reached", "furthest", "view", "order", "q", "after", "before"})  # a figure's own, or a list's
_KEPT = frozenset({"_own_fields", "_closed", "rates", "currency", "filter", "gone"})  # does not depend on the period
Values = Mapping[str, Any]


def narrowed(query: QueryDict, **more: Any) -> QueryDict:
    """`query` with further conditions: of two ends of a range the narrower one holds, fields left empty add up."""
    found = query.copy()
    for name, value in more.items():
        if value is None:
            continue
        values = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
        given = found.get(name, "")
        if name.endswith("_after") and given:
            values = [max(given, values[0])]
        elif name.endswith("_before") and given:
            values = [min(given, values[0])]
        elif name == "empty":
            values = sorted({*found.getlist(name), *values})
        found.setlist(name, values)
    return found


def span_of(name: str, first: date | None, last: date | None) -> dict[str, str]:
    """The condition that the day or moment `name` lies between two days, both within."""
    ends = {f"{name}_after": first, f"{name}_before": last}
    return {end: day.isoformat() for end, day in ends.items() if day is not None}


def asks_for(query: QueryDict, name: str) -> bool:
    """Whether `query` has a condition on the filter `name`."""
    return any(query.get(f"{name}{end}") for end in ("", "_min", "_max", "_after", "_before"))


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A question. `query` is the report's address: its own settings and, beside them, the filter of a list.
    Without `compared` what takes long to compare with stands alone."""

    actor: Actor
    query: QueryDict
    today: date = field(default_factory=timezone.localdate)
    periods: Mapping[str, Any] = field(default_factory=lambda: PERIODS)
    usual: str = "this_month"
    compared: bool = True

    def setting(self, name: str, known: Iterable[str], usual: str = "") -> str:
        """The setting `name` if it is one of `known`, else the usual one."""
        asked = self.query.get(name, "")
        return asked if asked in set(known) else usual

    @cached_property
    def period(self) -> Period:
        """The days asked for."""
        key = self.setting("period", self.periods, self.usual)
        return period_of(key, self.today, self.query.get("from", ""), self.query.get("to", ""))

    @cached_property
    def filter(self) -> QueryDict:
        """The filter, without the report's own settings and what its figures set themselves."""
        found = self.query.copy()
        for name in [name for name in found if name in SETTINGS or name in _DRAWN]:
            del found[name]
        return found

    @cached_property
    def gone(self) -> dict[str, Text]:
        """What it asks for and what is no longer there, as it is noticed: by name, with what is to be said of it."""
        return {}

    def miss(self, name: str) -> None:
        """A way to group or to measure is gone, or closed to the person: the usual one is taken."""
        self.gone[f"{name}="] = _(
            "What this report was grouped by or measured is gone or closed to you; the usual one is shown."
        )

    @cached_property
    def currency(self) -> str:
        """The currency of all amounts."""
        return self.rates.base

    @cached_property
    def rates(self) -> Rates:
        """What other currencies are worth in it."""
        return rates_now()

    def earlier(self) -> Ask | None:
        """The same question about the period before."""
        if self.period.before is None:
            return None
        made = replace(self)
        made.__dict__.update({name: kept for name, kept in self.__dict__.items() if name in _KEPT})
        made.__dict__["period"] = self.period.before
        return made

    def during(self, name: str, **more: Any) -> QueryDict:
        """The filter with the period on the day or moment `name`, and further conditions."""
        return narrowed(self.filter, **span_of(name, self.period.first, self.period.last), **more)

    def rows(self, kind: Kind, query: QueryDict, among: Any = None) -> RecordQuerySet[Any]:
        """Records of `kind`, or those `among` them, that the person sees in the list under `query`; none where a
        condition cannot be read: it would be more than was asked for."""
        asker: Any = SimpleNamespace(user=self.actor, own_fields=self.own_fields, whole=True)
        made = filters_of(kind)(query, queryset=visible(self.actor, kind) if among is None else among, request=asker)
        found: RecordQuerySet[Any] = made.qs
        for name in made.form.errors:
            words = {"name": made.form.fields[name].label}
            self.gone[name] = (
                _("Nothing is counted: what “%(name)s” asks for in the filter is gone. Choose it anew.") % words
            )
        for key in self.closed(kind):
            if any(asks_for(query, name) for name in names_of(key)):
                self.gone[key] = _("A condition on a field that is closed to your role is left out.")
        return found.none() if made.form.errors else found.order_by()

    def link(self, kind: Kind, query: QueryDict) -> str:
        """The list of `kind` under `query`."""
        tail = query.urlencode()
        return f"{kind.url()}?{tail}" if tail else kind.url()

    def sees(self, kind: Kind, *fields: str) -> bool:
        """Whether the person may see records of `kind`, and these fields that they have."""
        has = all(kind.has(name) for name in fields)
        return has and may(self.actor, kind.permission("view")) and not (self.closed(kind) & set(fields))

    def own_fields(self, kind: Kind) -> list[Field]:
        """The custom fields of `kind`, read once."""
        kept: dict[str, list[Field]] = self.__dict__.setdefault("_own_fields", {})
        if kind.key not in kept:
            kept[kind.key] = custom_fields(kind)
        return kept[kind.key]

    def closed(self, kind: Kind) -> set[str]:
        """Fields of `kind` that the person may not see."""
        kept: dict[str, set[str]] = self.__dict__.setdefault("_closed", {})
        if kind.key not in kept:
            kept[kind.key] = hidden(self.actor, kind)
        return kept[kind.key]
