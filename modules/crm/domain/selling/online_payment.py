"""Invoices paid by card through a payment link of the company's own Stripe account.

The service has no part in it: the money goes to the company. Whether it came is asked of Stripe, since the company's
account tells its webhooks to nobody here; the payment's own id makes it count once.
"""

from __future__ import annotations

import re
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit, jobs
from infra.adapters.payments import Links, links_of, major, minor
from infra.db.current import portal_schema
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor, require_permission
from infra.kit.errors import Conflict, Invalid, PortalError
from modules.crm.domain.access import require_on
from modules.crm.domain.kinds import INVOICE
from modules.crm.domain.locking import lock
from modules.crm.domain.sealing import seal, unseal
from modules.crm.domain.selling.document_status import UNPAID
from modules.crm.domain.selling.paper import title_of
from modules.crm.domain.selling.payment import record_payment
from modules.crm.domain.selling.public_link import link_of, open_link
from modules.crm.domain.selling.settings import MANAGE, locked_selling, selling
from modules.crm.domain.telling import tell
from modules.crm.models import Invoice, PaymentMethod

log = structlog.get_logger(__name__)
_KEY = re.compile(r"(rk|sk)_(test|live)_[A-Za-z0-9]{8,300}")


def card_payments_on() -> bool:
    """Whether the company has given a key of its own."""
    return bool(selling().stripe_key)


def set_stripe_key(*, actor: Actor, key: str) -> None:
    """Keep the company's own restricted key, encrypted; "" forgets it. Links of the account before are no longer
    offered, and closed there. Raises Denied, Invalid (key), ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    key = key.strip()
    if key and not _KEY.fullmatch(key):
        raise Invalid(fields={"key": [_("A key of Stripe begins with rk_live_ or rk_test_.")]})
    with transaction.atomic():
        row = locked_selling()
        old, before = row.stripe_key, row.stripe_key_ends
        if unseal(old) == key:
            return
        row.stripe_key, row.stripe_key_ends = (seal(key) if key else ""), key[-4:]
        row.save()
        audit.record(actor, "selling.set", None, {"stripe_key": (before and f"…{before}", key and f"…{key[-4:]}")})
        if old:
            _leave_links(old)


def _leave_links(sealed: str) -> None:
    """Take links of the account behind a sealed key off their invoices; a job asks there once more and closes them."""
    rows = Invoice.objects.filter(status__in=UNPAID).exclude(stripe_link_id="")
    for pk, link in rows.select_for_update().values_list("pk", "stripe_link_id"):
        jobs.named("crm.leave_payment_link").enqueue(pk, link, sealed)
    rows.update(stripe_link_id="", stripe_link_url="")


def leave_link(invoice_id: int, link: str, sealed: str) -> None:
    """Write down what was paid through a link of an account that the company has left, and close the link there."""
    invoice, key = Invoice.objects.filter(pk=invoice_id).first(), unseal(sealed)
    if invoice is None or not key:
        return
    account = links_of(key)
    account.close_link(key=f"crm:{portal_schema()}:{link}:closed", link=link)
    _write_down(account, invoice, link)


def open_payment_link(*, actor: Actor, invoice: Any) -> Any:
    """Give an invoice a page where its open amount is paid by card; it stands on the client's page too.

    Raises Conflict (nothing open, no key), Denied, Misunderstood, NoAnswer, PaymentsOff, ReadOnly, StripeAway.
    """
    gates.require_writable()
    require_on(actor, INVOICE.permission("edit"), invoice)
    invoice = open_link(actor=actor, record=invoice)
    if invoice.stripe_link_url:
        return invoice
    if invoice.status not in UNPAID or not invoice.open_amount:
        raise Conflict(_("Nothing is to be paid for this invoice."))
    made = _account().open_link(
        key=f"crm:{portal_schema()}:{invoice.pk}:{invoice.version}:{selling().version}",
        amount=minor(invoice.open_amount, invoice.currency),
        currency=invoice.currency,
        title=title_of(invoice),
        return_url=f"{link_of(invoice)}?paid=1",
        metadata={"invoice": invoice.number},
    )
    with transaction.atomic():
        invoice = lock(INVOICE, invoice.pk, None)
        invoice.stripe_link_id, invoice.stripe_link_url = made.id, made.url
        invoice.save(update_fields=["stripe_link_id", "stripe_link_url"])
        audit.record(actor, "invoice.link", invoice.ref, {"pay": (None, made.url)})
        tell(invoice, "changed", actor)
    return invoice


def _account() -> Links:
    key = unseal(selling().stripe_key)
    if not key:
        raise Conflict(_("Give your own Stripe key in the settings of selling first."), code="no_stripe_key")
    return links_of(key)


def look_for_money(invoice: Invoice) -> int:
    """Ask Stripe what was paid through an invoice's link and write it down. Returns how many payments are known.

    Raises Misunderstood, PaymentsOff, StripeAway.
    """
    if not invoice.stripe_link_id or not card_payments_on():
        return 0
    account = _account()
    found = _write_down(account, invoice, invoice.stripe_link_id)
    fresh = Invoice.objects.get(pk=invoice.pk)
    if not fresh.open_amount and fresh.stripe_link_url:
        account.close_link(key=f"crm:{portal_schema()}:{fresh.stripe_link_id}:closed", link=fresh.stripe_link_id)
        Invoice.objects.filter(pk=invoice.pk).update(stripe_link_url="")
    return found


def _write_down(account: Links, invoice: Invoice, link: str) -> int:
    found = [one for one in account.paid_through(link) if one.currency == invoice.currency]
    for one in found:
        record_payment(
            actor=SYSTEM,
            invoice=invoice,
            amount=major(one.amount, one.currency),
            paid_on=timezone.localdate(),
            method=PaymentMethod.STRIPE,
            external_id=one.id,
        )
    return len(found)


def close_link_at_stripe(link: str) -> None:
    """Let nobody pay through a link whose amount is no longer what is open."""
    if card_payments_on():
        _account().close_link(key=f"crm:{portal_schema()}:{link}:closed", link=link)


def look_for_all_money(batch: int = 200, turn: int = 0) -> int:
    """The same for unpaid invoices that have a link, at most `batch` of them: which, goes round with the number of the
    `turn`, so that none waits for ever behind others. Returns how many were asked about."""
    rows = Invoice.objects.alive().filter(status__in=UNPAID).exclude(stripe_link_id="").order_by("pk")
    waiting = list(rows.values_list("pk", flat=True))
    first = turn * batch % len(waiting) if len(waiting) > batch else 0
    asked = 0
    for invoice in Invoice.objects.filter(pk__in=[*waiting[first:], *waiting[:first]][:batch]).order_by("pk"):
        try:
            look_for_money(invoice)
            asked += 1
        except PortalError as error:
            log.warning("crm.payment_link_not_asked", invoice=invoice.pk, code=error.code)
    return asked
