"""Own objects over REST: the kinds that a company has made, and their records under `items/<type>/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ANY_PERSON, ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor, may, require_permission
from modules.crm.domain.item_presets import PRESETS
from modules.crm.domain.item_type import (
    ICONS,
    MANAGE,
    TypeDesign,
    access_type,
    create_type,
    delete_type,
    design_from,
    design_of,
    edit_type,
    order_types,
    restore_type,
    type_rows,
)
from modules.crm.domain.kinds import ITEM, kind_named, smart_kinds
from modules.crm.filters import filters_of
from modules.crm.models import ItemType, Stage
from modules.crm.rest.item_rights import TYPE_RIGHTS, TypeRightsMixin
from modules.crm.rest.ordering import IdsSerializer, require_whole
from modules.crm.rest.placing import as_precondition
from modules.crm.rest.serializers import serializer_for
from modules.crm.rest.viewsets import LETTERS, TWINS, VERBS, LettersMixin, StagedViewSet


class ItemTypeSerializer(StrictSerializer):
    """A kind of records that the company made. Its key in own fields, pipelines and links is `item_` and its id."""

    id = serializers.IntegerField(read_only=True)
    key = serializers.SerializerMethodField()
    name = serializers.CharField(max_length=60, help_text=_("One of them."))
    plural = serializers.CharField(max_length=60, help_text=_("Many of them."))
    icon = serializers.ChoiceField(choices=list(ICONS), required=False)
    colour = serializers.ChoiceField(choices=Stage.Colour.choices, required=False)
    numbered = serializers.BooleanField(required=False)
    prefix = serializers.CharField(max_length=10, required=False, allow_blank=True)
    staged = serializers.BooleanField(required=False)
    with_amount = serializers.BooleanField(required=False)
    with_dates = serializers.BooleanField(required=False)
    links = serializers.ListField(child=serializers.ChoiceField(choices=ItemType.LINKS), required=False)
    pinned = serializers.BooleanField(required=False)
    version = serializers.IntegerField(read_only=True)

    def get_key(self, row: ItemType) -> str:
        """As in own fields, pipelines and links."""
        return f"item_{row.pk}"


class NewItemTypeSerializer(ItemTypeSerializer):
    """A new kind; `preset` brings stages and own fields along."""

    name = serializers.CharField(max_length=60, required=False)
    plural = serializers.CharField(max_length=60, required=False)
    preset = serializers.ChoiceField(choices=list(PRESETS), required=False, write_only=True)


class ItemTypeViewSet(TypeRightsMixin, ListMixin, RetrieveMixin, PortalViewSet):
    """The kinds of records that the company made, as far as the person may see their records."""

    permissions = {
        "list": ANY_PERSON,
        "retrieve": ANY_PERSON,
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "trash": MANAGE,
        "restore": MANAGE,
        "order": MANAGE,
        **TYPE_RIGHTS,
    }
    orders = {"position": ("position", "id"), "oldest": ("id",)}
    serializer_class = ItemTypeSerializer

    def rows(self, actor: Actor) -> QuerySet[ItemType]:
        seen = [kind.type_id for kind in smart_kinds().values() if may(actor, kind.permission("view"))]
        return type_rows() if may(actor, MANAGE) else type_rows().filter(pk__in=seen)

    def get_serializer_class(self) -> Any:
        return NewItemTypeSerializer if self.action == "create" else ItemTypeSerializer

    def create(self, request: Request) -> Response:
        """Make a kind of records."""
        values = self.read()
        preset = values.pop("preset", "")
        begun = vars(design_from(PRESETS[preset])) if preset else {"name": "", "plural": ""}
        row = create_type(actor=self.actor, design=TypeDesign(**{**begun, **values}), preset=preset)
        return self.show(row, 201, reverse("api-v1:item-type-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a kind; what its records no longer have is hidden, not lost."""
        row = self.get_object()
        version = check_match(request, row)
        values = self.read()
        with as_precondition():
            design = TypeDesign(**{**vars(design_of(row)), **values})
            changed = edit_type(actor=self.actor, row=row, design=design, version=version)
        return self.show(changed)

    def destroy(self, request: Request, pk: str) -> Response:
        """Put a kind into the trash with all its records, for 30 days."""
        row = self.get_object()
        version = check_match(request, row)
        with as_precondition():
            delete_type(actor=self.actor, row=row, version=version)
        return Response(status=204)

    @extend_schema(responses=ItemTypeSerializer(many=True), filters=False)
    @action(detail=False, methods=["get"])
    def trash(self, request: Request) -> Response:
        """Kinds in the trash."""
        return self.get_paginated_response(self.present(self.paginate_queryset(type_rows(trashed=True)) or []))

    @extend_schema(request=IdsSerializer, responses={200: IdsSerializer})
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """Show kinds in this order, in menus and wherever all are named; all of them are given."""
        ids = require_whole(self.read(IdsSerializer)["ids"], type_rows())
        order_types(actor=self.actor, ids=ids)
        return Response({"ids": [row.pk for row in type_rows()]})

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Take a kind out of the trash with all its records."""
        return self.show(restore_type(actor=self.actor, row=access_type(int(pk[:18]), trashed=True)))


_VERBS = {**VERBS, **TWINS, **LETTERS, "move": "edit"}


class ItemViewSet(LettersMixin, StagedViewSet):
    """Records of a kind that the company made. The fields are those its type has; own ones are under `custom`."""

    kind = ITEM
    permissions = dict.fromkeys(_VERBS, ANY_PERSON)
    serializer_class = serializer_for(ITEM)
    filterset_class = filters_of(ITEM, programs=True)

    def dispatch(self, request: Any, *args: Any, type_id: str = "", **kwargs: Any) -> Any:
        """The address names the type, which is asked for once the caller is known."""
        self.type_id = type_id
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action in self.permissions:
            kind = kind_named(f"item_{self.type_id}")
            require_permission(self.actor, kind.permission(_VERBS[self.action]))
            self.kind = kind  # type: ignore[misc]  # of this request alone
            self.filterset_class = filters_of(kind, programs=True)  # type: ignore[misc]  # of this request alone

    def get_serializer_class(self) -> Any:
        return self.serializer_class if self.kind is ITEM else serializer_for(self.kind)

    def address(self, pk: int) -> str:
        return reverse("api-v1:item-detail", args=[self.type_id, pk])

    def present(self, page: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**document, "type": self.kind.type_id} for document in super().present(page)]
