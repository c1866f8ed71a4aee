"""What the records of a list come to in the base currency; the figures that reports show of the same records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from modules.crm.domain.fields import Field
from modules.crm.domain.kinds import Kind
from modules.crm.domain.selling.exchange import rates_now, worth

MOST = 10_000
SUMMED = ("amount", "total")


@dataclass(frozen=True, kw_only=True)
class ListSums:
    """`total` in `currency` of `number` records; `missing` are currencies left out for want of a rate. With `more`
    there are too many to add up without being asked."""

    currency: str
    number: int = 0
    total: Decimal = Decimal(0)
    missing: tuple[str, ...] = ()
    converted: bool = False
    more: bool = False


def summed_field(items: Iterable[Field]) -> str:
    """The amount that a list of records with the fields `items` adds up, "" where there is none."""
    return next((item.key for item in items if item.key in SUMMED), "")


def sums_of(rows: Any, kind: Kind, field: str, *, whole: bool) -> ListSums:
    """What `rows` of `kind` come to by `field`: of more than MOST only when the `whole` is asked for."""
    rates = rates_now()
    rows = rows.order_by()
    if not whole and rows.values("pk")[: MOST + 1].count() > MOST:
        return ListSums(currency=rates.base, more=True)
    amounts = rows.annotate(worth=worth(kind, field, rates=rates)).values("currency")
    total, number, missing, converted = Decimal(0), 0, [], False
    for line in amounts.annotate(n=Count("pk"), summed=Sum("worth"), lost=Count("pk", filter=_lost(field))).order_by():
        number += line["n"]
        total += line["summed"] or 0
        converted = converted or line["currency"] != rates.base
        if line["lost"]:
            missing.append(line["currency"])
    return ListSums(
        currency=rates.base, number=number, total=total, missing=tuple(sorted(missing)), converted=converted
    )


def _lost(field: str) -> Q:
    return Q(worth__isnull=True, **{f"{field}__gt": 0})
