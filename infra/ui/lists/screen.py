"""A list of records as a page: filter, search, order, columns, saved views, bulk actions, export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from infra.jobs import named, start
from infra.kit.access import Actor, may, require_permission
from infra.kit.errors import NotFound, Text
from infra.ui.context import address
from infra.ui.lists.background import LARGE, is_asked_by_a_job
from infra.ui.lists.columns import Column
from infra.ui.lists.declared import Empty, Export, Order, empty_address
from infra.ui.lists.exporting import FORMATS, export
from infra.ui.lists.filters import query_without
from infra.ui.lists.keyset import Page, page_of
from infra.ui.lists.narrowing import FIELDS, Row
from infra.ui.lists.places import usual_places
from infra.ui.lists.posting import Posted
from infra.ui.lists.rows import rows_html
from infra.ui.toasts import toast

SUMS, WHOLE = "sums", "whole"  # values of `part` that ask what all rows come to; however many they are
COUNT = "count"  # asks how many they are


class ListScreen(Posted[Row]):
    """Base of all lists. A room fills in the declarations and `rows`, `url_of`, `search`, `bulk_<key>`."""

    title: ClassVar[Text]
    subtitle: ClassVar[Text] = ""
    template_name: ClassVar[str] = "ui/list.html"
    orders: Sequence[Order] = (Order("-id", ""),)
    export_permission: ClassVar[str | None] = None
    export_name: ClassVar[str] = "list"
    exports: Sequence[Export] = ()  # further formats, each answered by `export_<key>()`
    live: ClassVar[str] = ""
    empty: ClassVar[Empty | None] = None
    views: Sequence[tuple[str, Text, str]] = ()
    page_size: ClassVar[int] = 50
    count_cap: ClassVar[int] = 10_000
    opens_panel: ClassVar[bool] = True
    has_sums: bool = False
    ids_first: bool = False  # see infra.api.keyset.first_of

    http_method_names = ["get", "head", "post", "options"]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        known = {order.field for order in cls.orders}
        for column in getattr(cls, "columns", ()):
            if column.order and column.order not in known:
                raise ImproperlyConfigured(f"{cls.__name__}: no order for column {column.key}")

    # -- what a room fills in --------------------------------------------------------------------------------------

    @classmethod
    def places(cls, actor: Actor, name: str) -> Iterable[tuple[str, Text, str]]:
        """The lists behind the address called `name` that `actor`, who passed its gate, may open: key, title, address.

        A page whose address names a list among others says here which they are.
        """
        return usual_places(cls, name)

    def url_of(self, row: Row) -> str:
        """Where a row's record is; "" = it opens nothing."""
        return ""

    def extra_context(self) -> dict[str, Any]:
        """What a template of one's own needs besides."""
        return {}

    def sums(self, *, whole: bool) -> HttpResponseBase:
        """What the rows of all pages come to, fetched after the page of a list with `has_sums`; where there are very
        many it may offer to be asked for the `whole`. Of a narrowed list it brings the count along (`counted`)."""
        raise NotFound

    # -- what was asked for ----------------------------------------------------------------------------------------

    @cached_property
    def order(self) -> str:
        """The order asked for, if it is a declared one in either direction; else the first declared."""
        asked = self.request.GET.get("order", "")
        return asked if asked.removeprefix("-") in {item.field for item in self.orders} else self.orders[0].key

    @property
    def may_export(self) -> bool:
        """Whether exports are offered."""
        return self.export_permission is not None and may(self.actor, self.export_permission)

    # -- answers ---------------------------------------------------------------------------------------------------

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = request.GET.get("export", "")
        if form:
            return self._export(form)
        if request.GET.get("part") == FIELDS:
            return self.filter_fields()
        if (part := request.GET.get("part")) in (SUMS, WHOLE):
            return self.sums(whole=part == WHOLE)
        if part == COUNT:
            return render(request, "ui/lists/count.html", self.counted(self.count()))
        if request.headers.get("HX-Target") == "ui-list":
            return render(request, "ui/lists/body.html", self.get_context())
        return render(request, self.template_name, self.get_context())

    def _export(self, form: str) -> HttpResponseBase:
        if not self.may_export and self.export_permission is not None:
            require_permission(self.actor, self.export_permission)
        own = {item.key for item in self.exports}
        if not self.may_export or form not in {*FORMATS, *own}:
            raise NotFound
        if not is_asked_by_a_job(self.request) and self._is_large():
            return self._export_in_background()
        if form in own:
            return cast(HttpResponseBase, getattr(self, f"export_{form}")())
        return export(self.request, self.slice, self.shown_columns, name=self.export_name, form=form)

    def _is_large(self) -> bool:
        return self.filtered().order_by().values("pk")[: LARGE + 1].count() > LARGE

    def _export_in_background(self) -> HttpResponseBase:
        """The file is too large to wait for: a job makes it, and the person is led to where it will be."""
        where = [self.request.path, self.request.GET.urlencode(), get_language() or "", get_current_timezone_name()]
        start(self.actor, _("Export: %(what)s") % {"what": self.title}, named("ui.export_list"), where)
        toast(self.request, _("The export is large. You find the file here when it is ready."))
        return redirect("jobs:mine")

    def slice(self, *, size: int, after: str = "", before: str = "") -> Page[Row]:
        """`size` of the rows that filter and search leave, in the order asked for. A room with orders of its own, that
        are no columns of the model, answers those itself."""
        return page_of(self.filtered(), self.order, size=size, after=after, before=before, ids_first=self.ids_first)

    def page(self) -> Page[Row]:
        """The rows of this page."""
        query = self.request.GET
        return self.slice(size=self.page_size, after=query.get("after", ""), before=query.get("before", ""))

    def count(self) -> int:
        """How many rows there are, up to one beyond `count_cap`."""
        # Only ids: what rows are annotated with for the columns would be worked out for each that is counted.
        return self.filtered().order_by().values("pk")[: self.count_cap + 1].count()

    def counted(self, count: int) -> dict[str, Any]:
        """What "ui/lists/count.html" says of so many rows."""
        return {"count": min(count, self.count_cap), "capped": count > self.count_cap}

    @property
    def narrowed(self) -> bool:
        """Whether a filter or a search is set."""
        return bool(self.given or self.text)

    def _count_of(self, page: Page[Row]) -> dict[str, Any]:
        """A page without neighbours tells the count by itself. What a filter or a search leaves may take long to count,
        which comes after the page."""
        if not page.before and not page.after:
            return self.counted(len(page.rows))
        if not self.narrowed:
            return self.counted(self.count())
        url = "" if self.has_sums else query_without(self.request.GET, ["after", "before"], part=COUNT)
        return {"count": len(page.rows), "capped": True, "uncounted": True, "count_url": url}

    def get_context(self) -> dict[str, Any]:
        """Everything ui/list.html draws."""
        page, query = self.page(), self.request.GET
        columns = self.shown_columns
        return {
            "list": self,
            "title": self.title,
            "subtitle": self.subtitle,
            "heads": [self._head(column) for column in columns],
            "rows": rows_html(
                page.rows, columns, url_of=self.url_of, pick=bool(self.open_bulk), panel=self.opens_panel
            ),
            **self._count_of(page),
            "before_url": query_without(query, ["after"], before=page.before) if page.before else "",
            "after_url": query_without(query, ["before"], after=page.after) if page.after else "",
            "chips": self.chips,
            "narrowed": bool(self.chips or self.text),
            "clear_url": "?",
            "empty_url": empty_address(self.empty, self.actor),
            "here": query_without(query, ["export"]),
            "export_csv": query_without(query, ["after", "before"], export="csv"),
            "export_xlsx": query_without(query, ["after", "before"], export="xlsx"),
            "more_exports": [
                {"title": item.title, "icon": item.icon, "url": query_without(query, ["after"], export=item.key)}
                for item in self.exports
            ],
            "sums_url": query_without(query, ["after", "before"], part=SUMS) if self.has_sums else "",
            "switch": self._switch(),
            "column_choice": self._column_choice(columns),
            **self.extra_context(),
        }

    def _head(self, column: Column) -> dict[str, Any]:
        sorted_by = column.order and self.order.removeprefix("-") == column.order
        declared = next((item.key for item in self.orders if item.field == column.order), column.order)
        other = column.order if self.order.startswith("-") else f"-{column.order}"
        return {
            "column": column,
            "sorted": ("descending" if self.order.startswith("-") else "ascending") if sorted_by else "",
            "url": query_without(self.request.GET, ["after", "before"], order=other if sorted_by else declared)
            if column.order
            else "",
        }

    def _switch(self) -> list[dict[str, Any]]:
        query = query_without(self.request.GET, ["after", "before", "order", "view"])
        views = [(title, address(name)) for _key, title, name in self.views]
        return [
            {"title": title, "url": url + ("" if query == "?" else query), "active": url == self.request.path}
            for title, url in views
        ]

    def _column_choice(self, shown: Sequence[Column]) -> list[dict[str, Any]]:
        rest = [column for column in self.columns if column not in shown]
        return [{"column": column, "shown": column in shown} for column in [*shown, *rest]]
