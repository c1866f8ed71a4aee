"""The plans on sale as pages show them, built from the catalogue and the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.contracts import Entitlements, Meter, Period
from billing.domain import catalogue
from billing.domain.amounts import amount_text
from billing.domain.currency import CURRENCIES
from billing.domain.rounding import coin
from billing.domain.usage import in_order
from billing.models import Plan, PlanVersion
from infra.kit.errors import Text
from infra.kit.registry import registry


@dataclass(frozen=True, kw_only=True)
class OfferLine:
    """One thing a plan gives: `value` is "12", "unlimited", or "" for a feature; `included` False means none of it."""

    key: str
    title: Text
    value: str
    included: bool


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A plan on sale. `a_month` is what a month costs when paid by the period, `price` what the period costs.

    `over` are the meters that would not fit if the portal had this plan.
    """

    version: PlanVersion
    title: str
    summary: str
    a_month: Decimal
    price: Decimal
    currency: str
    period: Period
    lines: tuple[OfferLine, ...]
    is_trial: bool
    trial_days: int
    over: tuple[Meter, ...] = ()
    may_be_asked_for: bool = True
    may_be_chosen: bool = True

    @property
    def slug(self) -> str:
        """The plan's short name."""
        return self.version.plan.slug

    @property
    def is_free(self) -> bool:
        """Costs nothing."""
        return self.price == 0


def offers(
    *, currency: str, period: Period, meters: Sequence[Meter] = (), rights: Entitlements | None = None
) -> list[Offer]:
    """Every plan on sale at its price in `currency`, cheapest first; with `meters`, what would be over its limits.

    A portal with `rights` need not ask for what it has, nor during its trial for what follows by itself.
    """
    found = []
    for version in catalogue.plans_on_sale():
        terms = version.terms
        price = terms.price(currency, period)
        found.append(
            Offer(
                version=version,
                title=version.title,
                summary=version.summary,
                a_month=(price / 12).quantize(coin(currency)) if period is Period.YEAR else price,
                price=price,
                currency=currency,
                period=period,
                lines=_lines(version),
                is_trial=version.plan.role == Plan.Role.TRIAL,
                trial_days=version.plan.trial_days,
                may_be_asked_for=rights is None
                or (
                    version.plan.role != Plan.Role.FALLBACK
                    if rights.trial_ends_at is not None
                    else version.plan.slug != rights.plan
                ),
                may_be_chosen=rights is None
                or version.plan.role != Plan.Role.FALLBACK
                or (rights.trial_ends_at is None and version.plan.slug != rights.plan),
                over=tuple(
                    over for meter in meters if (over := _with_maximum(meter, version.limits.get(meter.key, 0))).over
                ),
            )
        )
    return found


def currency_or_default(asked: str, fallback: str = "USD") -> str:
    """`asked` where prices exist in it, else `fallback`, else the first currency of the catalogue."""
    return next((code for code in (asked, fallback) if code in CURRENCIES), CURRENCIES[0])


def period_or_default(asked: str) -> Period:
    """The period named `asked`, a month for anything else."""
    return Period.YEAR if asked == Period.YEAR else Period.MONTH


def _lines(version: PlanVersion) -> tuple[OfferLine, ...]:
    limits = tuple(
        OfferLine(
            key=limit.key,
            title=limit.title,
            value=amount_text(maximum, limit.unit),
            included=maximum != 0,
        )
        for limit in in_order(registry.limits)
        for maximum in (version.limits.get(limit.key, 0),)
    )
    features = tuple(
        OfferLine(key=feature.key, title=feature.title, value="", included=version.features.get(feature.key, False))
        for feature in registry.features
    )
    return limits + features


def _with_maximum(meter: Meter, maximum: int | None) -> Meter:
    return replace(meter, maximum=maximum)
