"""Rules, their runs, letter templates and own kinds of activities over REST: the same verbs as the screens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from modules.crm.domain import activity_kind
from modules.crm.domain.activity_kind import KindDesign, kinds_in_use, order_kinds, retire_kind, write_kind
from modules.crm.domain.field_rights import reads_all
from modules.crm.domain.kinds import kind_named
from modules.crm.domain.letter import letter_templates, retire_template, write_template
from modules.crm.domain.rules.queries import rule_rows, rules_of, runs
from modules.crm.domain.rules.rehearsal import rehearse
from modules.crm.domain.rules.rule import (
    MANAGE,
    Design,
    copy_rule,
    create_rule,
    delete_rule,
    design_of,
    edit_rule,
    order_rules,
    retry_run,
    switch_rule,
)
from modules.crm.models import ActivityKind, LetterTemplate, Rule, RuleRun, Stage
from modules.crm.rest.ordering import IdsSerializer, require_whole
from modules.crm.rest.placing import as_precondition


class RuleSerializer(StrictSerializer):
    """A rule: when `trigger` happens to a record of `kind`, if all `conditions` hold, do `steps` in order."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.CharField(max_length=20, help_text=_("lead, deal, contact, company or item_3; it stays."))
    name = serializers.CharField(max_length=100)
    trigger = serializers.CharField(
        max_length=20, help_text="created, form, changed, stage, assigned, call, activity, stays, quiet, day"
    )
    details = serializers.DictField(
        required=False,
        help_text=_("Of the trigger: stages, fields, calls, activities, amount and unit, field and shift."),
    )
    conditions = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        max_length=20,
        help_text=_("Each {field, op: is | not | filled | empty, data}: data as in the address of a filtered list."),
    )
    steps = serializers.ListField(
        child=serializers.DictField(),
        max_length=20,
        help_text=_("Each {do, …}: assign, activity, notify, letter, field, stage, webhook or wait with its settings."),
    )
    on = serializers.BooleanField(source="is_on", required=False)
    problem = serializers.CharField(read_only=True)
    position = serializers.IntegerField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class RuleRunSerializer(StrictSerializer):
    """A run of a rule for one record: what it did, or why it did not."""

    id = serializers.IntegerField(read_only=True)
    rule = serializers.IntegerField(source="rule_id", read_only=True)
    record = serializers.SerializerMethodField()
    title = serializers.CharField(read_only=True)
    cause = serializers.UUIDField(read_only=True)
    status = serializers.CharField(read_only=True)
    notes = serializers.ListField(child=serializers.DictField(), read_only=True)
    error = serializers.CharField(read_only=True)
    due_at = serializers.DateTimeField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True)
    done_at = serializers.DateTimeField(read_only=True)

    def get_record(self, run: RuleRun) -> str:
        """The record as "deal:5"."""
        return f"{run.record_kind}:{run.record_id}"

    @cached_property
    def _told(self) -> bool:
        return reads_all(self.context["request"].user)

    def to_representation(self, run: RuleRun) -> dict[str, Any]:
        """Without the texts that steps wrote where fields are hidden from the caller."""
        shown: dict[str, Any] = super().to_representation(run)
        if not self._told:
            shown |= {"notes": [{**note, "text": ""} for note in shown["notes"]], "error": ""}
        return shown


def _design(values: dict[str, Any]) -> Design:
    return Design(**{name: values[name] for name in Design.__dataclass_fields__ if name in values})


class RuleViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Rules without a programmer."""

    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy", "copy", "rehearse", "order"), MANAGE
    )
    orders = {"position": ("position", "id")}
    serializer_class = RuleSerializer

    def rows(self, actor: Actor) -> QuerySet[Rule]:
        return rule_rows()

    def create(self, request: Request) -> Response:
        """Write a rule; `on` switches it on at once."""
        values = self.read()
        on = values.pop("is_on", False)
        kind = kind_named(values.pop("kind"))
        row = create_rule(actor=self.actor, kind=kind, design=_design(values))
        if on:
            row = switch_rule(actor=self.actor, rule=row, on=True)
        return self.show(row, 201, reverse("api-v1:rule-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a rule, or switch it on or off."""
        row = self.get_object()
        version = check_match(request, row)
        values = self.read()
        values.pop("kind", None)
        on = values.pop("is_on", None)
        if values:
            with as_precondition():
                row = edit_rule(
                    actor=self.actor, rule=row, design=_design({**vars(design_of(row)), **values}), version=version
                )
        if on is not None:
            row = switch_rule(actor=self.actor, rule=row, on=on)
        return self.show(row)

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a rule with its log."""
        row = self.get_object()
        with as_precondition():
            delete_rule(actor=self.actor, rule=row, version=check_match(request, row))
        return Response(status=204)

    @extend_schema(request=IdsSerializer, responses={200: IdsSerializer})
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """Let rules run in this order; all of them are named."""
        ids = require_whole(self.read(IdsSerializer)["ids"], rules_of())
        order_rules(actor=self.actor, rule_ids=ids)
        return Response({"ids": [row.pk for row in rules_of()]})

    @extend_schema(request=None, responses={201: RuleSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """The same rule once more, switched off."""
        row = copy_rule(actor=self.actor, rule=self.get_object())
        return self.show(row, 201, reverse("api-v1:rule-detail", args=[row.pk]))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def rehearse(self, request: Request, pk: str) -> Response:
        """What it would have done with the records of the last 30 days; nothing is changed."""
        found = rehearse(actor=self.actor, rule=self.get_object())
        lines = [
            {
                "record": f"{line.record.kind}:{line.record.pk}",
                "title": str(line.record),
                "at": line.at.isoformat(),
                "holds": line.holds,
                "notes": [{"do": do, "text": text, "done": done} for do, text, done in line.notes],
                "error": line.error,
            }
            for line in found.lines
        ]
        return Response({"starts": found.starts, "fitting": found.fitting, "more": found.more, "results": lines})


class RuleRunViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """What rules did, newest first."""

    permissions = dict.fromkeys(("list", "retrieve", "retry"), MANAGE)
    orders = {"newest": ("-started_at", "-id")}
    serializer_class = RuleRunSerializer

    def rows(self, actor: Actor) -> QuerySet[RuleRun]:
        return runs(actor)

    @extend_schema(request=None, responses=RuleRunSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Let a failed run go on from the step where it failed."""
        return self.show(retry_run(actor=self.actor, run=self.get_object()))


class LetterTemplateSerializer(StrictSerializer):
    """A letter to clients with places like {{client}} that a record fills in."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=100)
    subject = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=20_000)
    version = serializers.IntegerField(read_only=True)


class LetterTemplateViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Letter templates in use."""

    permissions = dict.fromkeys(("list", "retrieve", "create", "partial_update", "destroy"), MANAGE)
    orders = {"oldest": ("id",)}
    serializer_class = LetterTemplateSerializer

    def rows(self, actor: Actor) -> QuerySet[LetterTemplate]:
        return letter_templates()

    def create(self, request: Request) -> Response:
        """Write a template."""
        values = self.read()
        kind = kind_named(values.pop("kind"))
        row = write_template(actor=self.actor, kind=kind, **values)
        return self.show(row, 201, reverse("api-v1:letter-template-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a template; its kind stays."""
        row = self.get_object()
        check_match(request, row)
        values = {name: getattr(row, name) for name in ("name", "subject", "body")} | self.read()
        values.pop("kind", None)
        return self.show(write_template(actor=self.actor, kind=kind_named(row.kind), template=row, **values))

    def destroy(self, request: Request, pk: str) -> Response:
        """Offer a template no longer."""
        row = self.get_object()
        check_match(request, row)
        retire_template(actor=self.actor, template=row)
        return Response(status=204)


class ActivityKindSerializer(StrictSerializer):
    """A kind of activities that the company made; activities name it by `own_kind`."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=60)
    icon = serializers.ChoiceField(choices=activity_kind.ICONS, required=False)
    colour = serializers.ChoiceField(choices=Stage.Colour.choices, required=False)
    has_due = serializers.BooleanField(required=False)
    has_result = serializers.BooleanField(required=False)
    version = serializers.IntegerField(read_only=True)


class ActivityKindViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Kinds of activities that the company made for itself."""

    permissions = {
        "list": "crm.lead.view",
        "retrieve": "crm.lead.view",
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "order": MANAGE,
    }
    orders = {"position": ("position", "id")}
    serializer_class = ActivityKindSerializer

    def rows(self, actor: Actor) -> QuerySet[ActivityKind]:
        return kinds_in_use()

    def create(self, request: Request) -> Response:
        """A further kind."""
        row = write_kind(actor=self.actor, design=KindDesign(**self.read()))
        return self.show(row, 201, reverse("api-v1:activity-kind-detail", args=[row.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a kind."""
        row = self.get_object()
        version = check_match(request, row)
        names: Sequence[str] = ("name", "icon", "colour", "has_due", "has_result")
        values = {name: getattr(row, name) for name in names} | self.read()
        with as_precondition():
            changed = write_kind(actor=self.actor, design=KindDesign(**values), own_kind=row, version=version)
        return self.show(changed)

    def destroy(self, request: Request, pk: str) -> Response:
        """Offer it no longer."""
        row = self.get_object()
        check_match(request, row)
        retire_kind(actor=self.actor, own_kind=row)
        return Response(status=204)

    @extend_schema(request=IdsSerializer, responses={200: IdsSerializer})
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """Offer kinds in this order; all of them are named."""
        ids = require_whole(self.read(IdsSerializer)["ids"], kinds_in_use())
        order_kinds(actor=self.actor, ids=ids)
        return Response({"ids": [row.pk for row in kinds_in_use()]})
