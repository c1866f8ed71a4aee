"""What crosses billing's door: plain frozen values, no database objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from infra.kit.errors import Text
from infra.kit.events import Event


class Period(StrEnum):
    """How often a plan is paid."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, kw_only=True)
class PlanTerms:
    """What one version of a plan gives and costs.

    `titles` and `summaries` are by language code ("en" always there), `prices` a month's by ISO 4217 code in the main
    unit; a year costs `year_months` months. `limits` are in each limit's own unit, None for unlimited.
    """

    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    prices: Mapping[str, Decimal]
    year_months: int
    features: Mapping[str, bool]
    limits: Mapping[str, int | None]

    def price(self, currency: str, period: Period) -> Decimal:
        """What one `period` costs in `currency`. Raises KeyError for a currency without a price."""
        return self.prices[currency] * (self.year_months if period is Period.YEAR else 1)


@dataclass(frozen=True, kw_only=True)
class Entitlements:
    """Everything a portal may do now, as one value that is answered from memory.

    `valid_until` is the moment (Unix seconds) at which time alone changes the answer: the end of a trial, of an
    override or of the grace of an unpaid plan. `read_only_from` is set while the portal uses more than it may: then it
    can only be read from that moment on. `closed` is the status that makes the portal read-only, or "". `overridden`
    names what differs from the plan, and until when (None: until withdrawn). `unpaid_until` is set while a payment is
    missing: from then on the portal has what the fallback plan gives.
    """

    portal_id: int
    plan: str
    plan_titles: Mapping[str, str]
    version: int
    features: frozenset[str]
    limits: Mapping[str, int | None]
    trial_ends_at: datetime | None
    read_only_from: datetime | None
    closed: str
    valid_until: float
    overridden: Mapping[str, datetime | None] = field(default_factory=dict)
    unpaid_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Meter:
    """One line of "Plan and usage": what is used of a limit; `used` None where nothing is kept (request rates)."""

    key: str
    title: Text
    unit: str
    used: int | None
    maximum: int | None
    rate: bool = False
    overridden_until: datetime | None = None
    overridden: bool = False

    @property
    def over(self) -> int:
        """How much must go until it fits again."""
        return 0 if self.rate or self.maximum is None or self.used is None else max(self.used - self.maximum, 0)


@dataclass(frozen=True, kw_only=True)
class LedgerDiffers(Event):
    """The nightly check found something in the ledger that does not add up."""

    name = "billing.ledger_differs"
    operator_only = True
    check_id: int
    differences: int


@dataclass(frozen=True, kw_only=True)
class RecordsDiffer(Event):
    """Our calls and the switch's records of them differ."""

    name = "rating.records_differ"
    operator_only = True
    comparison_id: int
    differing: int


@dataclass(frozen=True, kw_only=True)
class AdjustmentAsked(Event):
    """A gift or correction over the bound waits for a second person of the operator."""

    name = "billing.adjustment_asked"
    operator_only = True
    adjustment_id: int
    portal_id: int
    amount: str
    asked_by: str
    asked_by_id: int


@dataclass(frozen=True, kw_only=True)
class PaymentDisputed(Event):
    """A payer's bank questions a payment, or (`over`) has decided; `taken`: it holds the money."""

    name = "billing.payment_disputed"
    operator_only = True

    portal_id: int
    amount: str
    over: bool
    taken: bool


@dataclass(frozen=True, kw_only=True)
class PlanAsked(Event):
    """Somebody of a portal asked the operator for another plan."""

    name = "billing.plan_asked"
    operator_only = True
    portal_id: int
    plan: str
    asked_by: str
