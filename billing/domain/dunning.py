"""A payment is missing: letters with dates, then the fallback plan, never deletion; and open again once it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.domain import memory, subscription
from billing.domain.entitlement import UNPAID_GRACE
from billing.models import InvoiceCopy, PaidSubscription, Subscription
from infra import audit
from infra.adapters import mail
from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.kit.errors import Text
from infra.ui.letters import render_letter
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.models import Portal

LETTERS = (timedelta(0), timedelta(days=7), UNPAID_GRACE - timedelta(days=1), UNPAID_GRACE)
"""When after the first refusal a letter is written; the last one says that the plan has been put aside."""


@transaction.atomic
def payment_missing(*, portal: Portal, paid: PaidSubscription, told: bool = False) -> None:
    """The grace begins, once; the plan goes on meanwhile. `told`: the first letter is somebody else's."""
    ours = Subscription.objects.select_for_update().get(portal=portal)
    if ours.unpaid_since is not None:
        return
    ours.unpaid_since = datetime.now(UTC)
    ours.save(update_fields=["unpaid_since"])
    memory.changed(portal.schema_name)
    with enter(portal):
        audit.record(SYSTEM, action="billing.payment.fail")
    if told:
        PaidSubscription.objects.filter(pk=paid.pk).update(reminded=1)
    else:
        remind(portal=portal, since=ours.unpaid_since, paid=paid)


@transaction.atomic
def payment_made(*, portal: Portal, paid: PaidSubscription) -> None:
    """All is paid: the plan counts again with the next click, and the portal is open."""
    ours = Subscription.objects.select_for_update().get(portal=portal)
    if ours.unpaid_since is None:
        return
    ours.unpaid_since = None
    ours.save(update_fields=["unpaid_since"])
    PaidSubscription.objects.filter(pk=paid.pk).update(reminded=0)
    memory.changed(portal.schema_name)
    subscription.say_changed(portal)
    with enter(portal):
        audit.record(SYSTEM, action="billing.payment.arrive")
        _write(portal, "billing/letters/paid_again", {}, _("The payment has arrived. Your plan counts again."))


def remind_all() -> int:
    """Write what is due to every portal that owes something; how many were written to. Two runs write once."""
    written = 0
    rows = Subscription.objects.filter(unpaid_since__isnull=False).select_related("portal").order_by("portal_id")
    for ours in rows:
        paid = PaidSubscription.objects.filter(portal=ours.portal).first()
        if paid is not None and ours.unpaid_since is not None:
            written += remind(portal=ours.portal, since=ours.unpaid_since, paid=paid)
    return written


@transaction.atomic
def remind(*, portal: Portal, since: datetime, paid: PaidSubscription) -> bool:
    """The letter that is due by now, if it has not been written; the last one also starts the reading-only."""
    paid = PaidSubscription.objects.select_for_update().get(pk=paid.pk)
    due = sum(1 for wait in LETTERS if since + wait <= datetime.now(UTC))
    if paid.reminded >= due:
        return False
    paid.reminded = due
    paid.save(update_fields=["reminded"])
    invoice = InvoiceCopy.objects.filter(portal=portal, status="open").order_by("-issued_at").first()
    disputed = paid.status not in ("past_due", "unpaid")
    context = {
        "until": since + UNPAID_GRACE, "invoice": invoice, "lapsed": due == len(LETTERS), "disputed": disputed,
    }  # fmt: skip
    with enter(portal):
        if due == len(LETTERS):
            subscription.say_changed(portal)
            _write(portal, "billing/letters/unpaid", context, _("Your plan is put aside until it is paid."))
        else:
            _write(portal, "billing/letters/unpaid", context, _("A payment did not go through."))
    return True


def _write(portal: Portal, name: str, context: Mapping[str, object], text: Text) -> None:
    url = f"{portal.url}/billing/"
    owners = list(User.objects.owners())
    for owner in owners:
        letter = render_letter(
            name, {**context, "company": portal.name, "url": url}, language=owner.locale or portal.locale
        )
        mail.send(owner.email, letter.subject, letter.text, letter.html)
    notify(person_ids=[owner.pk for owner in owners], text=text, url="/billing/", icon="credit-card")
