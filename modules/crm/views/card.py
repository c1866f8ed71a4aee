"""A lead's card: fields left, timeline right."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from infra.kit.access import Actor
from infra.kit.screens import screen
from infra.ui.panels import render_panel
from modules.crm.domain.access import DELETE, EDIT, VIEW, access_lead, may_do
from modules.crm.domain.duplicates import find_duplicates, probe_of
from modules.crm.forms import people_choices, stage_choices
from modules.crm.views.timeline import timeline_of

_MARKS = {"page": _("Page"), "referrer": _("Came from")}


@screen(VIEW)
def lead(request: HttpRequest, lead_id: int) -> HttpResponse:
    """The card, in the panel or as a page."""
    actor = cast(Actor, request.user)
    found = access_lead(actor, lead_id)
    points = list(found.contact_points.all())
    stages = list(found.stage.pipeline.stages.all())
    may_edit = may_do(actor, EDIT, found)
    context = {
        "lead": found,
        "phones": [point for point in points if point.kind == "phone"],
        "emails": [point for point in points if point.kind == "email"],
        "stages": stages,
        "stage_choices": stage_choices() if may_edit else [],
        "people": people_choices() if may_edit else [],
        "duplicates": find_duplicates(actor=actor, probe=probe_of(found), kinds=["lead"], besides=found),
        "entries": timeline_of(found),
        "may_edit": may_edit,
        "may_delete": may_do(actor, DELETE, found),
        "utm": [(_MARKS.get(key, key), value) for key, value in found.marks.items() if value],
    }
    return render_panel(request, "crm/lead.html", context, back=reverse("crm:leads"))
