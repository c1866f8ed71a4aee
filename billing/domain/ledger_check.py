"""The nightly proof that the books are right: every balance is the sum of its rows, every posting sums to zero."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal

import structlog
from django.db import connection, transaction

from billing.contracts import LedgerDiffers
from billing.models import LedgerCheck, Posting, Wallet
from infra.db.current import enter
from infra.outbox import publish
from tenants.portals.models import Portal

_log = structlog.get_logger(__name__)
KEPT = 200
"""Differences a report names; one is too many already."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What does not add up: of which portal, where (balance, posting, line), what is written and what is right."""

    portal_id: int
    where: str
    written: Decimal
    right: Decimal


_BALANCES = """
SELECT COALESCE(w.portal_id, e.portal_id), 'balance', COALESCE(w.balance, 0), COALESCE(e.total, 0)
FROM public.billing_wallet w
FULL JOIN (SELECT portal_id, SUM(amount) AS total FROM public.billing_entry WHERE account = 'wallet'
           GROUP BY portal_id) e ON e.portal_id = w.portal_id
WHERE COALESCE(w.balance, 0) <> COALESCE(e.total, 0)
ORDER BY 1
"""
_POSTINGS = """
SELECT MIN(p.portal_id), p.cause, SUM(e.amount), 0
FROM public.billing_entry e JOIN public.billing_posting p ON p.id = e.posting_id
GROUP BY p.cause HAVING SUM(e.amount) <> 0 OR COUNT(*) FILTER (WHERE e.portal_id <> p.portal_id) > 0
ORDER BY 1
"""
_CHAIN = """
SELECT portal_id, 'line ' || id, balance, right_one FROM (
  SELECT id, portal_id, balance, SUM(amount) OVER (PARTITION BY portal_id ORDER BY id) AS right_one
  FROM public.billing_entry WHERE account = 'wallet'
) lines WHERE balance <> right_one
ORDER BY 1, id LIMIT 100
"""


def differences() -> list[Difference]:
    """Everything in the ledger that does not add up; right while others write. An empty list is the good answer."""
    found: list[Difference] = []
    with connection.cursor() as cursor:
        for query in (_BALANCES, _POSTINGS, _CHAIN):
            cursor.execute(query)
            for portal_id, where, written, right in cursor.fetchall():
                found.append(Difference(portal_id=portal_id, where=where, written=written, right=Decimal(right)))
    return found


@transaction.atomic
def check_ledger() -> LedgerCheck:
    """Add everything up, keep the report, and tell the operator when something differs."""
    found = differences()
    report = LedgerCheck.objects.create(
        wallets=Wallet.objects.count(),
        postings=Posting.objects.count(),
        differences=[{name: str(value) for name, value in asdict(one).items()} for one in found[:KEPT]],
    )
    if found:
        _log.error("billing.ledger_differs", differences=len(found))
        operator = Portal.objects.existing().filter(is_operator=True).first()
        if operator is not None:
            with enter(operator):
                publish(LedgerDiffers(check_id=report.pk, differences=len(found)))
    return report
