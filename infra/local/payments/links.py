"""Payment links of a company's own account: a page that is paid once, without a customer of the service's.

Nothing of it is told by webhook: the endpoint that the stand-in knows is the service's, not that company's.
"""

from __future__ import annotations

import secrets

from infra.local.payments.customers import CARDS
from infra.local.payments.parameters import Refused
from infra.local.payments.routes import route
from infra.local.payments.state import State, Thing


@route("POST", "/v1/payment_links", "PaymentLinkCreateParams")
def create(state: State, given: Thing) -> Thing:
    lines = given.get("line_items", [])
    data = lines[0].get("price_data", {}) if len(lines) == 1 else {}
    if "unit_amount" not in data or "currency" not in data or "name" not in data.get("product_data", {}):
        raise Refused("One line with price_data of unit_amount, currency and product_data[name].", param="line_items")
    if data["unit_amount"] * lines[0].get("quantity", 1) <= 0:
        raise Refused("The amount is too small.", param="line_items")
    link = state.add(
        "payment_link",
        active=True,
        currency=data["currency"],
        metadata=given.get("metadata") or {},
        restrictions=given.get("restrictions"),
        after_completion=given.get("after_completion"),
        request={"name": data["product_data"]["name"], "amount": data["unit_amount"] * lines[0].get("quantity", 1)},
    )
    link["url"] = f"{state.base}/links/{link['id']}"
    return link


@route("POST", "/v1/payment_links/:id", "PaymentLinkUpdateParams")
def update(state: State, given: Thing, key: str) -> Thing:
    link = state.get("payment_link", key)
    link["active"] = given.get("active", link["active"])
    return link


def pay(state: State, link: Thing, number: str) -> str:
    """Pay with a card. "" when it is paid, else what is wrong."""
    if not link["active"]:
        return "This link has been deactivated."
    what = CARDS.get("".join(sign for sign in number if sign.isdigit()), ("", "unknown"))[1]
    if what == "unknown":
        return "Your card number is invalid."
    if what not in ("pays", "fails_later"):
        return "Your card was declined."
    state.add(
        "checkout.session",
        amount_subtotal=link["request"]["amount"],
        amount_total=link["request"]["amount"],
        currency=link["currency"],
        customer=None,
        metadata=link["metadata"],
        mode="payment",
        payment_intent=f"pi_{secrets.token_hex(10)}",
        payment_link=link["id"],
        payment_status="paid",
        status="complete",
        url=None,
    )
    if (link["restrictions"] or {}).get("completed_sessions", {}).get("limit") == 1:
        link["active"] = False
    return ""
