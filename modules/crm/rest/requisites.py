"""Legal details of contacts and companies over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match, etag_of
from infra.api.serializers import StrictSerializer
from modules.crm.domain.selling.requisite import (
    NewRequisite,
    access_requisite,
    delete_requisite,
    requisites_of,
    set_requisite,
)
from modules.crm.domain.selling.requisite_templates import TEMPLATES
from modules.crm.models import Currency, Requisite
from modules.crm.rest.placing import as_precondition

REQUISITES = {
    "requisites": "view",
    "add_requisite": "edit",
    "change_requisite": "edit",
    "remove_requisite": "edit",
}
_ONE = r"requisites/(?P<requisite_id>[1-9][0-9]{0,17})"


class BankAccountSerializer(StrictSerializer):
    """A bank account. One that is kept is named by its `id`."""

    id = serializers.IntegerField(required=False, min_value=1)
    name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    bank = serializers.CharField(max_length=200, required=False, allow_blank=True)
    account = serializers.CharField(max_length=40, required=False, allow_blank=True)
    bic = serializers.CharField(max_length=20, required=False, allow_blank=True)
    correspondent = serializers.CharField(max_length=40, required=False, allow_blank=True)
    iban = serializers.CharField(max_length=40, required=False, allow_blank=True)
    swift = serializers.CharField(max_length=11, required=False, allow_blank=True)
    currency = serializers.ChoiceField(choices=Currency.choices, required=False, allow_blank=True)
    comment = serializers.CharField(max_length=300, required=False, allow_blank=True)


class RequisiteSerializer(StrictSerializer):
    """Legal details: the lines of a country's template, and bank accounts. Accounts that are not named are removed."""

    id = serializers.IntegerField(read_only=True)
    template = serializers.ChoiceField(choices=[(key, str(one.title)) for key, one in TEMPLATES.items()])
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    values = serializers.DictField(child=serializers.CharField(allow_blank=True))
    accounts = BankAccountSerializer(many=True, required=False)
    tax_number = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class RequisitesMixin:
    """Legal details of a record."""

    @extend_schema(responses=RequisiteSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def requisites(self: Any, request: Request, pk: str) -> Response:
        """Legal details, the main ones first."""
        return Response({"results": [_document(row) for row in requisites_of(self.get_object())], "next": None})

    @extend_schema(request=RequisiteSerializer, responses={201: RequisiteSerializer})
    @requisites.mapping.post
    def add_requisite(self: Any, request: Request, pk: str) -> Response:
        """Add legal details."""
        new = _new(self.read(RequisiteSerializer))
        row = set_requisite(actor=self.actor, record=self.get_object(), new=new)
        return _answer(row, 201)

    @extend_schema(request=RequisiteSerializer, responses=RequisiteSerializer)
    @action(detail=True, methods=["patch"], url_path=_ONE)
    def change_requisite(self: Any, request: Request, pk: str, requisite_id: str) -> Response:
        """Change legal details; what is left out stays."""
        record = self.get_object()
        row = access_requisite(record, int(requisite_id))
        version = check_match(request, row)
        given = self.read(RequisiteSerializer)
        kept = _document(row)
        new = _new({name: kept[name] for name in ("template", "name", "values", "accounts")} | given)
        with as_precondition():
            changed = set_requisite(actor=self.actor, record=record, new=new, requisite=row, version=version)
        return _answer(changed)

    @extend_schema(request=None, responses={204: None})
    @change_requisite.mapping.delete
    def remove_requisite(self: Any, request: Request, pk: str, requisite_id: str) -> Response:
        """Remove legal details with their accounts."""
        record = self.get_object()
        row = access_requisite(record, int(requisite_id))
        check_match(request, row)
        delete_requisite(actor=self.actor, record=record, requisite=row)
        return Response(status=204)


def _new(values: dict[str, Any]) -> NewRequisite:
    accounts = [{key: str(value) for key, value in one.items()} for one in values.get("accounts", [])]
    return NewRequisite(**{**values, "accounts": accounts})


def _document(row: Requisite) -> Any:
    return RequisiteSerializer({**vars(row), "accounts": list(row.accounts.all())}).data


def _answer(row: Requisite, status: int = 200) -> Response:
    return Response(_document(row), status=status, headers={"ETag": etag_of(row)})
