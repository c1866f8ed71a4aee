"""Records over REST: the same verbs as the screens, no logic of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.json import JSONParser
from infra.api.paging import KeysetPagination
from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import Invalid, PortalError
from modules.crm.domain.access import access, access_deleted, access_stage, visible
from modules.crm.domain.activity import comment_on
from modules.crm.domain.conversion import Conversion, convert_lead
from modules.crm.domain.duplicates import find_duplicates, probe_of
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.fields import OUTSIDE
from modules.crm.domain.file_fields import put_file
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD, Kind
from modules.crm.domain.letter import filled_in, letter_templates, send_letter
from modules.crm.domain.mentions import mentions_in
from modules.crm.domain.merge import merge_records
from modules.crm.domain.posting import known_addresses
from modules.crm.domain.queries import comments_of
from modules.crm.domain.record import (
    assign_record,
    create_record,
    delete_record,
    move_record,
    restore_record,
)
from modules.crm.domain.watching import stop_watching, watch
from modules.crm.filters import API_FILTERS, LEADING
from modules.crm.rest.documents import documents, lean
from modules.crm.rest.holding import HoldingMixin
from modules.crm.rest.letterheads import LETTERHEAD, LetterheadMixin
from modules.crm.rest.many import MANY, ManyMixin, UnmergeMixin
from modules.crm.rest.placing import as_precondition, edit_and_place
from modules.crm.rest.repeating import REPEATING, RepeatingMixin
from modules.crm.rest.requisites import REQUISITES, RequisitesMixin
from modules.crm.rest.rows import MAKING, ROWS, RowsMixin
from modules.crm.rest.serializers import (
    ActivitySerializer,
    AssignSerializer,
    CommentSerializer,
    ConvertedSerializer,
    ConvertSerializer,
    DealSerializer,
    FileSerializer,
    MergeSerializer,
    MoveSerializer,
    NewCommentSerializer,
    NewFileSerializer,
    NewLetterSerializer,
    api_name,
    by_key,
    serializer_for,
)

VERBS = {
    "list": "view",
    "retrieve": "view",
    "create": "create",
    "partial_update": "edit",
    "destroy": "delete",
    "assign": "edit",
    "restore": "delete",
    "comments": "view",
    "comment": "view",
    "files": "edit",
    "watch": "edit",
    "unwatch": "view",
    **MANY,
}
LETTERS = {"letters": "edit"}
TWINS = {"duplicates": "view", "merge": "edit", "unmerge": "edit"}


def permissions_of(kind: Kind, **more: str) -> dict[str, str]:
    """The permission of every action on records of `kind`."""
    verbs = {**VERBS, **(TWINS if kind.mergeable else {}), **more}
    return {name: kind.permission(verb) for name, verb in verbs.items()}


class RecordViewSet(ManyMixin, ListMixin, RetrieveMixin, PortalViewSet):
    """Records of one kind."""

    kind: ClassVar[Kind]
    guarded_by_version = frozenset(
        {"partial_update", "destroy", "move", "assign", "files", "change_requisite", "remove_requisite"}
    )
    orders = {
        "newest": ("-created_at", "-id"),
        "oldest": ("created_at", "id"),
        "changed": ("-updated_at", "-id"),
    }

    @property
    def ids_first(self) -> bool:
        """How a page is taken, see `infra.api.keyset.first_of`."""
        return not LEADING.isdisjoint(self.request.query_params)

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return visible(actor, self.kind).defer("search")

    def filtered(self) -> QuerySet[Any]:
        if "order" in self.request.query_params:  # an order, and the cursor that carries its value, would tell it
            closed = hidden(self.actor, self.kind)
            self.orders = {  # type: ignore[misc]  # of this request alone
                name: order for name, order in self.orders.items() if order[0].removeprefix("-") not in closed
            }
        return super().filtered()

    def lean(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return lean(self.kind, rows)

    def present(self, page: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return documents(self.kind, page, hidden(self.actor, self.kind))

    def show(self, row: Any, status: int = 200, location: str = "") -> Response:
        shown = self.present(self.lean(self.rows(self.actor).filter(pk=row.pk)))  # type: ignore[arg-type]  # rows of its kind
        headers = {"ETag": f'"{row.version}"'}
        if location:
            headers["Location"] = location
        return Response(shown[0] if shown else {"id": row.pk}, status=status, headers=headers)

    def address(self, pk: int) -> str:
        """Where a record is."""
        return reverse(f"api-v1:{self.kind.key}-detail", args=[pk])

    def _checked(self, request: Request) -> tuple[Any, int | None]:
        row = self.get_object()
        return row, check_match(request, row)

    def _named(self, error: PortalError) -> PortalError:
        """Fields by the names of the API."""
        names = {item.key: api_name(item) for item in (*self.kind.fields, *OUTSIDE)}
        error.fields = {names.get(name, name.removesuffix("_id")): texts for name, texts in error.fields.items()}
        return error

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Records that the person may see.

        Own fields filter by their key: `f12` for a choice, a text or a record (`deal:5`), `f12_min` and `f12_max` for
        numbers, `f12_after` and `f12_before` for days.
        """
        return super().list(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        """Create a record."""
        values = by_key(self.kind, self.read())
        stage_id, responsible_id = values.pop("stage_id", None), values.pop("responsible_id", None)
        stage = access_stage(stage_id, self.kind) if stage_id else None
        try:
            row = create_record(
                actor=self.actor, kind=self.kind, values=values, stage=stage, responsible_id=responsible_id
            )
        except PortalError as error:
            raise self._named(error) from error
        return self.show(row, 201, self.address(row.pk))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change fields, the stage or the responsible person of a record."""
        row, version = self._checked(request)
        values = by_key(self.kind, self.read())
        try:
            with as_precondition():
                row = edit_and_place(self.actor, row, values, version)
        except PortalError as error:
            raise self._named(error) from error
        return self.show(row)

    def destroy(self, request: Request, pk: str) -> Response:
        """Put a record into the trash."""
        row, version = self._checked(request)
        with as_precondition():
            delete_record(actor=self.actor, record=row, version=version)
        return Response(status=204)

    @extend_schema(request=AssignSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Make another person responsible."""
        row, version = self._checked(request)
        person_id = self.read(AssignSerializer)["responsible"]
        with as_precondition():
            row = assign_record(actor=self.actor, record=row, responsible_id=person_id, version=version)
        return self.show(row)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Take a record out of the trash."""
        row = access_deleted(self.actor, self.kind, int(pk[:18]))
        return self.show(restore_record(actor=self.actor, record=row))

    @extend_schema(responses=CommentSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], parser_classes=(JSONParser, MultiPartParser))
    def comments(self, request: Request, pk: str) -> Response:
        """Comments on a record, newest first."""
        rows = comments_of(self.get_object()).prefetch_related("files")
        pages = KeysetPagination()
        return pages.get_paginated_response(_comments(pages.paginate_queryset(rows, request, _Comments)))

    @extend_schema(
        request={"application/json": CommentSerializer, "multipart/form-data": NewCommentSerializer},
        responses={201: CommentSerializer},
    )
    @comments.mapping.post
    def comment(self, request: Request, pk: str) -> Response:
        """Comment on a record. `@[12]` mentions a colleague; files come along as multipart/form-data."""
        values = self.read(NewCommentSerializer if isinstance(request.data, QueryDict) else CommentSerializer)
        record, uploads = self.get_object(), request.FILES.getlist("files")
        activity = comment_on(actor=self.actor, record=record, text=values.get("text", ""), uploads=uploads)
        return Response(_comments([activity])[0], status=201)

    @extend_schema(request={"multipart/form-data": NewFileSerializer}, responses={201: FileSerializer})
    @action(detail=True, methods=["post"], parser_classes=(MultiPartParser,))
    def files(self, request: Request, pk: str) -> Response:
        """Put a file into an own field: beside those that a field for several has, else in place of the one it has."""
        row, version = self._checked(request)
        values = self.read(NewFileSerializer)
        with as_precondition():
            file = put_file(actor=self.actor, record=row, field=values["field"], upload=values["file"], version=version)
        return Response(FileSerializer(file).data, status=201)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def watch(self, request: Request, pk: str) -> Response:
        """Watch a record: hear what happens to it."""
        return self.show(watch(actor=self.actor, record=self.get_object()))

    @extend_schema(request=None, responses={204: None})
    @watch.mapping.delete
    def unwatch(self, request: Request, pk: str) -> Response:
        """No longer watch a record, which may no longer be seen then."""
        stop_watching(actor=self.actor, record=self.get_object())
        return Response(status=204)


class LettersMixin:
    """Letters to the client."""

    @extend_schema(request=NewLetterSerializer, responses={201: ActivitySerializer})
    @action(detail=True, methods=["post"])
    def letters(self: Any, request: Request, pk: str) -> Response:
        """Write to the client: the letter is mailed, and stands on the timeline with what became of it."""
        record, values = self.get_object(), self.read(NewLetterSerializer)
        if "template" in values:
            template = letter_templates(self.kind).filter(pk=values["template"]).first()
            if template is None:
                raise Invalid(fields={"template": [_("There is no such template.")]})
            subject, text = filled_in(self.actor, template, record)
            values = {"subject": subject[:200], "text": text, **values}
        activity = send_letter(
            actor=self.actor,
            record=record,
            to=values.get("to") or next(iter(known_addresses(self.actor, record)), ""),
            subject=values.get("subject", ""),
            text=values.get("text", ""),
        )
        return Response(ActivitySerializer(activity).data, status=201)


class _Comments:
    orders: ClassVar = {"newest": ("-created_at", "-id")}


def _comments(rows: Sequence[Any]) -> Any:
    for row, ids in zip(rows, mentions_in([row.text for row in rows]), strict=True):
        row.mentions = ids
    return CommentSerializer(rows, many=True).data


class TwinViewSet(UnmergeMixin, RecordViewSet):
    """Records of which there may be duplicates."""

    @extend_schema(filters=False)
    @action(detail=True, methods=["get"])
    def duplicates(self, request: Request, pk: str) -> Response:
        """Other records of this kind with the same phone, e-mail or tax number, or a similar name."""
        row = self.get_object()
        found = find_duplicates(actor=self.actor, probe=probe_of(row), kinds=[self.kind.key], besides=row)
        rows = self.lean(self.rows(self.actor).filter(pk__in=[item.record.pk for item in found]))
        by_id = {document["id"]: document for document in self.present(rows)}  # type: ignore[arg-type]  # rows of its kind
        return Response(
            {
                "results": [
                    {**by_id[item.record.pk], "shared": item.value, "by": str(item.by)}
                    for item in found
                    if item.record.pk in by_id
                ]
            }
        )

    @extend_schema(request=MergeSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Make other records part of this one; they go to the trash and their links come here."""
        row = self.get_object()
        values = self.read(MergeSerializer)
        others = [access(self.actor, self.kind, other) for other in values["others"]]
        merged = merge_records(actor=self.actor, record=row, others=others, choices=values.get("choices"))
        return self.show(merged)


class StagedViewSet(TwinViewSet):
    """Records that go through a pipeline."""

    orders = {**RecordViewSet.orders, "amount": ("-amount", "-id")}

    @extend_schema(request=MoveSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Take a record to another stage."""
        row, version = self._checked(request)
        values = self.read(MoveSerializer)
        stage = access_stage(values["stage"], self.kind)
        reason = values.get("lost_reason")
        with as_precondition():
            row = move_record(actor=self.actor, record=row, stage=stage, version=version, lost_reason_id=reason)
        return self.show(row)


class LeadViewSet(LettersMixin, StagedViewSet):
    """Leads."""

    kind = LEAD
    permissions = permissions_of(LEAD, move="edit", convert="edit", **LETTERS)
    serializer_class = serializer_for(LEAD)
    filterset_class = API_FILTERS["lead"]

    @extend_schema(request=ConvertSerializer, responses=ConvertedSerializer)
    @action(detail=True, methods=["post"])
    def convert(self, request: Request, pk: str) -> Response:
        """Turn a lead into a contact, company and/or deal."""
        lead = self.get_object()
        values = self.read(ConvertSerializer)
        stage_id = values.pop("stage", None)
        stage = access_stage(stage_id, DEAL) if stage_id else None
        values["deal"] = by_key(DEAL, values.get("deal", {}))
        made = convert_lead(actor=self.actor, lead=lead, to=Conversion(**values, stage=stage))
        parts = {"lead": made.lead, "contact": made.contact, "company": made.company, "deal": made.deal}
        return Response({name: part.pk if part is not None else None for name, part in parts.items()})


class ContactViewSet(RequisitesMixin, LettersMixin, TwinViewSet):
    """Contacts."""

    kind = CONTACT
    permissions = permissions_of(CONTACT, **LETTERS, **REQUISITES)
    serializer_class = serializer_for(CONTACT)
    filterset_class = API_FILTERS["contact"]
    orders = {**RecordViewSet.orders, "name": ("name", "id")}


class CompanyViewSet(HoldingMixin, LetterheadMixin, RequisitesMixin, LettersMixin, TwinViewSet):
    """Companies."""

    kind = COMPANY
    permissions = {**permissions_of(COMPANY, holding="view", **LETTERS, **REQUISITES), **LETTERHEAD}
    serializer_class = serializer_for(COMPANY)
    filterset_class = API_FILTERS["company"]
    orders = {**RecordViewSet.orders, "name": ("name", "id")}


class DealViewSet(LettersMixin, RepeatingMixin, RowsMixin, StagedViewSet):
    """Deals."""

    kind = DEAL
    permissions = permissions_of(DEAL, move="edit", **LETTERS, **ROWS, **MAKING, **REPEATING, goods="edit")
    serializer_class = DealSerializer
    filterset_class = API_FILTERS["deal"]
