"""Exchange rates: what amounts of other currencies are worth in the base currency of CRM.

A rate holds from its day until the next day that has one; before the first one known, that first one is taken, so that
old deals count too. Amounts are rounded half up to the minor unit of the base currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, DateField, DecimalField, F, Func, QuerySet, Value, When
from django.db.models.functions import Cast, Round
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, WayOut
from modules.crm.domain.kinds import Kind
from modules.crm.domain.money import minor_places, number_text, rounded
from modules.crm.domain.selling.settings import MANAGE, base_currency
from modules.crm.models import Currency, Deal, ExchangeRate, Invoice, Price, Quote

__all__ = [
    "Rates",
    "base_amount",
    "base_currency",
    "delete_rate",
    "in_base",
    "rate_on",
    "rates_now",
    "set_rates",
    "worth",
]

_TODAY = """
SELECT code, COALESCE(
  (SELECT rate FROM crm_exchangerate WHERE base = %s AND currency = code AND day <= %s ORDER BY day DESC LIMIT 1),
  (SELECT rate FROM crm_exchangerate WHERE base = %s AND currency = code ORDER BY day LIMIT 1)
) FROM UNNEST(%s::text[]) AS code
"""
_ON_DAY = (
    "(ARRAY(SELECT rate FROM crm_exchangerate WHERE base = %s AND currency = %s ORDER BY day))"
    "[GREATEST(1, WIDTH_BUCKET({day}, ARRAY("
    "SELECT day FROM crm_exchangerate WHERE base = %s AND currency = %s ORDER BY day)))]"
)
_PLACES = Decimal("0.0000000001")
_HIGHEST = Decimal("9999999999")
_SUM: DecimalField[Any, Any] = DecimalField(max_digits=30, decimal_places=3)
_RATE: DecimalField[Any, Any] = DecimalField(max_digits=20, decimal_places=10)


class NoRate(Conflict):
    """There is no exchange rate for a currency at all."""

    def __init__(self, currency: str, base: str) -> None:
        text = _("There is no exchange rate of %(currency)s to %(base)s.") % {"currency": currency, "base": base}
        way_out = WayOut(text=_("Enter exchange rates"), url=reverse("crm:rates"))
        super().__init__(text, code="no_exchange_rate", way_out=way_out, currency=currency)


def rate_on(currency: str, day: date, base: str = "") -> Decimal:
    """What one unit of `currency` is worth in the base currency on `day`. Raises NoRate."""
    base = base or base_currency()
    if currency == base:
        return Decimal(1)
    rows = ExchangeRate.objects.filter(base=base, currency=currency)
    found = rows.filter(day__lte=day).order_by("-day").first() or rows.order_by("day").first()
    if found is None:
        raise NoRate(currency, base)
    return found.rate


def in_base(amount: Decimal, currency: str, day: date) -> Decimal:
    """`amount` of `currency` in the base currency at the rate of `day`, to its minor unit. Raises NoRate."""
    base = base_currency()
    return rounded(amount * rate_on(currency, day, base), base)


@dataclass(frozen=True)
class Rates:
    """The base currency, and what one unit of each other currency with a rate is worth in it today."""

    base: str
    today: Mapping[str, Decimal]


def rates_now(base: str = "") -> Rates:
    """The rates of today, in one statement."""
    base = base or base_currency()
    with connection.cursor() as cursor:
        cursor.execute(_TODAY, [base, timezone.localdate(), base, Currency.values])
        return Rates(base, {code: rate for code, rate in cursor.fetchall() if rate is not None and code != base})


class _RateOn(Func):
    """The rate of a currency on a day: the series of its days is read once a statement and searched by halves. A query
    for each row would also keep the planner from adding up in several processes, and from indexes that hold all."""

    output_field: Any = _RATE

    def __init__(self, day: Any, base: str, currency: str) -> None:
        super().__init__(Cast(day, DateField()))
        self.base, self.currency = base, currency

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        day, given = compiler.compile(self.source_expressions[0])
        own = (self.base, self.currency)
        return _ON_DAY.format(day=day), (*own, *given, *own)


def base_amount(amount: str = "amount", currency: str = "currency", day: str = "", rates: Rates | None = None) -> Any:
    """`in_base` as an SQL expression over columns: `day` names a date or moment, "" takes today's rate.

    Null where the currency has no rate at all; such rows are what a report says it left out.
    """
    rates = rates or rates_now()
    places = minor_places(rates.base)
    known = [
        When(
            **{currency: code},
            then=Round(
                F(amount) * (_RateOn(F(day), rates.base, code) if day else Value(rate, output_field=_RATE)),
                precision=places,
                output_field=_SUM,
            ),
        )
        for code, rate in rates.today.items()
    ]
    return Case(When(**{currency: rates.base}, then=F(amount)), *known, default=None, output_field=_SUM)


def worth(kind: Kind, amount: str = "amount", *, rates: Rates | None = None) -> Any:
    """An amount of records of `kind` in the base currency: at the rate of the day one was closed, else of today."""
    rates = rates or rates_now()
    now = base_amount(amount, rates=rates)
    if not kind.staged:
        return now
    return Case(When(closed_at__isnull=True, then=now), default=base_amount(amount, day="closed_at", rates=rates))


def in_base_of(amounts: Mapping[str, Decimal], day: date) -> tuple[Decimal, list[str]]:
    """Sums by currency as one in the base currency, and the currencies left out for want of a rate."""
    total, missing = Decimal(0), []
    for currency, amount in amounts.items():
        try:
            total += in_base(amount, currency, day)
        except NoRate:
            missing.append(currency)
    return total, missing


def set_rates(*, actor: Actor, day: date, rates: Mapping[str, Any]) -> int:
    """Write the rates of a day, raw values by currency; "" leaves one as it is. Returns how many differ now.

    Raises Denied, Invalid (naming the currencies), ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    base = base_currency()
    read: dict[str, Decimal] = {}
    wrong: dict[str, list[str]] = {}
    if not 1990 <= day.year <= 2200:
        wrong["day"] = [_("Write a day, like 2026-03-31.")]
    for currency, raw in rates.items():
        if currency == base or currency not in Currency.values:
            wrong[currency] = [_("This currency is not offered.")]
            continue
        text = str(raw if raw is not None else "").strip()
        if not text:
            continue
        try:
            read[currency] = read_rate(text)
        except Invalid as error:
            wrong[currency] = error.fields["rate"]
    if wrong:
        raise Invalid(fields=wrong)
    with transaction.atomic():
        rows = ExchangeRate.objects.filter(base=base, day=day, currency__in=read)
        before = dict(rows.select_for_update().order_by("pk").values_list("currency", "rate"))
        changed = {currency: rate for currency, rate in read.items() if before.get(currency) != rate}
        ExchangeRate.objects.bulk_create(
            [ExchangeRate(base=base, day=day, currency=currency, rate=rate) for currency, rate in changed.items()],
            update_conflicts=True,
            unique_fields=["base", "currency", "day"],
            update_fields=["rate"],
        )
        if changed:
            told = {f"{currency} {day}": (before.get(currency), rate) for currency, rate in changed.items()}
            audit.record(actor, "rate.set", None, told)
    return len(changed)


def read_rate(text: str) -> Decimal:
    """A rate as typed: above zero, up to ten decimals; a separator is always of the fraction. Raises Invalid(rate)."""
    plain = text.strip().replace(" ", "").replace("\u00a0", "").replace(",", ".")
    try:
        rate = Decimal(plain if plain.count(".") <= 1 else number_text(text))
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or rate > _HIGHEST or (rate := rate.quantize(_PLACES, ROUND_HALF_UP)) <= 0:
        raise Invalid(fields={"rate": [_("Write a rate above zero, like 92.4567.")]})
    return rate


def delete_rate(*, actor: Actor, day: date, currency: str) -> None:
    """Remove the rate of one day. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        row = ExchangeRate.objects.filter(base=base_currency(), day=day, currency=currency).first()
        if row is None:
            return
        ExchangeRate.objects.filter(pk=row.pk).delete()
        audit.record(actor, "rate.delete", None, {f"{currency} {day}": (row.rate, None)})


def latest_rates(base: str = "") -> Mapping[str, ExchangeRate]:
    """The newest rate of every currency that has one."""
    rows = ExchangeRate.objects.filter(base=base or base_currency()).order_by("currency", "-day").distinct("currency")
    return {row.currency: row for row in rows}


def rate_days(base: str = "", limit: int = 200) -> list[dict[str, Any]]:
    """The newest days that have rates, each with its rates by currency."""
    rows = ExchangeRate.objects.filter(base=base or base_currency())
    days = list(rows.order_by("-day").values_list("day", flat=True).distinct()[:limit])
    found: dict[date, dict[str, Decimal]] = {day: {} for day in days}
    for day, currency, rate in rows.filter(day__in=days).values_list("day", "currency", "rate"):
        found[day][currency] = rate
    return [{"day": day, "rates": rates} for day, rates in found.items()]


def has_missing(currencies: set[str]) -> list[str]:
    """Those of `currencies` that cannot be brought to the base currency."""
    base = base_currency()
    known = set(ExchangeRate.objects.filter(base=base, currency__in=currencies).values_list("currency", flat=True))
    return sorted(currencies - known - {base})


def rates_of_base() -> QuerySet[ExchangeRate]:
    """All rates to the base currency."""
    return ExchangeRate.objects.filter(base=base_currency())


def currencies_in_use() -> list[str]:
    """Currencies of deals, quotes, invoices and prices, those that want rates."""
    found: set[str] = set()
    for model in (Deal, Quote, Invoice, Price):
        found |= set(model.objects.order_by().values_list("currency", flat=True).distinct())
    return sorted(found)
