"""Own fields over REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import Invalid, NotFound
from modules.crm.domain.custom_field import (
    FieldDesign,
    add_field,
    bring_back_field,
    design_of,
    edit_field,
    fields_in_use,
    order_fields,
    own_fields,
    retire_field,
    retired_fields,
)
from modules.crm.domain.field_rights import MANAGE
from modules.crm.domain.kinds import kind_named, kinds
from modules.crm.models import CustomField
from modules.crm.rest.ordering import IdsSerializer, require_whole
from modules.crm.rest.placing import as_precondition
from modules.crm.rest.serializers import CustomFieldSerializer


class FieldOrderSerializer(IdsSerializer):
    """All own fields in use of a kind of record, in their new order."""

    kind = serializers.CharField(max_length=30)


class CustomFieldViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Own fields in use. A value is sent under `custom` of a record by the field's key."""

    permissions = {
        "list": "crm.lead.view",
        "retrieve": "crm.lead.view",
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "order": MANAGE,
        "retired": MANAGE,
        "restore": MANAGE,
    }
    orders = {"oldest": ("id",)}
    serializer_class = CustomFieldSerializer

    def rows(self, actor: Actor) -> QuerySet[CustomField]:
        return fields_in_use()

    def present(self, page: Sequence[CustomField]) -> list[dict[str, Any]]:
        return [_document(row) for row in page]

    def show(self, row: CustomField, status: int = 200, location: str = "") -> Response:
        headers = {"ETag": f'"{row.version}"', **({"Location": location} if location else {})}
        return Response(_document(row), status=status, headers=headers)

    def create(self, request: Request) -> Response:
        """Give a kind of record a further field."""
        values = self.read()
        kind = kind_named(values.pop("kind"))
        row = add_field(actor=self.actor, kind=kind, design=FieldDesign(**values))
        return self.show(row, 201, reverse("api-v1:crm-field-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a field; its kind and type stay. Answers are matched by name."""
        row = self.get_object()
        check_match(request, row)
        values = self.read()
        values.pop("kind", None)
        with as_precondition():
            changed = edit_field(actor=self.actor, row=row, design=FieldDesign(**{**vars(design_of(row)), **values}))
        return self.show(self.rows(self.actor).get(pk=changed.pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Take a field out of use; its values are kept."""
        row = self.get_object()
        check_match(request, row)
        retire_field(actor=self.actor, row=row)
        return Response(status=204)

    @extend_schema(request=FieldOrderSerializer, responses={200: FieldOrderSerializer})
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """Put the own fields of a kind into another order; all in use are named."""
        values = self.read(FieldOrderSerializer)
        kind = kinds().get(values["kind"])
        if kind is None:
            raise Invalid(fields={"kind": [_("Choose one of the list.")]})
        order_fields(actor=self.actor, kind=kind, ids=require_whole(values["ids"], own_fields(kind)))
        return Response({"kind": kind.key, "ids": [row.pk for row in own_fields(kind)]})

    @extend_schema(responses=CustomFieldSerializer(many=True), filters=False)
    @action(detail=False, methods=["get"])
    def retired(self, request: Request) -> Response:
        """Fields out of use; their values are kept."""
        return self.get_paginated_response(self.present(self.paginate_queryset(retired_fields()) or []))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Take a retired field into use again, with the values that it had."""
        row = retired_fields().filter(pk=int(pk[:18])).first()
        if row is None:
            raise NotFound
        bring_back_field(actor=self.actor, row=row)
        return self.show(row)


def _document(row: CustomField) -> dict[str, Any]:
    options = [option for option in row.options.all() if option.archived_at is None]
    return {
        "id": row.pk,
        "key": row.key,
        "kind": row.kind,
        "type": row.type,
        "position": row.position,
        "name": row.name,
        "help": row.help,
        "required": row.required,
        "in_list": row.in_list,
        "in_filter": row.in_filter,
        "in_search": row.in_search,
        **row.settings,
        "options": [{"id": option.pk, "name": option.name} for option in options],
        "version": row.version,
    }
