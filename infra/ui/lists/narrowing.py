"""What lists and boards share: the search, the filter with its chips, and the rows that both leave."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views import View

from infra.kit.access import Actor
from infra.kit.errors import NotFound, Text
from infra.ui.lists.filters import OWN, Chip, chips_of, filterset_of, lost_chips
from infra.ui.widgets import make_handy

Row = TypeVar("Row", bound=Model)
LONGEST_SEARCH = 200
FIELDS = "filter"  # the value of `part` that asks for the fields of the filter


class Narrowed(View, Generic[Row]):
    """A view over `rows()` that a search and a filter narrow.

    The filter costs nothing until it is used: without one in the address no form is built, and its fields are fetched
    when the person opens it.
    """

    keeps_views: ClassVar[bool] = False  # whether people keep views of it under names
    filterset_class: ClassVar[Any] = None
    searchable: ClassVar[bool] = False
    search_hint: ClassVar[Text] = ""
    own_names: ClassVar[re.Pattern[str]] = re.compile("")  # parameters of fields that people make

    def rows(self) -> QuerySet[Any, Row]:
        """What this person may see, with everything that is shown of a row joined or prefetched."""
        raise NotImplementedError

    def search(self, rows: QuerySet[Any, Row], text: str) -> QuerySet[Any, Row]:
        """`rows` that fit what was typed."""
        raise NotImplementedError

    @property
    def actor(self) -> Actor:
        """The person."""
        return cast(Actor, self.request.user)

    @cached_property
    def text(self) -> str:
        """What was typed into the search."""
        return self.request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH] if self.searchable else ""

    @property
    def has_filter(self) -> bool:
        """Whether there is anything to filter by."""
        return self.filterset_class is not None

    @cached_property
    def given(self) -> list[tuple[str, str]]:
        """The filter's parameters in the address, name and value, as they came."""
        if self.filterset_class is None:
            return []
        return [(name, value) for name, values in self.request.GET.lists() if name not in OWN for value in values]

    @cached_property
    def filterset(self) -> Any:
        """The bound filter, None where the screen has none."""
        return filterset_of(self.filterset_class, self.request, self.rows())

    @cached_property
    def chips(self) -> list[Chip]:
        """What the rows are filtered by, in words."""
        if not self.given:
            return []
        return [*chips_of(self.filterset, self.request), *lost_chips(self.filterset, self.request, self.lost)]

    @cached_property
    def lost(self) -> list[str]:
        """Parameters that filter by what is not there: a stage that was removed, a field that is retired or hidden.
        What they would leave nobody knows, so nothing is left, least of all for something done to all of it."""
        if not self.given:
            return []
        form, declared = self.filterset.form, self.filterset_class.base_filters
        wrong = [name for name, value in self.given if value and _belongs(name, form.errors)]
        gone = [name for name, value in self.given if value and not _belongs(name, form.fields)]
        return [*wrong, *(name for name in gone if _belongs(name, declared) or self.own_names.fullmatch(name))]

    @cached_property
    def _narrowed(self) -> QuerySet[Any, Row]:
        rows: QuerySet[Any, Row] = self.filterset.qs if self.given else self.rows()
        if self.lost:
            return rows.none()
        return self.search(rows, self.text) if self.text else rows

    def filtered(self) -> QuerySet[Any, Row]:
        """The rows that filter and search leave."""
        return self._narrowed.all()

    def filter_fields(self) -> HttpResponse:
        """The fields of the filter with what is set. Raises NotFound where there is none."""
        if self.filterset is None:
            raise NotFound
        form = self.filterset.form
        make_handy(form)
        others = [(name, value) for name, value in self.given if not _belongs(name, form.fields)]
        return render(self.request, "ui/lists/filter_fields.html", {"fields": list(form), "others": others})


def _belongs(parameter: str, names: Iterable[str]) -> bool:
    """Whether `parameter` is that of a field, or one end of a range."""
    return any(parameter == name or parameter.startswith(f"{name}_") for name in names)
