"""The catalogue at Stripe's: products, prices, coupons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from infra.adapters.payments.connection import Connection, Misunderstood, Thing


class Prices(Connection):
    """What can be bought."""

    def ensure_product(self, *, product: str, name: str, metadata: Mapping[str, str]) -> None:
        """A product with this id and name, made or renamed."""
        given: Thing = {"name": name, "metadata": dict(metadata)}
        try:
            found = self._ask(self._v1.products.retrieve, product)
        except Misunderstood:
            self._act(f"product:{product}", self._v1.products.create, {"id": product, **given})
        else:
            if found["name"] != name:
                self._act(f"product:{product}:{name}"[:255], self._v1.products.update, product, given)

    def ensure_price(
        self, *, lookup: str, product: str, currency: str, amount: int, interval: str, metadata: Mapping[str, str]
    ) -> str:
        """Id of the recurring price that is looked up by `lookup`; made if it was not there."""
        found = self._ask(self._v1.prices.list, {"lookup_keys": [lookup], "active": True})["data"]
        if found:
            return str(found[0]["id"])
        given = {
            "product": product,
            "currency": currency.lower(),
            "unit_amount": amount,
            "recurring": {"interval": interval},
            "lookup_key": lookup,
            "metadata": dict(metadata),
        }
        return str(self._act(f"price:{lookup}", self._v1.prices.create, given)["id"])

    def create_promotion(
        self,
        *,
        key: str,
        code: str,
        percent: Decimal | None,
        amount: int | None,
        currency: str,
        months: int | None,
        most: int | None,
        expires_at: datetime | None,
    ) -> str:
        """Id of a promotion code over a coupon of its own; `months` None is for good."""
        coupon: Thing = {"name": code, "duration": "forever" if months is None else "repeating"}
        coupon |= {"duration_in_months": months} if months is not None else {}
        coupon |= (
            {"percent_off": percent} if percent is not None else {"amount_off": amount, "currency": currency.lower()}
        )
        made = self._act(f"{key}:coupon", self._v1.coupons.create, coupon)["id"]
        given: Thing = {"promotion": {"type": "coupon", "coupon": made}, "code": code}
        given |= {"max_redemptions": most} if most is not None else {}
        given |= {"expires_at": int(expires_at.timestamp())} if expires_at is not None else {}
        return str(self._act(key, self._v1.promotion_codes.create, given)["id"])

    def end_promotion(self, *, key: str, promotion: str) -> None:
        """Nobody can use it any more; who has used it keeps it."""
        self._act(key, self._v1.promotion_codes.update, promotion, {"active": False})
