"""Leads as a board: a column a stage."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from infra.kit.screens import screen
from infra.ui import formats
from infra.ui.boards import BoardColumn, BoardScreen, Card
from modules.crm.domain.access import VIEW, access_lead, access_pipeline, access_stage, pipelines, usual_pipeline
from modules.crm.domain.lead import move_lead
from modules.crm.domain.queries import lead_rows
from modules.crm.domain.search import found
from modules.crm.filters import LeadFilter
from modules.crm.models import Lead, Pipeline
from modules.crm.models.lead import Currency, LeadQuerySet
from modules.crm.views.leads import VIEWS, offered

COUNT_CAP = 10_000


class LeadBoard(BoardScreen[Lead]):
    """The stages of one pipeline (`?pipeline=`), the usual one without it."""

    key = "crm.board"
    title = _("Leads")
    template_name = "crm/board.html"
    column_field = "stage_id"
    order = "-stage_since"
    page_size = 15
    filterset_class = LeadFilter
    searchable = True
    live = "list:crm.lead"
    views = VIEWS

    @cached_property
    def pipeline(self) -> Pipeline:
        asked = self.request.GET.get("pipeline", "")
        return access_pipeline(int(asked)) if asked.isdecimal() and len(asked) < 19 else usual_pipeline()

    def columns(self) -> list[BoardColumn]:
        stages = self.pipeline.stages.all()
        return [BoardColumn(key=stage.pk, title=stage.title, tone=stage.colour) for stage in stages]

    def rows(self) -> QuerySet[Lead]:
        return lead_rows(self.actor)

    def search(self, rows: QuerySet[Any, Lead], text: str) -> QuerySet[Any, Lead]:
        return found(cast(LeadQuerySet, rows), text)

    def extra_context(self) -> dict[str, Any]:
        tabs = [
            {"title": item.title, "url": f"?pipeline={item.pk}", "active": item.pk == self.pipeline.pk}
            for item in pipelines()
        ]
        return {**offered(self.actor), "pipeline_tabs": tabs}

    def _totals(self) -> HttpResponse:
        """Counts and sums by currency. A column beyond COUNT_CAP leads says so, and is not summed: that is what keeps
        this flat at a million leads."""
        sums = [{"column": column, **self._sums(column)} for column in self.columns()]
        return render(self.request, "crm/parts/board_totals.html", {"sums": sums})

    def _sums(self, column: BoardColumn) -> dict[str, Any]:
        rows = self.filtered().filter(stage_id=column.key).order_by("-stage_since", "-id")[: COUNT_CAP + 1]
        by_currency = {code: Sum("amount", filter=Q(currency=code)) for code in Currency.values}
        found = rows.values("pk", "amount", "currency").aggregate(count=Count("pk"), **by_currency)
        if found["count"] > COUNT_CAP:
            return {"count": COUNT_CAP, "more": True, "totals": []}
        return {"count": found["count"], "totals": [(found[code], code) for code in Currency.values if found[code]]}

    def card(self, row: Lead) -> Card:
        lines = [
            line
            for line in (row.person_name, row.company_name, formats.phone(getattr(row, "first_phone", "")))
            if line and line != row.title
        ]
        return Card(
            title=row.title,
            url=reverse("crm:lead", args=[row.pk]),
            lines=lines[:2],
            person=row.responsible,
            amount=row.amount or None,
            currency=row.currency,
            version=row.version,
        )

    def move(self, row_id: int, to: str, version: int) -> None:
        lead = access_lead(self.actor, row_id)
        move_lead(actor=self.actor, lead=lead, stage=access_stage(int(to)), version=version)


lead_board = screen(VIEW, methods=("GET", "POST"))(LeadBoard.as_view())
