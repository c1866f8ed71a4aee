"""A portal uses more than its plan gives: letters with the day on which it can only be read, and what would fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from billing.contracts import Meter
from billing.domain import memory, refusals, usage
from billing.domain.entitlement import GRACE
from billing.models import Subscription
from billing.models.plan import in_language
from infra.adapters import mail
from infra.db.current import enter
from infra.ui.letters import render_letter
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.models import Portal

LETTERS = (timedelta(0), timedelta(days=7), GRACE - timedelta(days=1), GRACE)
"""When after the first day over the plan a letter is written; the last one says that the portal can only be read."""


def remind_all() -> int:
    """Write what is due to every portal that is over its plan; how many were written to. Two runs write once.

    A plan that is put aside for a missing payment has letters of its own (dunning.py).
    """
    rows = Subscription.objects.filter(over_since__isnull=False, unpaid_since=None).select_related("portal")
    return sum(_remind(ours.portal) for ours in rows.order_by("portal_id"))


@transaction.atomic
def _remind(portal: Portal) -> bool:
    ours = Subscription.objects.select_for_update().get(portal=portal)
    if ours.over_since is None:
        return False
    due = sum(1 for wait in LETTERS if ours.over_since + wait <= datetime.now(UTC))
    if ours.over_told >= due:
        return False
    with enter(portal):
        rights = memory.entitlements(portal.schema_name)
        over = usage.review(rights, portal.schema_name)
        if not over:
            return False
        Subscription.objects.filter(portal=portal).update(over_told=due)
        _write(portal, ours.over_since + GRACE, dict(rights.plan_titles), over, due)
    return True


def _write(portal: Portal, until: datetime, plan: dict[str, str], over: Sequence[Meter], due: int) -> None:
    closed = due == len(LETTERS)
    context = {"company": portal.name, "until": until, "closed": closed, "url": f"{portal.url}/billing/"}
    owners = list(User.objects.owners())
    for owner in owners:
        language = owner.locale or portal.locale
        with override(language):
            words = {"plan": in_language(plan), "what": refusals.to_remove(over)}
        letter = render_letter("billing/letters/too_small", {**context, **words}, language=language)
        mail.send(owner.email, letter.subject, letter.text, letter.html)
    text = _("The portal can only be read until it fits its plan.") if closed else _("The plan is too small.")
    notify(person_ids=[owner.pk for owner in owners], text=text, url="/billing/", icon="credit-card")
