"""A holding as a whole, over REST."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from modules.crm.domain.holding import holding_of
from modules.crm.domain.money import as_kept


class HoldingSumSerializer(serializers.Serializer[Any]):
    """An amount in one currency."""

    amount = serializers.DecimalField(max_digits=19, decimal_places=3)
    currency = serializers.CharField()


class BranchSerializer(serializers.Serializer[Any]):
    """A company of the holding, its open deals and what it owes."""

    company = serializers.IntegerField()
    name = serializers.CharField()
    depth = serializers.IntegerField()
    open_deals = serializers.IntegerField()
    sums = HoldingSumSerializer(many=True)
    debts = HoldingSumSerializer(many=True)


class HoldingSerializer(serializers.Serializer[Any]):
    """The tree from the top, each branch behind its parent, and what all of it comes to by currency. Its deals,
    invoices and contacts are those of their lists with `company` = the first one."""

    branches = BranchSerializer(many=True)
    open_sums = HoldingSumSerializer(many=True)
    won_sums = HoldingSumSerializer(many=True)
    debts = HoldingSumSerializer(many=True)
    overdue = HoldingSumSerializer(many=True)


class HoldingMixin:
    """What a company belongs to."""

    @extend_schema(responses=HoldingSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def holding(self: Any, request: Request, pk: str) -> Response:
        """The whole holding of a company, as far as the person sees its companies."""
        found = holding_of(self.actor, self.get_object())
        branches = [
            {
                "company": branch.company.pk,
                "name": branch.company.name,
                "depth": branch.depth,
                "open_deals": branch.open_deals,
                "sums": _sums(branch.sums),
                "debts": _sums(branch.debts),
            }
            for branch in found.branches
        ]
        names = ("open_sums", "won_sums", "debts", "overdue")
        return Response({"branches": branches, **{name: _sums(getattr(found, name)) for name in names}})


def _sums(sums: Iterable[tuple[Decimal, str]]) -> list[dict[str, str]]:
    return [{"amount": str(as_kept(amount, currency)), "currency": currency} for amount, currency in sums]
