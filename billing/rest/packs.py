"""Packs on top of the plan over REST: what is on sale, what a choice would cost, and the choice."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.contracts import Period
from billing.domain import addon, change, choice, memory, operation
from billing.domain.upgrade import MANAGE
from infra.adapters.payments import major
from infra.api.viewsets import PortalViewSet
from infra.db.current import current_portal, current_schema


def _money(**more: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=3, **more)


class PackSerializer(serializers.Serializer[Any]):
    """A pack: what one of it costs a month, what it adds to which limits, how many the portal has."""

    slug = serializers.CharField()
    title = serializers.CharField()
    price = _money()
    currency = serializers.CharField()
    gives = serializers.DictField(child=serializers.IntegerField())
    count = serializers.IntegerField()


class PackListSerializer(serializers.Serializer[Any]):
    """All of them: there are a few."""

    results = PackSerializer(many=True)


class AskSerializer(serializers.Serializer[Any]):
    """How many of which packs; what is left out stays. Without `plan` and `period`: those of now."""

    plan = serializers.SlugField(required=False, max_length=40)
    period = serializers.ChoiceField(choices=[one.value for one in Period], required=False)
    packs = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=choice.MOST_PACKS))


class BillLineSerializer(serializers.Serializer[Any]):
    """A line of the bill; below zero gives back."""

    text = serializers.CharField()
    amount = _money()


class ConsideredSerializer(serializers.Serializer[Any]):
    """`way`: buy (a page is paid), now (the saved card is charged `due`), later or end (at `begins_at`), same.

    `price` is what a period costs then. `token` is good for half an hour: choosing it does exactly this.
    """

    way = serializers.ChoiceField(choices=[one.value for one in change.Way])
    price = _money()
    due = _money()
    currency = serializers.CharField()
    lines = BillLineSerializer(many=True)
    begins_at = serializers.DateTimeField(allow_null=True)
    token = serializers.CharField()


class ChooseSerializer(serializers.Serializer[Any]):
    """What was shown."""

    token = serializers.CharField(max_length=2000)


class ChosenSerializer(serializers.Serializer[Any]):
    """`pay_at` is the page where a person pays or proves who they are, null when nothing is left to do."""

    pay_at = serializers.URLField(allow_null=True)


class PackViewSet(PortalViewSet):
    """Packs of people, disk, numbers, minutes: a part of the plan, paid with it."""

    permissions = {"list": "billing.plan.view", "consider": MANAGE, "choose": MANAGE}
    serializer_class = PackSerializer
    own_key = frozenset({"choose"})

    @extend_schema(responses=PackListSerializer, operation_id="packs_on_sale")
    def list(self, request: Request) -> Response:
        """What is on sale, and what the portal has of it."""
        currency, portal_id = change.currency_of(current_portal()), current_portal().id
        has = {one.version.addon.slug: one.quantity for one in addon.bought_by(portal_id)}
        found = [
            {
                "slug": pack.addon.slug, "title": pack.title, "price": pack.price(currency, Period.MONTH),
                "currency": currency, "gives": pack.gives, "count": has.get(pack.addon.slug, 0),
            }
            for pack in addon.addons_on_sale()
            if currency in pack.prices
        ]  # fmt: skip
        return Response(PackListSerializer({"results": found}).data)

    @extend_schema(request=AskSerializer, responses=ConsideredSerializer)
    @action(detail=False, methods=["post"], url_path="consider", url_name="consider")
    def consider(self, request: Request) -> Response:
        """What a choice would cost, to the cent; nothing changes."""
        asked, portal = self.read(AskSerializer), current_portal()
        basket = choice.basket_of(
            plan=asked.get("plan") or memory.entitlements(current_schema()).plan,
            period=Period(asked["period"]) if "period" in asked else change.period_of(portal),
            counts=asked["packs"],
            portal_id=portal.id,
        )
        now = datetime.now(UTC).replace(microsecond=0)
        considered = change.consider(portal=portal, basket=basket, currency=change.currency_of(portal), at=now)
        lines = considered.preview.lines if considered.preview is not None else ()
        body = {
            "way": considered.way, "price": considered.price, "due": considered.due, "currency": considered.currency,
            "lines": [{"text": one.text, "amount": major(one.amount, considered.currency)} for one in lines],
            "begins_at": considered.begins_at, "token": choice.seal(considered, portal.id),
        }  # fmt: skip
        return Response(ConsideredSerializer(body).data)

    @extend_schema(request=ChooseSerializer, responses=ChosenSerializer)
    @action(detail=False, methods=["post"], url_path="choose", url_name="choose")
    def choose(self, request: Request) -> Response:
        """Do what was considered; the same Idempotency-Key does it once."""
        portal, token = current_portal(), self.read(ChooseSerializer)["token"]
        shown = choice.unseal(token, portal.id)
        url = change.accept(
            actor=self.actor,
            portal=portal,
            basket=shown.basket,
            currency=change.currency_of(portal),
            cause=operation.cause_of_key(portal.id, self.key, hashlib.sha256(token.encode()).hexdigest()[:16]),
            return_url=f"{portal.url}{reverse('billing:paid')}",
            shown_at=shown.at,
            shown_due=shown.due,
        )
        return Response(ChosenSerializer({"pay_at": url or None}).data)
