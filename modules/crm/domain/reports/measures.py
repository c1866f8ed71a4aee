"""What is measured: how many, and sums, averages and medians of numbers and amounts, these in the base currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Avg, Count, DecimalField, F, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.errors import Text
from modules.crm.domain.fields import AMOUNT, Field, Type
from modules.crm.domain.kinds import Kind
from modules.crm.domain.reports import figures
from modules.crm.domain.reports.asking import Ask
from modules.crm.domain.selling.exchange import base_amount, worth

_NUMBER: DecimalField[Any, Any] = DecimalField(max_digits=30, decimal_places=6)
WAYS: dict[str, Text] = {
    "sum": pgettext_lazy("a measure", "Sum"),
    "avg": gettext_lazy("Average"),
    "median": gettext_lazy("Median"),
}
Rows = Sequence[Mapping[str, Any]]


class Median(Aggregate):
    """The middle value (PostgreSQL's percentile_cont)."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field: Any = _NUMBER


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Something measured: `way` is count, sum, avg or median of `value`; `columns` are what `value` is made from."""

    key: str
    title: Text
    kind: str
    way: str = "count"
    value: Any = None
    columns: Mapping[str, Any] = field(default_factory=dict)

    @property
    def aggregate(self) -> Any:
        """The SQL aggregate."""
        match self.way:
            case "count":
                return Count("pk")
            case "sum":
                return Sum(self.value)
            case "avg":
                return Avg(self.value, output_field=_NUMBER)
        return Median(self.value)


COUNT = Measure(key="count", title=pgettext_lazy("a measure", "How many"), kind=figures.COUNT)


def total(ask: Ask, kind: Kind) -> Any:
    """The sum of amounts in the base currency."""
    return Sum(worth(kind, rates=ask.rates))


def measures(ask: Ask, kind: Kind) -> dict[str, Measure]:
    """All that the person may measure, by key."""
    closed, found = ask.closed(kind), [COUNT]
    for item in [*kind.fields, *ask.own_fields(kind)]:
        if item.key not in closed:
            found += _of_field(ask, kind, item)
    return {item.key: item for item in found}


def _of_field(ask: Ask, kind: Kind, item: Field) -> Iterator[Measure]:
    value, columns, shown = _value(ask, kind, item)
    if value is None:
        return
    for way, title in WAYS.items():
        name = f"{item.title}: {str(title).lower()}"
        yield Measure(key=f"{item.key}.{way}", title=name, kind=shown, way=way, value=value, columns=columns)


def _value(ask: Ask, kind: Kind, item: Field) -> tuple[Any, dict[str, Any], str]:
    kept = KeyTextTransform(item.key, "custom")
    match item.type:
        case str() if item.type == AMOUNT and item.key == "amount":
            return worth(kind, rates=ask.rates), {}, figures.MONEY
        case str() if item.type == AMOUNT and hasattr(kind.model, "currency"):
            return base_amount(item.key, rates=ask.rates), {}, figures.MONEY
        case Type.NUMBER | Type.FORMULA if item.custom:
            return Cast(kept, _NUMBER), {}, figures.NUMBER
        case Type.NUMBER:
            return F(item.key), {}, figures.NUMBER
        case Type.MONEY:
            amount, currency = f"{item.key}_amount", f"{item.key}_currency"
            columns = {
                amount: Cast(KeyTextTransform("amount", KeyTextTransform(item.key, "custom")), _NUMBER),
                currency: KeyTextTransform("currency", KeyTextTransform(item.key, "custom")),
            }
            return base_amount(amount, currency, rates=ask.rates), columns, figures.MONEY
    return None, {}, ""


def sums(ask: Ask, kind: Kind, seen: bool = True) -> dict[str, Any]:
    """How many, and for who may see amounts their sum and how many are in another currency than the base one."""
    if not seen:
        return {"n": Count("pk")}
    foreign = Count("pk", filter=Q(amount__gt=0) & ~Q(currency=ask.currency))
    return {"n": Count("pk"), "total": total(ask, kind), "foreign": foreign}


def left_out(ask: Ask, kind: Kind, rows: Any, lines: Iterable[Mapping[str, Any]]) -> Text:
    """A note on amounts in currencies without an exchange rate, "" where there are none.

    `lines` are what `sums` gave of `rows`: they are looked through again only where some are in another currency.
    """
    if not any(line.get("foreign") for line in lines):
        return ""
    others = rows.exclude(currency=ask.currency).filter(amount__gt=0)
    missing = others.annotate(worth=worth(kind, rates=ask.rates)).filter(worth__isnull=True)
    found = sorted(missing.values_list("currency", flat=True).distinct())
    return no_rate(found)


def no_rate(currencies: Sequence[str]) -> Text:
    """The note that amounts in these currencies are left out."""
    if not currencies:
        return ""
    names = ", ".join(currencies)
    return _("Left out for want of an exchange rate: amounts in %(currencies)s.") % {"currencies": names}


def amount_of(value: Any) -> Decimal:
    """A sum of nothing is zero."""
    return Decimal(value or 0)
