"""What the operator is told of."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.contracts import AdjustmentAsked, LedgerDiffers, PaymentDisputed, PlanAsked, RecordsDiffer
from infra.adapters import mail
from infra.db.current import current_portal, enter
from infra.ui.letters import render_letter
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.models import Portal
from tenants.portals.models.portal import url_of


def plan_asked(event: PlanAsked, *, delivery: Any) -> None:
    """A portal asked for another plan: the operator's people see it behind the bell and get a letter."""
    portal = Portal.objects.existing().filter(pk=event.portal_id).first()
    operator = Portal.objects.filter(is_operator=True).first()
    if portal is None:
        return
    path = f"/operator/portals/{portal.pk}/"
    if operator is not None:
        with enter(operator):
            notify(
                person_ids=_of_the_service(),
                text=format_lazy(_("{company} asks for the plan “{plan}”"), company=portal.name, plan=event.plan),
                url=path,
                icon="credit-card",
            )
    letter = render_letter(
        "operator/letters/plan_asked",
        {
            "company": portal.name,
            "plan": event.plan,
            "person": event.asked_by,
            "url": f"{operator.url if operator else url_of(settings.BASE_DOMAIN)}{path}",
        },
    )
    mail.send(settings.SUPPORT_EMAIL, letter.subject, letter.text, letter.html)


def ledger_differs(event: LedgerDiffers, *, delivery: Any) -> None:
    """The books do not add up: whoever runs the service sees it behind the bell and gets a letter, every night."""
    path = "/operator/money/ledger/"
    notify(
        person_ids=_of_the_service(),
        text=format_lazy(_("The ledger check found differences: {count}"), count=event.differences),
        url=path,
        icon="alert-triangle",
    )
    url = f"{current_portal().url}{path}"
    letter = render_letter("operator/letters/ledger_differs", {"count": event.differences, "url": url})
    mail.send(settings.SUPPORT_EMAIL, letter.subject, letter.text, letter.html)


def records_differ(event: RecordsDiffer, *, delivery: Any) -> None:
    """The switch and we do not agree about calls: whoever runs the service sees it behind the bell."""
    notify(
        person_ids=_of_the_service(),
        text=format_lazy(_("Calls differ from the switch's records: {count}"), count=event.differing),
        url="/operator/calls/#records",
        icon="phone",
    )


def adjustment_asked(event: AdjustmentAsked, *, delivery: Any) -> None:
    """A gift or correction waits for a second person: everybody who may agree is told."""
    notify(
        person_ids=[person for person in _of_the_service() if person != event.asked_by_id],
        text=format_lazy(_("{person} asks you to agree: {amount}"), person=event.asked_by, amount=event.amount),
        url="/operator/money/waiting/",
        icon="scale",
    )


def payment_disputed(event: PaymentDisputed, *, delivery: Any) -> None:
    """A bank questions a payment or has decided: it is answered in Stripe's pages, and before its date."""
    portal = Portal.objects.existing().filter(pk=event.portal_id).first()
    texts = {
        (False, True): _("{company} disputes {amount}: the bank has taken it back"),
        (False, False): _("{company}: the bank asks about {amount}"),
        (True, True): _("{company}: the dispute about {amount} is lost"),
        (True, False): _("{company}: the dispute about {amount} is over, the money is ours"),
    }
    notify(
        person_ids=_of_the_service(),
        text=format_lazy(
            texts[event.over, event.taken], company=portal.name if portal else event.portal_id, amount=event.amount
        ),
        url="/operator/card-payments/",
        icon="alert-triangle",
    )


def _of_the_service() -> list[int]:
    """People of the entered (operator's) portal who use the console."""
    people = User.objects.employees().select_related("role")
    return [person.pk for person in people if person.scope("operator.console.use")]
