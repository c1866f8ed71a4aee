"""Many records of a kind at once, as from their list: given away, moved, changed, merged, deleted; and undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.serializers import StrictSerializer
from infra.kit.access import require_permission
from infra.kit.errors import Conflict, Invalid, NotFound, PortalError
from modules.crm.domain.access import access_stage, visible
from modules.crm.domain.bulk import (
    access_change,
    assign_records,
    delete_records,
    edit_records,
    gone,
    move_records,
    undo_change,
)
from modules.crm.domain.merge import merge_chosen, merges_of, unmerge
from modules.crm.models import Change
from modules.crm.rest.serializers import by_key

MANY = {"many": "view", "undo_many": "view"}
_MOST = 5_000
_NEEDS = {"assign": "responsible", "move": "stage", "edit": "changes", "merge": "keep", "delete": ""}


class ManySerializer(StrictSerializer):
    """What is done to which records: `assign` to `responsible`, `move` to `stage`, `edit` by `changes`, `merge` into
    the one to `keep`, or `delete`."""

    do = serializers.ChoiceField(choices=list(_NEEDS))
    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=_MOST)
    responsible = serializers.IntegerField(min_value=1, required=False)
    stage = serializers.IntegerField(min_value=1, required=False)
    changes = serializers.DictField(required=False, help_text=_("Fields by name, as in a PATCH of one record."))
    keep = serializers.ChoiceField(choices=("oldest", "changed"), required=False)


class StayedSerializer(serializers.Serializer[Any]):
    """Why records stayed as they were, and how many."""

    code = serializers.CharField()
    reason = serializers.CharField()
    number = serializers.IntegerField()


class ManyDoneSerializer(serializers.Serializer[Any]):
    """How many records were changed, and which stayed as they were for what reason. `change` names what may be undone
    for a day; merges have `unmerge`."""

    changed = serializers.IntegerField()
    stayed = StayedSerializer(many=True)
    change = serializers.IntegerField(allow_null=True)


class ManyMixin:
    """The verbs of lists."""

    @extend_schema(request=ManySerializer, responses=ManyDoneSerializer)
    @action(detail=False, methods=["post"])
    def many(self: Any, request: Request) -> Response:
        """Do the same to many records. What one may not change, or cannot be changed so, stays as it is."""
        values = self.read(ManySerializer)
        needed = _NEEDS[values["do"]]
        if needed and needed not in values:
            raise Invalid(fields={needed: [_("Fill this in.")]})
        rows = visible(self.actor, self.kind).filter(pk__in=values["ids"])
        try:
            done = self._do(rows, values)
        except PortalError as error:
            raise self._named(error) from error
        if not isinstance(done, Change):
            return _told(done, [], None)
        stayed = list(done.stayed)
        missing = len(set(values["ids"])) - len(done.before) - sum(number for _code, _text, number in stayed)
        return _told(len(done.before), [*stayed, (NotFound.code, str(gone()), missing)], done.pk)

    def _do(self: Any, rows: Any, values: dict[str, Any]) -> Change | int:
        whose = {"actor": self.actor, "kind": self.kind, "rows": rows}
        match values["do"]:
            case "assign":
                return assign_records(**whose, responsible_id=values["responsible"])
            case "move":
                if not self.kind.staged:
                    raise Invalid(fields={"do": [_("These records have no stages.")]})
                return move_records(**whose, stage=access_stage(values["stage"], self.kind))
            case "edit":
                return edit_records(**whose, changes=self._changes(values["changes"]))
            case "merge":
                require_permission(self.actor, self.kind.permission("delete"))
                return merge_chosen(**whose, keep=values["keep"])
        return delete_records(**whose)

    def _changes(self: Any, given: dict[str, Any]) -> dict[str, Any]:
        reader = self.get_serializer_class()(data=given, partial=True, context=self.get_serializer_context())
        reader.is_valid(raise_exception=True)
        changes = by_key(self.kind, reader.validated_data)
        if not changes or {"stage_id", "responsible_id"} & set(changes):
            raise Invalid(fields={"changes": [_("Name fields; stages and people are given by `move` and `assign`.")]})
        return changes

    @extend_schema(request=None, responses=ManyDoneSerializer)
    @action(detail=False, methods=["post"], url_path=r"many/(?P<change>[1-9][0-9]{0,17})/undo")
    def undo_many(self: Any, request: Request, change: str) -> Response:
        """Take back what was done to many records; what somebody has changed since stays."""
        found = access_change(self.actor, int(change))
        if found.kind != self.kind.key:
            raise NotFound
        done = undo_change(actor=self.actor, change=found)
        since = (Conflict.code, _("Somebody has changed it since."), len(found.before) - done)
        return _told(done, [since], None)


def _told(changed: int, stayed: Sequence[tuple[str, str, int]], change: int | None) -> Response:
    reasons = [{"code": code, "reason": text, "number": number} for code, text, number in stayed if number]
    return Response({"changed": changed, "stayed": reasons, "change": change})


class UnmergeMixin:
    """Merges taken back."""

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def unmerge(self: Any, request: Request, pk: str) -> Response:
        """Take the last merge into this record back, for 30 days."""
        record = self.get_object()
        found = merges_of(record)
        if not found:
            raise Conflict(_("There is nothing to take back."), code="nothing_merged")
        return self.show(unmerge(actor=self.actor, record=record, change=found[0]))  # type: ignore[no-any-return]  # an answer of the untyped library
