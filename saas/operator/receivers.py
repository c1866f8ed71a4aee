"""What the operator is told of."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.contracts import PlanAsked
from infra.adapters import mail
from infra.db.current import enter
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
            people = [
                person.pk
                for person in User.objects.employees().select_related("role")
                if person.scope("operator.console.use")
            ]
            notify(
                person_ids=people,
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
