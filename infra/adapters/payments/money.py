"""Invoices, payments, refunds and disputes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.adapters.payments.connection import Connection, Declined, Thing, known, moment
from infra.adapters.payments.values import Dispute, Paper, PaperLine, Payment, Refund

_WITH_PAYMENTS = ["payments"]
_OVER = ("won", "lost", "warning_closed", "prevented")


class Money(Connection):
    """What was asked for, what was paid, what went back."""

    def invoice(self, invoice: str) -> Paper:
        """One invoice as it stands."""
        return _paper(self._ask(self._v1.invoices.retrieve, invoice, {"expand": _WITH_PAYMENTS}))

    def invoices_of(self, customer: str, most: int = 100) -> list[Paper]:
        """The customer's newest invoices."""
        given = {"customer": customer, "limit": min(most, 100), "expand": ["data.payments"]}
        return [_paper(one) for one in self._ask(self._v1.invoices.list, given)["data"]]

    def payment(self, payment: str) -> Payment:
        """One payment as it stands."""
        return _payment(self._ask(self._v1.payment_intents.retrieve, payment))

    def receipt(self, payment: str) -> str:
        """The address of the receipt of a payment that has arrived, "" for one that has not."""
        found = self._ask(self._v1.payment_intents.retrieve, payment, {"expand": ["latest_charge"]})
        return str((found.get("latest_charge") or {}).get("receipt_url") or "")

    def payments_since(self, customer: str, since: datetime) -> list[Payment]:
        """The customer's payments since then, newest first."""
        given: Thing = {"customer": customer, "created": {"gte": int(since.timestamp())}}
        return [_payment(one) for one in self._all(self._v1.payment_intents.list, given)]

    def charge(
        self,
        *,
        key: str,
        customer: str,
        method: str,
        amount: int,
        currency: str,
        title: str,
        metadata: Mapping[str, str],
    ) -> Payment:
        """Take an amount from a kept card while the person is away. Raises Declined, NoAnswer."""
        given = {
            "amount": amount,
            "currency": currency.lower(),
            "customer": customer,
            "payment_method": method,
            "off_session": True,
            "confirm": True,
            "description": title,
            "metadata": dict(metadata),
        }
        found = _payment(self._act(key, self._v1.payment_intents.create, given))
        if found.status not in ("succeeded", "processing"):
            raise Declined
        return found

    def refund(self, *, key: str, payment: str, amount: int | None, metadata: Mapping[str, str]) -> int:
        """Give back `amount` of the payment, None for all that is left; how much went back."""
        given: Thing = {"payment_intent": payment, "reason": "requested_by_customer", "metadata": dict(metadata)}
        given |= {"amount": amount} if amount is not None else {}
        return int(self._act(key, self._v1.refunds.create, given)["amount"])

    def refunds_of(self, payment: str) -> list[Refund]:
        """What went back of the payment, or is on its way back."""
        found = self._all(self._v1.refunds.list, {"payment_intent": payment})
        return [
            Refund(
                id=one["id"],
                operation=(one.get("metadata") or {}).get("operation", ""),
                amount=int(one["amount"]),
                came_back=one.get("status") in ("failed", "canceled"),
            )
            for one in found
        ]

    def disputes_of(self, payment: str) -> list[Dispute]:
        """What banks question of the payment."""
        return [_dispute(one) for one in self._all(self._v1.disputes.list, {"payment_intent": payment})]

    def disputed_since(self, since: datetime) -> set[str]:
        """The account's payments that were disputed since then."""
        given: Thing = {"created": {"gte": int(since.timestamp())}}
        return {_dispute(one).payment for one in self._all(self._v1.disputes.list, given)} - {""}


def paper_lines(found: Mapping[str, Any]) -> tuple[PaperLine, ...]:
    """The lines of an invoice or a preview."""
    return tuple(
        PaperLine(
            text=one.get("description") or "",
            amount=one["amount"],
            start=known(one["period"]["start"]),
            end=known(one["period"]["end"]),
            price=((one.get("pricing") or {}).get("price_details") or {}).get("price") or "",
        )
        for one in found["lines"]["data"]
    )


def _paper(found: Thing) -> Paper:
    details = (found.get("parent") or {}).get("subscription_details") or {}
    payments = (found.get("payments") or {}).get("data") or []
    chosen = next((one for one in payments if one.get("status") == "paid"), payments[0] if payments else None)
    times = found.get("status_transitions") or {}
    return Paper(
        id=found["id"],
        customer=str(found["customer"]),
        subscription=str(details.get("subscription") or ""),
        number=found.get("number") or "",
        status=found["status"],
        reason=found.get("billing_reason") or "",
        currency=found["currency"].upper(),
        total=found["total"],
        due=found["amount_remaining"],
        paid=found["amount_paid"],
        created=known(found["created"]),
        paid_at=moment(times.get("paid_at")),
        next_attempt=moment(found.get("next_payment_attempt")),
        page=found.get("hosted_invoice_url") or "",
        pdf=found.get("invoice_pdf") or "",
        payment=str((chosen or {}).get("payment", {}).get("payment_intent") or ""),
        lines=paper_lines(found),
    )


def _payment(found: Thing) -> Payment:
    metadata = found.get("metadata") or {}
    return Payment(
        id=found["id"],
        customer=str(found.get("customer") or ""),
        status=found["status"],
        amount=found["amount"],
        received=found.get("amount_received") or 0,
        currency=found["currency"].upper(),
        operation=metadata.get("operation", ""),
        cause=metadata.get("cause", ""),
        created=known(found["created"]),
    )


def _dispute(found: Thing) -> Dispute:
    moved = sum(int(one["amount"]) for one in found["balance_transactions"])
    return Dispute(
        id=found["id"],
        payment=str(found.get("payment_intent") or ""),
        amount=int(found["amount"]),
        currency=found["currency"].upper(),
        reason=found["reason"],
        status=found["status"],
        taken=moved < 0,
        over=found["status"] in _OVER,
        created=known(found["created"]),
        due=moment((found.get("evidence_details") or {}).get("due_by")),
    )
