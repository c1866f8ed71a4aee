"""What the operator sees of money: wallets, papers to be paid, gifts that wait, what the nightly check found."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from billing.models import Adjustment, Invoice, LedgerCheck, Wallet
from infra.kit.errors import NotFound
from tenants.portals.models import Portal

KEPT_REPORTS = 60


def wallets() -> QuerySet[Wallet]:
    """Every wallet with the name of its portal."""
    return Wallet.objects.annotate(company=_company())


def invoices() -> QuerySet[Invoice]:
    """Every paper with the name of its portal."""
    return Invoice.objects.annotate(company=_company())


def waiting() -> QuerySet[Adjustment]:
    """Gifts and corrections that wait for a second person, oldest first, with the name of their portal."""
    return Adjustment.objects.filter(state=Adjustment.State.WAITING).annotate(company=_company()).order_by("id")


def reports() -> list[LedgerCheck]:
    """The last nightly checks, newest first."""
    return list(LedgerCheck.objects.all()[:KEPT_REPORTS])


def paper(invoice_id: int) -> Invoice:
    """Any portal's paper. Raises NotFound."""
    found = Invoice.objects.filter(pk=invoice_id).first()
    if found is None:
        raise NotFound
    return found


def _company() -> Subquery:
    return Subquery(Portal.objects.filter(pk=OuterRef("portal_id")).values("name")[:1])
