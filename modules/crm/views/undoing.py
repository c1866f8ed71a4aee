"""Taking back what was done to many records."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from infra.kit.screens import screen
from infra.ui.toasts import toast
from modules.crm.domain.bulk import access_change, undo_change
from modules.crm.domain.kinds import kind_named
from modules.crm.models import Change
from modules.crm.views.asking import actor_of


def undoable(request: HttpRequest, change: Change) -> None:
    """Offer to take `change` back."""
    if change.before:
        toast(request, _("Done. It can be taken back for a day."), undo=reverse("crm:undo", args=[change.pk]))


@screen(None, methods=("POST",))
def undo(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take back one's own change of many records."""
    change = access_change(actor_of(request), change_id)
    done = undo_change(actor=actor_of(request), change=change)
    toast(request, ngettext("Taken back: %(n)d record.", "Taken back: %(n)d records.", done) % {"n": done})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": "list-refresh, panel-refresh"})
    return HttpResponseRedirect(kind_named(change.kind).url())
