"""What is posted to a list: chosen columns, saved views, actions on many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from infra.kit.access import require_permission
from infra.kit.errors import Invalid, PortalError
from infra.ui.forms import form_errors
from infra.ui.lists import saved
from infra.ui.lists.declared import BulkAction
from infra.ui.lists.filters import query_without
from infra.ui.toasts import toast

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from infra.ui.lists.screen import ListScreen

MOST_ROWS = 5000


def _done(request: HttpRequest, url: str, triggers: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": triggers})
    return HttpResponse(status=303, headers={"Location": url})


def _leave(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


def keep_columns(screen: ListScreen[Any]) -> HttpResponseBase:
    """Keep which columns this person sees, in which order; `reset` returns to the list's own."""
    post = screen.request.POST
    known = {column.key for column in screen.columns}
    shown = set(post.getlist("shown"))
    keys = [] if "reset" in post else [key for key in post.getlist("order") if key in known and key in shown]
    saved.choose_columns(actor=screen.actor, screen=screen.key, keys=keys)
    return _leave(screen.request, screen.request.get_full_path())


def keep_view(screen: ListScreen[Any]) -> HttpResponseBase:
    """Keep filter, search, order and columns under a name."""
    request = screen.request
    query = query_without(request.GET, ["after", "before", "view", "export"]).removeprefix("?")
    view = saved.save_view(
        actor=screen.actor,
        screen=screen.key,
        name=request.POST.get("name", ""),
        query=query,
        columns=[column.key for column in screen.shown_columns],
        shared="shared" in request.POST,
    )
    toast(request, _("View “%(name)s” saved.") % {"name": view.name})
    return _leave(request, f"{request.path}?{query}&view={view.pk}" if query else f"{request.path}?view={view.pk}")


def drop_view(screen: ListScreen[Any]) -> HttpResponseBase:
    """Remove one of the person's own views."""
    given = screen.request.POST.get("view", "")
    saved.delete_view(
        actor=screen.actor,
        screen=screen.key,
        view_id=int(given) if given.isdecimal() and len(given) < 19 else 0,
    )
    toast(screen.request, _("View removed."))
    return _leave(screen.request, screen.request.path)


def _action(screen: ListScreen[Any]) -> BulkAction:
    asked = screen.request.POST.get("action", "")
    action = next((item for item in screen.bulk if item.key == asked), None)
    if action is None:
        raise Invalid
    if action.permission is not None:
        require_permission(screen.actor, action.permission)
    return action


def _chosen(screen: ListScreen[Any]) -> QuerySet[Any, Any]:
    """The rows that were ticked, or all that the filter leaves; always within what the person may see."""
    rows = screen.filtered()
    if screen.request.POST.get("all") == "1":
        if rows.order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
            raise Invalid(_("At most %(n)d at once. Narrow the filter, then repeat.") % {"n": MOST_ROWS})
        return rows
    ids = [int(pk) for pk in screen.request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 19]
    if not ids:
        raise Invalid(_("Nothing is chosen."))
    return screen.rows().filter(pk__in=ids[:MOST_ROWS])


def ask(screen: ListScreen[Any]) -> HttpResponseBase:
    """The action's form, in a dialog."""
    action = _action(screen)
    return _dialog(screen, action, action.form() if action.form else None, _chosen(screen).order_by().count())


def _dialog(screen: ListScreen[Any], action: BulkAction, form: Any, count: int, status: int = 200) -> HttpResponse:
    post = screen.request.POST
    context = {
        "action": action,
        "form": form,
        "count": count,
        "ids": post.getlist("ids"),
        "all": post.get("all", ""),
        "url": screen.request.get_full_path(),
    }
    response = render(screen.request, "ui/lists/bulk_dialog.html", context, status=status)
    response.headers["HX-Retarget"] = "#ui-dialogs"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def run(screen: ListScreen[Any]) -> HttpResponseBase:
    """Do it, say how many, refresh the list. A form with faults comes back as it was typed."""
    action, request = _action(screen), screen.request
    form = None
    if action.form is not None:
        form = action.form(request.POST, request.FILES)
        if not form.is_valid():
            return _dialog(screen, action, form, _chosen(screen).order_by().count(), status=422)
    try:
        done: int = getattr(screen, f"bulk_{action.key}")(_chosen(screen), form)
    except PortalError as error:
        if form is None or not isinstance(error, Invalid):
            raise
        form_errors(form, error)
        return _dialog(screen, action, form, _chosen(screen).order_by().count(), status=422)
    toast(request, ngettext("%(n)d changed.", "%(n)d changed.", done) % {"n": done})
    return _done(request, request.get_full_path(), "list-refresh, bulk-done")
