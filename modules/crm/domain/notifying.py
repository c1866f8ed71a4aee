"""Who is told of what."""

from __future__ import annotations

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from infra.kit.access import SYSTEM, Actor
from infra.ui.notifications import notify
from modules.crm.models import Lead
from tenants.people.models import User


def notify_new_lead(lead: Lead, person_id: int) -> None:
    """Tell that person that a lead came in for them."""
    notify(
        actor=SYSTEM,
        person_ids=[person_id],
        text=format_lazy(_("New lead: {title}"), title=lead.title),
        ref=lead.ref,
        url=lead_url(lead),
        icon="user-plus",
    )


def notify_assigned(lead: Lead, person: User, by: Actor) -> None:
    """Tell `person` that somebody else gave them the lead."""
    if person.pk == by.id:
        return
    notify(
        actor=by,
        person_ids=[person.pk],
        text=format_lazy(_("{who} gave you the lead “{title}”"), who=by.display_name, title=lead.title),
        ref=lead.ref,
        url=lead_url(lead),
        icon="user-check",
    )


def lead_url(lead: Lead) -> str:
    """The address of the lead's card."""
    return reverse("crm:lead", args=[lead.pk])
