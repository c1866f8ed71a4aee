"""What a portal buys: a plan version by the month or year, and add-ons; and what Stripe calls each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.contracts import Period
from billing.models import AddOnVersion, PlanVersion, StripePrice
from infra.adapters.payments import Item, get_payments, minor


class UnknownPrice(Exception):
    """A subscription at Stripe holds a price that is none of ours."""


@dataclass(frozen=True, kw_only=True)
class Basket:
    """`packs` are add-on versions with their quantity, none of them 0."""

    version: PlanVersion
    period: Period
    packs: Mapping[AddOnVersion, int] = field(default_factory=dict)

    def price(self, currency: str) -> Decimal:
        """What a period of it costs."""
        addons = sum((pack.price(currency, self.period) * count for pack, count in self.packs.items()), Decimal(0))
        return self.version.terms.price(currency, self.period) + addons

    def a_month(self, currency: str) -> Decimal:
        """What it costs by the month, so that baskets of different periods can be compared."""
        return self.price(currency) / (12 if self.period is Period.YEAR else 1)

    def limits(self) -> dict[str, int | None]:
        """The maximum of every limit with this basket, None for unlimited."""
        found = dict(self.version.terms.limits)
        for pack, count in self.packs.items():
            for key, amount in pack.gives.items():
                if (maximum := found.get(key)) is not None:
                    found[key] = maximum + amount * count
        return found

    def written(self) -> dict[str, Any]:
        """As JSON; `read_written` reads it."""
        packs = {str(pack.pk): count for pack, count in self.packs.items()}
        return {"version": self.version.pk, "period": self.period.value, "packs": packs}


def read_written(written: Mapping[str, Any]) -> Basket:
    """The basket that was written down. Raises DoesNotExist for what is gone."""
    packs = {int(key): count for key, count in written["packs"].items()}
    found = AddOnVersion.objects.select_related("addon").filter(pk__in=packs)
    return Basket(
        version=PlanVersion.objects.select_related("plan").get(pk=written["version"]),
        period=Period(written["period"]),
        packs={pack: packs[pack.pk] for pack in found},
    )


def items_of(basket: Basket, currency: str, has: Iterable[Item] = ()) -> list[Item]:
    """The basket in Stripe's prices, the plan first; prices that Stripe does not have yet are made."""
    plan = [Item(price=_price(basket.version, None, basket.period, currency))]
    packs = sorted(basket.packs.items(), key=lambda one: (one[0].addon.order, one[0].pk))
    return plan + [Item(price=_price(None, pack, basket.period, currency), quantity=count) for pack, count in packs]


def read_items(items: Sequence[Item]) -> Basket:
    """The basket that a subscription at Stripe stands for. Raises UnknownPrice."""
    prices = {
        row.price: row
        for row in StripePrice.objects.filter(price__in=[item.price for item in items]).select_related(
            "version__plan", "addon__addon"
        )
    }
    if set(prices) != {item.price for item in items}:
        raise UnknownPrice(", ".join(sorted({item.price for item in items} - set(prices))))
    plans = [row for row in prices.values() if row.version is not None]
    if len(plans) != 1 or plans[0].version is None:
        raise UnknownPrice("not exactly one plan")
    packs = {prices[item.price].addon: item.quantity for item in items if prices[item.price].addon is not None}
    return Basket(
        version=plans[0].version,
        period=Period(plans[0].period),
        packs={pack: count for pack, count in packs.items() if pack is not None},
    )


def _price(version: PlanVersion | None, addon: AddOnVersion | None, period: Period, currency: str) -> str:
    kept = StripePrice.objects.filter(version=version, addon=addon, period=period.value, currency=currency).first()
    if kept is not None:
        return kept.price
    if version is not None:
        amount, title = version.terms.price(currency, period), version.titles["en"]
        name, number = f"plan-{version.plan.slug}", version.number
    else:
        assert addon is not None  # noqa: S101 - one of the two is there, by the signature's use
        amount, title = addon.price(currency, period), addon.titles["en"]
        name, number = f"addon-{addon.addon.slug}", addon.number
    payments, cents = get_payments(), minor(amount, currency)
    payments.ensure_product(product=name, name=title, metadata={"made_by": "portal"})
    made = payments.ensure_price(
        lookup=f"{name}.v{number}.{period.value}.{currency.lower()}.{cents}",
        product=name,
        currency=currency,
        amount=cents,
        interval=period.value,
        metadata={"version": str(number)},
    )
    StripePrice.objects.get_or_create(
        price=made, defaults={"version": version, "addon": addon, "period": period.value, "currency": currency}
    )
    return made


def sync_prices() -> int:
    """Make Stripe know every price that is on sale; how many were looked at."""
    from billing.domain import addon, catalogue

    count = 0
    for period in Period:
        for version in catalogue.plans_on_sale():
            for currency, amount in version.terms.prices.items():
                if amount:
                    _price(version, None, period, currency)
                    count += 1
        for pack in addon.addons_on_sale():
            for currency in pack.prices:
                _price(None, pack, period, currency)
                count += 1
    return count
