"""What was done: calls, meetings, letters and tasks with records that the person sees."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.screens import screen
from infra.ui.lists import Column, Empty, ListScreen, Order
from infra.ui.lists.keyset import Page
from modules.crm.domain.access import visible_ids
from modules.crm.domain.activity import kind_title, title_of
from modules.crm.domain.kinds import kind_of
from modules.crm.domain.people import everybody
from modules.crm.domain.queries import visible_activities
from modules.crm.domain.reports.catalogue import VIEW
from modules.crm.models import Activity
from modules.crm.models.activity import TO_DO


class DoneFilter(filters.FilterSet):
    """By whom, what and when."""

    person = filters.ModelMultipleChoiceFilter(
        label=_("Person"),
        field_name="done_by",
        queryset=lambda request: everybody(),
        distinct=False,
    )
    kind = filters.MultipleChoiceFilter(
        label=_("What"), choices=[(kind.value, kind.label) for kind in TO_DO], distinct=False
    )
    done_at = filters.DateFromToRangeFilter(label=_("Done"))

    class Meta:
        model = Activity
        fields: list[str] = []


_ABOUT = ("deal", "lead", "item", "contact", "company")


class DoneList(ListScreen[Activity]):
    """Activities that were done."""

    key = "crm.done"
    title = _("What was done")
    columns = (
        Column("subject", _("Subject"), link=True, fixed=True, value=title_of),
        Column("kind", _("Kind"), value=kind_title),
        Column("record", _("Record"), value=lambda row: str(getattr(row, "about", None) or "")),
        Column("done_by", _("Person"), kind="person"),
        Column("done_at", pgettext_lazy("how many", "Done"), kind="moment", order="done_at"),
        Column("result", pgettext_lazy("of an activity", "Result"), shown=False),
    )
    orders = (Order("-done_at", _("Newest first")),)
    filterset_class = DoneFilter
    empty = Empty(
        icon="checkbox", title=_("Nothing was done yet"), text=_("What is marked as done on cards is found here.")
    )

    def rows(self) -> QuerySet[Any, Activity]:
        done = visible_activities(self.actor).filter(done_at__isnull=False)
        return done.select_related("own_kind", "done_by", *_ABOUT)

    def slice(self, *, size: int, after: str = "", before: str = "") -> Page[Any]:
        """Rows with the first of their records that the person sees (`about`); a deal may be hidden, its client not."""
        page = super().slice(size=size, after=after, before=before)
        for name in reversed(_ABOUT):
            ids = {pk for row in page.rows if (pk := getattr(row, f"{name}_id")) is not None}
            seen = visible_ids(self.actor, name, ids)
            for row in page.rows:
                if getattr(row, f"{name}_id") in seen:
                    row.about = getattr(row, name)  # type: ignore[attr-defined]  # for its template
        return page

    def url_of(self, row: Activity) -> str:
        record = getattr(row, "about", None)
        return kind_of(record).url("card", record.pk) if record is not None else ""


done_list = screen(VIEW, methods=("GET", "POST"))(DoneList.as_view())
