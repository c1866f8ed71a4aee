"""Boards: cards in columns, moved by mouse, touch and keyboard. See infra/ui/README.md for an example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from infra.kit.errors import Invalid, NotFound, Text
from infra.ui.context import address
from infra.ui.lists.declared import Empty, empty_address
from infra.ui.lists.filters import query_without
from infra.ui.lists.keyset import page_of
from infra.ui.lists.narrowing import FIELDS, Narrowed, Row

BIGGEST = 2**63


@dataclass(frozen=True, kw_only=True)
class BoardColumn:
    """A column: the value of the board's `column_field` it stands for, and its colour."""

    key: Any
    title: Text
    tone: str = "neutral"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a card shows. `version` comes back with a move, so that two people at once are noticed."""

    title: Text
    url: str = ""
    lines: Sequence[Text] = ()
    person: Any = None
    amount: Decimal | int | None = None
    currency: str = ""
    badges: Sequence[tuple[Text, str]] = ()
    version: int = 0
    movable: bool = True


@dataclass(kw_only=True)
class Lane:
    """A column with the cards that are loaded."""

    column: BoardColumn
    cards: list[tuple[Any, Card]] = field(default_factory=list)
    more_url: str = ""


class BoardScreen(Narrowed[Row]):
    """Base of all boards. A room fills in the declarations and `columns`, `rows`, `card`, `move`."""

    key: ClassVar[str]
    title: ClassVar[Text]
    template_name: ClassVar[str] = "ui/board.html"
    column_field: ClassVar[str]
    order: ClassVar[str] = "-id"
    total_field: ClassVar[str] = ""
    currency: ClassVar[str] = ""
    live: ClassVar[str] = ""
    views: Sequence[tuple[str, Text, str]] = ()
    page_size: ClassVar[int] = 25
    empty: Empty | None = None

    http_method_names = ["get", "head", "post", "options"]

    # -- what a room fills in --------------------------------------------------------------------------------------

    def columns(self) -> Sequence[BoardColumn]:
        """The columns from left to right."""
        raise NotImplementedError

    def card(self, row: Row) -> Card:
        """How a row looks."""
        raise NotImplementedError

    def move(self, row_id: int, to: str, version: int) -> None:
        """Put the row into column `to` (its key as text) by a verb. Raises PortalErrors, Conflict on an old version."""
        raise NotImplementedError

    def total_currency(self) -> str:
        """ISO 4217 code of the columns' totals, "" = plain numbers."""
        return self.currency

    def extra_context(self) -> dict[str, Any]:
        """What a template of one's own needs besides."""
        return {}

    # -- answers ---------------------------------------------------------------------------------------------------

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        query = request.GET
        if query.get("part") == FIELDS:
            return self.filter_fields()
        if "totals" in query:
            return self._totals()
        if "card" in query:
            return self._one(query["card"])
        if "column" in query:
            lane = self._lane(self._column(query["column"]), query.get("after", ""))
            return render(request, "ui/boards/cards.html", {"board": self, "lane": lane})
        template = "ui/boards/body.html" if request.headers.get("HX-Target") == "ui-board" else self.template_name
        return render(request, template, self._context())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        post = request.POST
        row_id, version = _integer(post.get("id")), _integer(post.get("version"))
        column = self._column(post.get("to", ""))
        if not self.rows().filter(pk=row_id).exists():
            raise NotFound
        self.move(row_id, str(column.key), version)
        if not request.headers.get("HX-Request"):
            return HttpResponse(status=303, headers={"Location": request.get_full_path()})
        return self._one(str(row_id))

    def _column(self, key: str) -> BoardColumn:
        found = next((column for column in self.columns() if str(column.key) == key), None)
        if found is None:
            raise Invalid
        return found

    def _lane(self, column: BoardColumn, after: str = "") -> Lane:
        rows = self.filtered().filter(**{self.column_field: column.key})
        page = page_of(rows, self.order, size=self.page_size, after=after)
        more = ""
        if page.after:
            more = query_without(self.request.GET, [], column=str(column.key), after=page.after)
        return Lane(column=column, cards=[(row, self.card(row)) for row in page.rows], more_url=more)

    def _one(self, given: str) -> HttpResponse:
        row = self.filtered().filter(pk=_integer(given)).first()
        if row is None:
            return HttpResponse(status=204)
        key = getattr(row, self.column_field)
        context = {"board": self, "row": row, "card": self.card(row), "column_key": key}
        return render(self.request, "ui/boards/card.html", context)

    def _totals(self) -> HttpResponse:
        """Counts and sums over all cards, fetched after the page so that they never hold it up."""
        wanted: dict[str, Any] = {"count": Count("pk")}
        if self.total_field:
            wanted["total"] = Sum(self.total_field)
        found = {
            item[self.column_field]: item
            for item in self.filtered().order_by().values(self.column_field).annotate(**wanted)
        }
        sums = [
            {
                "column": column,
                "count": found.get(column.key, {}).get("count", 0),
                "total": found.get(column.key, {}).get("total"),
            }
            for column in self.columns()
        ]
        context = {"board": self, "sums": sums, "currency": self.total_currency()}
        return render(self.request, "ui/boards/totals.html", context)

    def _context(self) -> dict[str, Any]:
        query = self.request.GET
        here = query_without(query, ["card", "column", "after", "totals"])
        shared = query_without(query, ["card", "column", "after", "totals", "view"])
        tail = "" if shared == "?" else shared
        lanes = [self._lane(column) for column in self.columns()]
        return {
            "board": self,
            "list": self,
            "title": self.title,
            "lanes": lanes,
            "bare": not any(lane.cards for lane in lanes),
            "narrowed": bool(self.chips or self.text),
            "empty_url": empty_address(self.empty, self.actor),
            "chips": self.chips,
            "here": here,
            "totals_url": query_without(query, ["card", "column", "after"], totals="1"),
            "switch": [
                {
                    "title": title,
                    "url": address(url_name) + tail,
                    "active": address(url_name) == self.request.path,
                }
                for _key, title, url_name in self.views
            ],
            **self.extra_context(),
        }


def _integer(given: str | None) -> int:
    if given is None or not given.isdecimal() or len(given) > 19 or int(given) >= BIGGEST:
        raise Invalid
    return int(given)
