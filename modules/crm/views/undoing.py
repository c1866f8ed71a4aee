"""Taking back what was done to many records."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from infra.kit.screens import screen
from infra.ui.toasts import toast
from modules.crm.domain.bulk import access_change, gone, undo_change
from modules.crm.domain.kinds import kind_named
from modules.crm.models import Change
from modules.crm.views.asking import actor_of

_TOLD = 3


def undoable(request: HttpRequest, change: Change, asked: int = 0) -> None:
    """Offer to take `change` back, and say how many of the `asked` stayed as they were, and why."""
    if change.before:
        toast(request, _("Done. It can be taken back for a day."), undo=reverse("crm:undo", args=[change.pk]))
    told = [(text, number) for _code, text, number in change.stayed]
    if (missing := asked - len(change.before) - sum(number for _text, number in told)) > 0:
        told.append((str(gone()), missing))
    if told:
        stayed = sum(number for _text, number in told)
        why = " ".join(f"{text} ({number})" for text, number in told[:_TOLD])
        words = ngettext("%(n)d stays as it was: %(why)s", "%(n)d stay as they were: %(why)s", stayed)
        toast(request, words % {"n": stayed, "why": why}, "warning")


@screen(None, methods=("POST",))
def undo(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take back one's own change of many records."""
    change = access_change(actor_of(request), change_id)
    done = undo_change(actor=actor_of(request), change=change)
    toast(request, ngettext("Taken back: %(n)d record.", "Taken back: %(n)d records.", done) % {"n": done})
    if stayed := len(change.before) - done:
        text = ngettext("%(n)d was changed since and stays.", "%(n)d were changed since and stay.", stayed)
        toast(request, text % {"n": stayed}, "warning")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": "list-refresh, panel-refresh"})
    return HttpResponseRedirect(kind_named(change.kind).url())
