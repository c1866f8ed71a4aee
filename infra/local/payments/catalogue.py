"""Products, prices, coupons and promotion codes."""

from __future__ import annotations

from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import State, Thing, merge_metadata, page


@route("POST", "/v1/products", "ProductCreateParams")
def create_product(state: State, given: Thing) -> Thing:
    fields = {"active": True, "description": None, "metadata": {}, "tax_code": None, "unit_label": None, **given}
    if given.get("id") in state.objects.get("product", {}):
        raise Refused("Product already exists.", code="resource_already_exists")
    product = state.add("product", **fields)
    state.event("product.created", product)
    return product


@route("POST", "/v1/products/:id", "ProductUpdateParams")
def update_product(state: State, given: Thing, key: str) -> Thing:
    product = state.get("product", key)
    merge_metadata(product, given)
    product |= {name: value for name, value in given.items() if name != "metadata"}
    state.event("product.updated", product)
    return product


@route("GET", "/v1/products/:id", "ProductRetrieveParams")
def product(state: State, given: Thing, key: str) -> Thing:
    return state.get("product", key)


@route("POST", "/v1/prices", "PriceCreateParams")
def create_price(state: State, given: Thing) -> Thing:
    state.get("product", given.get("product", ""))
    if given.get("unit_amount", -1) < 0:
        raise Refused("This value must be greater than or equal to 0.", param="unit_amount")
    key = given.get("lookup_key")
    if key and state.all("price", lookup_key=key):
        raise Refused("A price already uses that lookup key.", code="resource_already_exists")
    recurring = given.get("recurring")
    if recurring:
        recurring = {
            "interval_count": 1,
            "usage_type": "licensed",
            "meter": None,
            "trial_period_days": None,
            **recurring,
        }
    price = state.add(
        "price",
        active=True,
        billing_scheme="per_unit",
        currency=given["currency"],
        lookup_key=key,
        metadata=given.get("metadata") or {},
        nickname=given.get("nickname"),
        product=given["product"],
        recurring=recurring,
        tax_behavior=given.get("tax_behavior", "unspecified"),
        type="recurring" if recurring else "one_time",
        unit_amount=given["unit_amount"],
        unit_amount_decimal=str(given["unit_amount"]),
    )
    state.event("price.created", price)
    return price


@route("POST", "/v1/prices/:id", "PriceUpdateParams")
def update_price(state: State, given: Thing, key: str) -> Thing:
    price = state.get("price", key)
    merge_metadata(price, given)
    price |= {name: given[name] for name in ("active", "nickname", "lookup_key") if name in given}
    state.event("price.updated", price)
    return price


@route("GET", "/v1/prices", "PriceListParams")
def prices(state: State, given: Thing) -> Thing:
    found = state.all("price", **{name: given[name] for name in ("active", "product", "currency") if name in given})
    if "lookup_keys" in given:
        found = [one for one in found if one["lookup_key"] in given["lookup_keys"]]
    return page(found, given, "/v1/prices")


@route("POST", "/v1/coupons", "CouponCreateParams")
def create_coupon(state: State, given: Thing) -> Thing:
    if ("percent_off" in given) == ("amount_off" in given):
        raise Refused("You must pass either percent_off or amount_off.")
    coupon = {
        "percent_off": None, "amount_off": None, "currency": None, "duration": "once", "duration_in_months": None,
        "max_redemptions": None, "redeem_by": None, "metadata": {}, "name": None, **given,
    }  # fmt: skip
    if coupon["percent_off"] is not None:
        coupon["percent_off"] = float(coupon["percent_off"])
    if coupon["duration"] == "repeating" and not coupon["duration_in_months"]:
        raise Refused("Missing required param: duration_in_months.", param="duration_in_months")
    return state.add("coupon", **coupon, times_redeemed=0, valid=True)


@route("POST", "/v1/promotion_codes", "PromotionCodeCreateParams")
def create_code(state: State, given: Thing) -> Thing:
    promotion = given["promotion"]
    coupon = state.get("coupon", promotion.get("coupon", ""))
    return state.add(
        "promotion_code",
        active=True,
        code=given.get("code", ""),
        promotion={"type": "coupon", "coupon": coupon["id"]},
        customer=given.get("customer"),
        expires_at=given.get("expires_at"),
        max_redemptions=given.get("max_redemptions"),
        metadata=given.get("metadata") or {},
        restrictions={"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None},
        times_redeemed=0,
    )


@route("POST", "/v1/promotion_codes/:id", "PromotionCodeUpdateParams")
def update_code(state: State, given: Thing, key: str) -> Thing:
    code = state.get("promotion_code", key)
    code |= {name: given[name] for name in ("active",) if name in given}
    return code


def redeemable(state: State, key: str) -> Thing:
    """The promotion code, if it may still be used. Raises Refused."""
    code = state.get("promotion_code", key)
    over = code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]
    if not code["active"] or over or (code["expires_at"] or 2**40) <= state.now():
        raise Refused("This promotion code is no longer valid.", code="promotion_code_expired")
    return code


def redeem(state: State, key: str, now: int) -> Thing:
    """A discount of a subscription made from the promotion code `key`."""
    code = redeemable(state, key)
    coupon = state.get("coupon", code["promotion"]["coupon"])
    code["times_redeemed"] += 1
    coupon["times_redeemed"] += 1
    months = {"once": 0, "forever": None}.get(coupon["duration"], coupon["duration_in_months"])
    return {"coupon": coupon["id"], "promotion_code": key, "start": now, "months": months, "invoices": 0}
