"""`?limit=&after=&order=` and `?count=capped` on every list of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from infra.api.keyset import page_of
from infra.api.problems import BadRequest
from infra.kit.numbers import whole_number

USUAL, MOST, COUNT_CAP = 50, 200, 10_000


class KeysetPagination(BasePagination):
    """Answers `{"results": […], "next": url or null}`; `count` only when asked, and never beyond 10,000."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.limit = self._limit(request)
        orders: Mapping[str, Sequence[str]] = view.orders
        name = request.query_params.get("order", next(iter(orders)))
        if name not in orders:
            raise BadRequest(
                _("This list can be ordered by %(orders)s.") % {"orders": ", ".join(orders)}, code="bad_order"
            )
        self.count = self._count(request, queryset)
        after, ids_first = request.query_params.get("after", ""), getattr(view, "ids_first", False)
        page = page_of(queryset, orders[name], after=after, limit=self.limit, ids_first=ids_first)
        self.after = page.after
        return page.rows

    @staticmethod
    def _limit(request: Request) -> int:
        asked = whole_number(request.query_params.get("limit", str(USUAL)))
        if asked is None or not 1 <= asked <= MOST:
            raise BadRequest(_("“limit” is a number from 1 to %(most)s.") % {"most": MOST}, code="bad_limit")
        return asked

    @staticmethod
    def _count(request: Request, queryset: QuerySet[Any]) -> dict[str, Any] | None:
        asked = request.query_params.get("count")
        if asked is None:
            return None
        if asked != "capped":
            raise BadRequest(_("“count” knows only “capped”."), code="bad_count")
        found = queryset.order_by()[: COUNT_CAP + 1].count()
        return {"value": min(found, COUNT_CAP), "more": found > COUNT_CAP}

    def get_paginated_response(self, data: Any) -> Response:
        document: dict[str, Any] = {"results": data, "next": None}
        headers = {}
        if self.after:
            document["next"] = replace_query_param(self.request.build_absolute_uri(), "after", self.after)
            headers["Link"] = f'<{document["next"]}>; rel="next"'
        if self.count is not None:
            document["count"] = self.count
        return Response(document, headers=headers)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {"type": "string", "format": "uri", "nullable": True},
                "count": {
                    "type": "object",
                    "properties": {"value": {"type": "integer"}, "more": {"type": "boolean"}},
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        orders = list(getattr(view, "orders", {}))
        return [
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, "Rows a page."),
            _parameter("after", {"type": "string"}, "Cursor of the page; take it from `next`."),
            _parameter("order", {"type": "string", "enum": orders, "default": orders[0]}, "Order of the rows."),
            _parameter("count", {"type": "string", "enum": ["capped"]}, "Also count the rows, up to 10,000."),
        ]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
