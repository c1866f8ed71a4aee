"""What is posted to a list: chosen columns, saved views, actions on many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from infra.kit.access import may, require_permission
from infra.kit.errors import Invalid, NotFound, PortalError
from infra.ui.forms import form_errors
from infra.ui.lists import saved
from infra.ui.lists.columns import Column
from infra.ui.lists.declared import BulkAction
from infra.ui.lists.narrowing import Narrowed, Row
from infra.ui.models import SavedView
from infra.ui.toasts import toast

MOST_ROWS = 5000


def _done(request: HttpRequest, url: str, triggers: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": triggers})
    return HttpResponse(status=303, headers={"Location": url})


def _leave(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


class Posted(Narrowed[Row]):
    """A list whose columns and views people choose and keep, and whose rows they change many at once."""

    key: ClassVar[str]
    keeps_views = True
    columns: Sequence[Column]  # a room whose columns differ from portal to portal sets them and `orders` in `setup`
    bulk: ClassVar[Sequence[BulkAction]] = ()

    @cached_property
    def saved_views(self) -> list[SavedView]:
        """Views on offer."""
        return saved.views_of(self.actor, self.key)

    @cached_property
    def view(self) -> SavedView | None:
        """The saved view that is open."""
        asked = self.request.GET.get("view", "")
        return next((view for view in self.saved_views if str(view.pk) == asked), None)

    @property
    def may_change_view(self) -> bool:
        """Whether the person may remove the view that is open."""
        return self.view is not None and saved.may_change(self.actor, self.view)

    @cached_property
    def shown_columns(self) -> list[Column]:
        """Columns in the order of the open view, else of the person, else as declared; fixed ones are always there."""
        keys = self.view.columns if self.view and self.view.columns else saved.chosen_columns(self.actor, self.key)
        by_key = {column.key: column for column in self.columns}
        chosen = [by_key[key] for key in keys if key in by_key] or [item for item in self.columns if item.shown]
        return [item for item in self.columns if item.fixed and item not in chosen] + chosen

    @cached_property
    def open_bulk(self) -> list[BulkAction]:
        """Bulk actions this person may use."""
        return [item for item in self.bulk if item.permission is None or may(self.actor, item.permission)]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        match request.POST.get("do"):
            case "columns":
                return self._keep_columns()
            case "save-view":
                return self._keep_view()
            case "delete-view":
                return self._drop_view()
            case "bulk-form":
                return self._ask()
            case "bulk":
                return self._run()
        raise Invalid

    def _keep_columns(self) -> HttpResponseBase:
        """Keep which columns this person sees, in which order; `reset` returns to the list's own."""
        post = self.request.POST
        known = {column.key for column in self.columns}
        shown = set(post.getlist("shown"))
        keys = [] if "reset" in post else [key for key in post.getlist("order") if key in known and key in shown]
        saved.choose_columns(actor=self.actor, screen=self.key, keys=keys)
        return _leave(self.request, self.request.get_full_path())

    def _keep_view(self) -> HttpResponseBase:
        """Keep filter, search, order and columns under a name."""
        request = self.request
        view = saved.save_view(
            actor=self.actor,
            screen=self.key,
            name=request.POST.get("name", ""),
            query=request.GET.urlencode(),
            columns=[column.key for column in self.shown_columns],
            shared="shared" in request.POST,
        )
        toast(request, _("View “%(name)s” saved.") % {"name": view.name})
        return _leave(request, f"{request.path}?{view.query}{'&' if view.query else ''}view={view.pk}")

    def _drop_view(self) -> HttpResponseBase:
        """Remove a view that the person may remove."""
        given = self.request.POST.get("view", "")
        view = next((view for view in self.saved_views if str(view.pk) == given), None)
        if view is None:
            raise NotFound
        saved.delete_view(actor=self.actor, view=view)
        toast(self.request, _("View removed."))
        return _leave(self.request, self.request.path)

    def _action(self) -> BulkAction:
        asked = self.request.POST.get("action", "")
        action = next((item for item in self.bulk if item.key == asked), None)
        if action is None:
            raise Invalid
        if action.permission is not None:
            require_permission(self.actor, action.permission)
        return action

    def _chosen(self) -> QuerySet[Any, Row]:
        """The rows that were ticked, or all that the filter leaves; always within what the person may see."""
        rows = self.filtered()
        if self.request.POST.get("all") == "1":
            if rows.order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
                raise Invalid(_("At most %(n)d at once. Narrow the filter, then repeat.") % {"n": MOST_ROWS})
            return rows
        ids = [int(pk) for pk in self.request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 19]
        if not ids:
            raise Invalid(_("Nothing is chosen."))
        return self.rows().filter(pk__in=ids[:MOST_ROWS])

    def _ask(self) -> HttpResponseBase:
        """The action's form, in a dialog."""
        action = self._action()
        return self._dialog(action, action.form() if action.form else None, self._chosen().order_by().count())

    def _dialog(self, action: BulkAction, form: Any, count: int, status: int = 200) -> HttpResponse:
        post = self.request.POST
        context = {
            "action": action,
            "form": form,
            "count": count,
            "ids": post.getlist("ids"),
            "all": post.get("all", ""),
            "url": self.request.get_full_path(),
        }
        response = render(self.request, "ui/lists/bulk_dialog.html", context, status=status)
        response.headers["HX-Retarget"] = "#ui-dialogs"
        response.headers["HX-Reswap"] = "innerHTML"
        return response

    def _run(self) -> HttpResponseBase:
        """Do it, say how many, refresh the list. A form with faults comes back as it was typed."""
        action, request = self._action(), self.request
        form = None
        if action.form is not None:
            form = action.form(request.POST, request.FILES)
            if not form.is_valid():
                return self._dialog(action, form, self._chosen().order_by().count(), status=422)
        try:
            done: int = getattr(self, f"bulk_{action.key}")(self._chosen(), form)
        except PortalError as error:
            if form is None or not isinstance(error, Invalid):
                raise
            form_errors(form, error)
            return self._dialog(action, form, self._chosen().order_by().count(), status=422)
        toast(request, ngettext("%(n)d changed.", "%(n)d changed.", done) % {"n": done})
        return _done(request, request.get_full_path(), "list-refresh, bulk-done")
