"""Records as a board: a column a stage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, cast

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property

from infra.kit.errors import NotFound
from infra.kit.screens import screen
from infra.ui import formats
from infra.ui.boards import BoardColumn, BoardScreen, Card
from modules.crm.domain.access import access, access_pipeline, access_stage, pipelines, usual_pipeline
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.finding import found_by
from modules.crm.domain.kinds import DEAL, LEAD, Kind
from modules.crm.domain.queries import record_rows
from modules.crm.domain.record import move_record
from modules.crm.domain.selling.exchange import base_currency, in_base_of
from modules.crm.filters import filters_of
from modules.crm.models import Currency, Pipeline
from modules.crm.own_filters import OWN_NAMES
from modules.crm.views.asking import optional_number
from modules.crm.views.columns import step_text
from modules.crm.views.listing import empty_of, offered, views_of
from modules.crm.views.needed import needed

COUNT_CAP = 10_000


def declared(kind: Kind) -> dict[str, Any]:
    """What the board of `kind` declares."""
    return {
        "key": f"crm.{kind.key}_board",
        "title": kind.plural,
        "filterset_class": filters_of(kind),
        "live": kind.list_group,
        "empty": empty_of(kind),
    }


class RecordBoard(BoardScreen[Any]):
    """The stages of one pipeline (`?pipeline=`), the usual one without it."""

    kind: ClassVar[Kind]
    template_name = "crm/board.html"
    column_field = "stage_id"
    order = "-stage_since"
    page_size = 15
    searchable = True
    own_names = OWN_NAMES

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "kind" in cls.__dict__:
            for name, value in declared(cls.kind).items():
                setattr(cls, name, value)
        super().__init_subclass__(**kwargs)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.views = views_of(self.actor, self.kind) if request.user.is_authenticated else ()

    @cached_property
    def pipeline(self) -> Pipeline:
        asked = optional_number(self.request.GET.get("pipeline", ""))
        return access_pipeline(asked) if asked is not None else usual_pipeline(self.kind)

    @cached_property
    def closed(self) -> set[str]:
        """Fields that this person does not see."""
        return hidden(self.actor, self.kind)

    def columns(self) -> list[BoardColumn]:
        stages = self.pipeline.stages.all()
        return [BoardColumn(key=stage.pk, title=stage.title, tone=stage.colour) for stage in stages]

    def rows(self) -> QuerySet[Any, Any]:
        return record_rows(self.actor, self.kind)

    def search(self, rows: QuerySet[Any, Any], text: str) -> QuerySet[Any, Any]:
        return found_by(self.actor, self.kind, cast(Any, rows), text)

    def extra_context(self) -> dict[str, Any]:
        tabs = [
            {"title": item.title, "url": f"?pipeline={item.pk}", "active": item.pk == self.pipeline.pk}
            for item in pipelines(self.kind)
        ]
        shown = {**offered(self.actor, self.kind), **needed(self.request, self.actor, self.kind)}
        return {**shown, "pipeline_tabs": tabs}

    def _totals(self) -> HttpResponse:
        """Counts and sums by currency. A column beyond COUNT_CAP says so, and is not summed: that is what keeps this
        flat at a million records."""
        sums = [{"column": column, **self._sums(column)} for column in self.columns()]
        return render(self.request, "crm/parts/board_totals.html", {"sums": sums})

    def _sums(self, column: BoardColumn) -> dict[str, Any]:
        rows = self.filtered().filter(stage_id=column.key).order_by("-stage_since", "-id")[: COUNT_CAP + 1]
        by_currency = {code: Sum("amount", filter=Q(currency=code)) for code in Currency.values}
        sums = rows.values("pk", "amount", "currency").aggregate(count=Count("pk"), **by_currency)
        if sums["count"] > COUNT_CAP:
            return {"count": COUNT_CAP, "more": True, "totals": []}
        totals = [] if "amount" in self.closed else [(sums[code], code) for code in Currency.values if sums[code]]
        return {"count": sums["count"], "totals": totals, "whole": self._in_base(totals)}

    def _in_base(self, totals: list[tuple[Decimal, str]]) -> str:
        """Amounts of several currencies as one in the base currency; "" for one of them, or without a rate."""
        if len(totals) < 2:
            return ""
        whole, missing = in_base_of({code: amount for amount, code in totals}, timezone.localdate())
        return "" if missing else f"≈ {formats.money(whole, base_currency())}"

    def lines_of(self, row: Any) -> list[str]:
        """What a card says below its title."""
        raise NotImplementedError

    def seen(self, **texts: str) -> list[str]:
        """Those of `texts`, by field key, that this person sees."""
        return [text for key, text in texts.items() if key not in self.closed]

    def card(self, row: Any) -> Card:
        words, tone = step_text(row)
        lines = [line for line in self.lines_of(row) if line and line != str(row)]
        return Card(
            title=str(row),
            url=self.kind.url("card", row.pk),
            lines=lines[:2],
            person=row.responsible,
            amount=None if "amount" in self.closed else row.amount or None,
            currency=row.currency,
            badges=[(words, tone)] if words else [],
            version=row.version,
        )

    def move(self, row_id: int, to: str, version: int) -> None:
        record = access(self.actor, self.kind, row_id)
        move_record(actor=self.actor, record=record, stage=access_stage(int(to), self.kind), version=version)


class LeadBoard(RecordBoard):
    """Leads by stage."""

    kind = LEAD

    def lines_of(self, row: Any) -> list[str]:
        phone = formats.phone(getattr(row, "first_phone", "") or "")
        return self.seen(person_name=row.person_name, company_name=row.company_name, phones=phone)


class DealBoard(RecordBoard):
    """Deals by stage."""

    kind = DEAL

    def lines_of(self, row: Any) -> list[str]:
        closes = formats.day(row.closes_on) if row.closes_on else ""
        client = self.seen(company_id=str(row.company or ""), contacts=row.contact_name or "")
        return [next((name for name in client if name), ""), *self.seen(closes_on=closes)]


class ItemBoard(RecordBoard):
    """Records of a kind that the company made, by stage; the address says which kind."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        for name, value in {"kind": kwargs["kind"], **declared(kwargs["kind"])}.items():
            setattr(self, name, value)
        if not self.kind.staged:
            raise NotFound
        super().setup(request, *args, **kwargs)

    def lines_of(self, row: Any) -> list[str]:
        number = f"{self.kind.prefix}{row.number}" if self.kind.numbered else ""
        ends = formats.day(row.closes_on) if row.closes_on else ""
        return [
            number,
            *self.seen(company_id=str(row.company or ""), contact_id=str(row.contact or ""), closes_on=ends),
        ]


lead_board = screen(LEAD.permission("view"), methods=("GET", "POST"))(LeadBoard.as_view())
deal_board = screen(DEAL.permission("view"), methods=("GET", "POST"))(DealBoard.as_view())
