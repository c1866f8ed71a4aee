"""Imports and found duplicates in the API: the verbs of the pages."""

from __future__ import annotations

import base64
import binascii
import io

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.keyset import page_of
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ANY_PERSON, ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from modules.crm.domain.importing.batch import EMPTY, POLICIES, Options
from modules.crm.domain.importing.imports import (
    access_import,
    arrange,
    columns_of,
    discard_import,
    options_of,
    start_import,
    start_undo,
    take_file,
    visible_imports,
)
from modules.crm.domain.importing.matching import ORDERS
from modules.crm.domain.importing.running import preview
from modules.crm.domain.kinds import kind_named
from modules.crm.domain.pairs import SCANNED, access_pair, all_open_pairs, say_apart, start_scan
from modules.crm.models import DuplicatePair, Import, ImportRow

_TAGS = ["CRM: import"]


class _File(io.BytesIO):
    """What `take_file` takes: a readable file with a name and a size."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name, self.size = name, len(content)


class OptionsSerializer(StrictSerializer):
    """What is done besides filling in fields."""

    duplicates = serializers.ChoiceField(choices=POLICIES, default=EMPTY, help_text="What is done with known records.")
    stage = serializers.IntegerField(required=False, allow_null=True, min_value=1, help_text="Of new records.")
    responsible = serializers.IntegerField(required=False, allow_null=True, min_value=1, help_text="For new records.")
    make_linked = serializers.BooleanField(default=True, help_text="Create companies and contacts that rows name.")
    make_answers = serializers.BooleanField(default=False, help_text="Add missing answers to own choices.")


class ArrangeSerializer(StrictSerializer):
    """What columns become, by their names; those that are not named stay as they are."""

    columns = serializers.DictField(
        child=serializers.CharField(max_length=60, allow_blank=True),
        required=False,
        help_text='"" leaves a column out.',
    )
    days = serializers.DictField(
        child=serializers.ChoiceField(choices=ORDERS),
        required=False,
        help_text="The order of days, by name of a column; only where its `orders` offer a choice.",
    )
    options = OptionsSerializer(required=False)
    encoding = serializers.CharField(max_length=20, required=False, help_text="Read a CSV anew in this encoding.")
    delimiter = serializers.CharField(
        max_length=1, required=False, trim_whitespace=False, help_text="Read a CSV anew with this between its columns."
    )
    header = serializers.BooleanField(required=False, help_text="Whether the first row names the columns.")


class ImportSerializer(StrictSerializer):
    """A file on its way into records."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.CharField(max_length=20, help_text="lead, contact, company, deal, product")
    name = serializers.CharField(max_length=200, help_text="What the file is called.")
    content = serializers.CharField(write_only=True, trim_whitespace=False, help_text="The file in base64.")
    state = serializers.CharField(read_only=True)
    total = serializers.IntegerField(read_only=True)
    job = serializers.IntegerField(source="job_id", read_only=True)
    created_count = serializers.IntegerField(read_only=True)
    updated_count = serializers.IntegerField(read_only=True)
    skipped_count = serializers.IntegerField(read_only=True)
    refused_count = serializers.IntegerField(read_only=True)
    linked_count = serializers.IntegerField(read_only=True)
    kept_count = serializers.IntegerField(read_only=True)
    columns = serializers.JSONField(read_only=True)
    options = serializers.JSONField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    finished_at = serializers.DateTimeField(read_only=True)


class ImportRowSerializer(serializers.ModelSerializer[ImportRow]):
    """What became of a row; refused ones bring their cells."""

    class Meta:
        model = ImportRow
        fields = ("number", "action", "kind", "record_id", "reason", "cells")


@extend_schema_view(
    list=extend_schema(summary="List your imports", tags=_TAGS),
    retrieve=extend_schema(summary="Get an import", tags=_TAGS),
)
class ImportViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Imports: a file is posted, looked over, started, and may be taken back."""

    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy", "preview", "start", "undo", "rows_of"), ANY_PERSON
    )
    serializer_class = ImportSerializer
    guarded_by_version = frozenset()

    def rows(self, actor: Actor) -> QuerySet[Import]:
        return visible_imports(actor)

    @extend_schema(summary="Post a file", tags=_TAGS)
    def create(self, request: Request) -> Response:
        """CSV, XLSX or vCard. The answer says what the columns are taken for; nothing is written yet."""
        values = self.read()
        try:
            content = base64.b64decode(values["content"], validate=True)
        except (binascii.Error, ValueError):
            raise Invalid(fields={"content": [_("Send the file in base64.")]}) from None
        kind = kind_named(values["kind"])
        made = take_file(actor=self.actor, kind=kind, upload=_File(content, values["name"]))
        return self.show(made, 201, reverse("api-v1:import-detail", args=[made.pk]))

    @extend_schema(summary="Say what columns become", tags=_TAGS, request=ArrangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """While the import is a draft."""
        made = self.get_object()
        values = self.read(ArrangeSerializer)
        chosen = values.get("columns", {})
        columns = columns_of(made)
        days = values.get("days", {})
        for field, named in (("columns", chosen), ("days", days)):
            if unknown := set(named) - {column.name for column in columns}:
                raise Invalid(fields={field: [_("The file has no column “%(name)s”.") % {"name": min(unknown)}]})
        options = options_of(made)
        if "options" in values:
            given = dict(values["options"])
            given["stage_id"], given["responsible_id"] = given.pop("stage", None), given.pop("responsible", None)
            options = Options(**{**vars(options), **given})
        targets = [chosen.get(column.name, column.target) for column in columns]
        shape: dict[str, object] = {
            name: values[name] for name in ("encoding", "delimiter", "header") if name in values
        }
        if shape and (chosen or days):
            raise Invalid(fields={"columns": [_("Read the file anew first: its columns may be others then.")]})
        orders = {place: days[column.name] for place, column in enumerate(columns) if column.name in days}
        return self.show(
            arrange(actor=self.actor, made=made, targets=targets, options=options, days=orders, shape=shape or None)
        )

    @extend_schema(summary="Forget an import", tags=_TAGS)
    def destroy(self, request: Request, pk: str) -> Response:
        """The file and what is kept of it; the records stay."""
        made = self.get_object()
        require_permission(self.actor, kind_named(made.kind).permission("create"))
        discard_import(actor=self.actor, made=made)
        return Response(status=204)

    @extend_schema(summary="Look over an import", tags=_TAGS, responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, methods=["get"])
    def preview(self, request: Request, pk: str) -> Response:
        """What would become of the first 1,000 rows: counts, and the rows with a reason first."""
        seen = preview(self.actor, self.get_object())
        shown = [
            {"number": one.row.number, "action": str(one.action), "record_id": one.record_id, "reason": one.reason}
            for one in seen.shown
        ]
        return Response({"counts": seen.counts, "looked_at": seen.looked_at, "linked": seen.linked, "rows": shown})

    @extend_schema(summary="Start an import", tags=_TAGS, request=None)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """It goes on in the background; `job` says how far it is."""
        return self.show(start_import(actor=self.actor, made=self.get_object()))

    @extend_schema(summary="Take an import back", tags=_TAGS, request=None)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Records that somebody has changed since stay."""
        return self.show(start_undo(actor=self.actor, made=self.get_object()))

    @extend_schema(
        summary="List what became of rows",
        tags=_TAGS,
        responses=ImportRowSerializer(many=True),
        filters=False,
        parameters=[OpenApiParameter("action", str, enum=ImportRow.Action.values)],
    )
    @action(detail=True, methods=["get"], url_path="rows", url_name="rows")
    def rows_of(self, request: Request, pk: str) -> Response:
        """In the order of the file."""
        rows = access_import(self.actor, int(pk[:18])).rows.all()
        asked = request.query_params.get("action")
        if asked and asked not in ImportRow.Action.values:
            raise Invalid(fields={"action": [_("Choose one of the actions.")]})
        if asked:
            rows = rows.filter(action=asked)
        page = page_of(rows, ("id",), after=request.query_params.get("after", ""), limit=200)
        return Response({"results": ImportRowSerializer(page.rows, many=True).data, "after": page.after or None})


class PairSerializer(serializers.ModelSerializer[DuplicatePair]):
    """Two records that look like one, and by what."""

    class Meta:
        model = DuplicatePair
        fields = ("id", "kind", "left_id", "right_id", "score", "signs")


class ScanSerializer(StrictSerializer):
    """Of which records."""

    kind = serializers.ChoiceField(choices=SCANNED)
    job = serializers.IntegerField(read_only=True)


class DuplicateViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Duplicates that the search in the background has found; merge them at the records' own address."""

    permissions = dict.fromkeys(("list", "retrieve", "apart", "scan"), ANY_PERSON)
    serializer_class = PairSerializer
    orders = {"surest": ("-score", "-id")}

    def rows(self, actor: Actor) -> QuerySet[DuplicatePair]:
        return all_open_pairs(actor)

    @extend_schema(summary="Look for duplicates now", tags=["CRM: duplicates"], request=ScanSerializer)
    @action(detail=False, methods=["post"])
    def scan(self, request: Request) -> Response:
        """It goes on in the background; `job` says how far it is."""
        kind = kind_named(self.read(ScanSerializer)["kind"])
        title = _("Search for duplicates: %(what)s") % {"what": kind.plural}
        return Response({"job": start_scan(actor=self.actor, kind=kind, title=title).pk}, status=202)

    @extend_schema(
        summary="Say that two are no duplicates", tags=["CRM: duplicates"], request=None, responses={204: None}
    )
    @action(detail=True, methods=["post"])
    def apart(self, request: Request, pk: str) -> Response:
        """They are not shown as duplicates again."""
        pair = self.get_object()
        if pair.kind not in SCANNED:
            raise NotFound
        kind = kind_named(pair.kind)
        say_apart(actor=self.actor, kind=kind, pair=access_pair(self.actor, kind, pair.pk))
        return Response(status=204)
