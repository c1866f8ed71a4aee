"""What was paid by card as the portal's people see it, and the tax numbers on those papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain import operation
from billing.domain.customer import customer_of
from billing.domain.invoice import issue_receipt
from billing.domain.upgrade import MANAGE
from billing.models import Invoice, InvoiceCopy, PaymentCustomer, Posting
from infra import audit
from infra.adapters.payments import Misunderstood, StripeAway, get_payments, major, payments_on
from infra.db.current import enter
from infra.kit.access import require_permission
from infra.kit.errors import Invalid, NotFound
from infra.kit.numbers import whole_number
from tenants.people.models import User
from tenants.portals.models import Portal

PAGE = 24
TAX_KINDS = [
    ("eu_vat", gettext_lazy("VAT number (EU)")),
    ("ru_inn", gettext_lazy("INN (Russia)")),
    ("ru_kpp", gettext_lazy("KPP (Russia)")),
    ("gb_vat", gettext_lazy("VAT number (United Kingdom)")),
    ("us_ein", gettext_lazy("EIN (United States)")),
    ("br_cnpj", gettext_lazy("CNPJ (Brazil)")),
    ("vn_tin", gettext_lazy("Tax number (Vietnam)")),
]
TONES = {"paid": "success", "open": "warning", "void": "neutral", "uncollectible": "danger"}
STATES = {
    "paid": gettext_lazy("paid"),
    "open": gettext_lazy("to be paid"),
    "void": gettext_lazy("cancelled"),
    "uncollectible": gettext_lazy("not collected"),
}


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """One invoice on the page."""

    copy: InvoiceCopy
    total: Decimal
    refunded: Decimal
    state: Any
    tone: str
    disputed: bool
    lines: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, kw_only=True)
class PaperPage:
    """Some invoices, newest first; `after` continues, "" at the end."""

    rows: Sequence[PaperRow]
    after: str


def papers_of(portal: Portal, *, after: str = "") -> PaperPage:
    """A page of the portal's invoices."""
    found = InvoiceCopy.objects.filter(portal=portal).order_by("-pk")
    if (last := whole_number(after)) is not None:
        found = found.filter(pk__lt=last)
    rows = list(found.prefetch_related("disputes")[: PAGE + 1])
    return PaperPage(
        rows=[
            PaperRow(
                copy=one,
                total=major(one.total, one.currency),
                refunded=major(one.refunded, one.currency),
                state=STATES.get(one.status, one.status),
                tone=TONES.get(one.status, "neutral"),
                disputed=any(item.taken for item in one.disputes.all()),
                lines=tuple((line["text"], major(line["amount"], one.currency)) for line in one.lines),
            )
            for one in rows[:PAGE]
        ],
        after=str(rows[PAGE - 1].pk) if len(rows) > PAGE else "",
    )


def _of(portal: Portal, pk: int) -> InvoiceCopy:
    found = InvoiceCopy.objects.filter(portal=portal, pk=pk).first()
    if found is None:
        raise NotFound
    return found


def pdf_url(portal: Portal, pk: int) -> str:
    """A fresh address of the paper. Raises NotFound, StripeAway."""
    url = get_payments().invoice(_of(portal, pk).invoice).pdf
    if not url:
        raise NotFound
    return url


def pay_url(portal: Portal, pk: int) -> str:
    """The page where the invoice is paid. Raises NotFound for one that is not to be paid."""
    paper = get_payments().invoice(_of(portal, pk).invoice)
    if paper.status != "open" or not paper.page:
        raise NotFound
    return paper.page


def receipt_link(portal_id: int, payment: str) -> str:
    """The page of the cause "topup:pi_…"."""
    return reverse("billing:receipt", args=[payment]) if payment.startswith("pi_") else ""


def refund_link(portal_id: int, rest: str) -> str:
    """The page of the causes "refund:pi_…:re_…" and "dispute:pi_…:du_…": the receipt of what went back."""
    return receipt_link(portal_id, rest.partition(":")[0])


def receipt_of(portal: Portal, payment: str) -> Invoice:
    """The receipt of a top-up of this portal's wallet, issued now where it is not yet. Raises NotFound, Conflict while
    the seller has no requisites."""
    posting = Posting.objects.filter(portal_id=portal.pk, cause=f"topup:{payment}").first()
    if posting is None:
        raise NotFound
    return issue_receipt(posting)


def stripes_receipt(payment: str) -> str:
    """The address of Stripe's receipt of a payment. Raises NotFound, StripeAway."""
    url = get_payments().receipt(payment)
    if not url:
        raise NotFound
    return url


def tax_ids_of(portal: Portal) -> dict[str, Any]:
    """The company's numbers as Stripe has them; `tax_away` where it cannot be asked."""
    customer = PaymentCustomer.objects.filter(portal=portal).first()
    if customer is None or not payments_on():
        return {"tax_ids": [], "tax_away": False}
    try:
        kinds = dict(TAX_KINDS)
        found = [(one, kinds.get(one.kind, one.kind)) for one in get_payments().tax_ids(customer.customer)]
    except StripeAway:
        return {"tax_ids": [], "tax_away": True}
    return {"tax_ids": found, "tax_away": False}


def add_tax_id(*, actor: User, portal: Portal, kind: str, value: str, cause: str) -> None:
    """Let the number stand on invoices. Raises Invalid for one that cannot be, Denied."""
    require_permission(actor, MANAGE)
    customer = customer_of(portal)

    def add(key: str) -> operation.Result:
        return {"id": get_payments().add_tax_id(key=key, customer=customer.customer, kind=kind, value=value).id}

    try:
        operation.perform(
            portal_id=portal.pk, kind="tax-id", cause=f"{kind}:{value}:{cause}", call=add, by=actor.display_name
        )
    except Misunderstood as refused:
        raise Invalid(fields={"value": [_("This number does not look right for its kind.")]}) from refused
    _note(actor, portal, (None, value))


def remove_tax_id(*, actor: User, portal: Portal, tax_id: str, cause: str) -> None:
    """Let it stand on no further invoice; one that is not the company's is not found. Raises Denied, NotFound."""
    require_permission(actor, MANAGE)
    customer = customer_of(portal)
    known = next((one for one in get_payments().tax_ids(customer.customer) if one.id == tax_id), None)
    if known is None:
        raise NotFound

    def remove(key: str) -> operation.Result:
        get_payments().remove_tax_id(key=key, customer=customer.customer, tax_id=tax_id)
        return {}

    operation.perform(
        portal_id=portal.pk, kind="tax-id-off", cause=f"{tax_id}:{cause}", call=remove, by=actor.display_name
    )
    _note(actor, portal, (known.value, None))


def _note(actor: User, portal: Portal, change: tuple[str | None, str | None]) -> None:
    with enter(portal), transaction.atomic():
        audit.record(actor, action="billing.tax_id.change", changes={"tax_id": change})
