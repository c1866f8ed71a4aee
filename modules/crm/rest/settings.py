"""How CRM is set up, over REST: terms and numbers of selling, the rotation, the plan, cards, rights on fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import etag_of, expected_version
from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ANY_PERSON, PortalViewSet
from infra.kit.access import may, require_permission
from infra.kit.errors import Invalid, NotFound
from modules.crm.domain.field_rights import MANAGE as FIELDS
from modules.crm.domain.field_rights import limited_roles, rights_of, seen_fields, set_field_rights
from modules.crm.domain.goal import MANAGE as GOALS
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.domain.layout import MOST_SECTIONS, Section, arrange, forget_layout, layout_for, layout_of
from modules.crm.domain.pipeline import MANAGE as PIPELINES
from modules.crm.domain.rotation import members, set_rotation
from modules.crm.domain.selling.number_series import last_number, series, set_series, shape
from modules.crm.domain.selling.online_payment import set_stripe_key
from modules.crm.domain.selling.settings import MANAGE as SELLING
from modules.crm.domain.selling.settings import base_currency, selling, set_selling
from modules.crm.models import Currency, FieldRight, SeriesOf
from modules.crm.rest.goals import GoalsMixin
from modules.crm.rest.placing import as_precondition

_KIND = "(?P<kind>[a-z]{1,20}(?:_[0-9]{1,18})?)"
_WHOM = OpenApiParameter(
    "whom",
    str,
    description="`me` (where left out), `all`, or the number of a role.",
    pattern="^(me|all|[1-9][0-9]{0,17})$",
)


class TermsSerializer(StrictSerializer):
    """What quotes and invoices start with, and the currency in which different ones are added up."""

    base_currency = serializers.ChoiceField(choices=Currency.choices)
    quote_days = serializers.IntegerField(min_value=0, max_value=3_650)
    invoice_days = serializers.IntegerField(min_value=0, max_value=3_650)
    quote_terms = serializers.CharField(max_length=5_000, allow_blank=True)
    invoice_terms = serializers.CharField(max_length=5_000, allow_blank=True)
    version = serializers.IntegerField(read_only=True)


class SeriesSerializer(StrictSerializer):
    """How papers are numbered; `example` is what the next one would be called today."""

    of = serializers.ChoiceField(choices=SeriesOf.choices, read_only=True)
    template = serializers.CharField(max_length=40)
    yearly = serializers.BooleanField()
    next_number = serializers.IntegerField(min_value=1, max_value=10**9)
    example = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class AllSeriesSerializer(StrictSerializer):
    """The series of the portal."""

    series = SeriesSerializer(many=True)


class RotationSerializer(StrictSerializer):
    """People who take leads from outside in turn."""

    people = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=1_000)


class SectionOfCardSerializer(StrictSerializer):
    """A section: a usual one by its key, or one of your own by its title; keys of fields in order."""

    name = serializers.CharField(max_length=60, allow_blank=True)
    fields = serializers.ListField(child=serializers.CharField(max_length=60), max_length=500)  # type: ignore[assignment]  # a field of this name


class CardSerializer(StrictSerializer):
    """How a card is arranged; `left_out` are fields that it does not show."""

    sections = SectionOfCardSerializer(many=True)
    left_out = serializers.ListField(child=serializers.CharField(max_length=60), max_length=500, required=False)


class FieldRightSerializer(StrictSerializer):
    """What a role may not do with a field: change it (`read`), or not even see it (`hidden`)."""

    role = serializers.IntegerField(min_value=1)
    level = serializers.ChoiceField(choices=FieldRight.Level.choices)


class FieldRightsSerializer(StrictSerializer):
    """Roles that are limited in a field; all others see and change it."""

    rights = FieldRightSerializer(many=True)


class CardKeySerializer(StrictSerializer):
    """The company's own key at Stripe. It is never shown again: `ends` are its last letters, "" where there is none."""

    key = serializers.CharField(max_length=320, write_only=True, help_text=_("A restricted key, like rk_live_…"))
    set = serializers.BooleanField(read_only=True)
    ends = serializers.CharField(read_only=True)


class SettingsViewSet(GoalsMixin, PortalViewSet):
    """Settings of CRM, each by its name."""

    permissions = {
        "terms": SELLING,
        "change_terms": SELLING,
        "numbers": SELLING,
        "change_numbers": SELLING,
        "rotation": PIPELINES,
        "change_rotation": PIPELINES,
        "card": ANY_PERSON,
        "arrange_card": ANY_PERSON,
        "forget_card": ANY_PERSON,
        "field_rights": FIELDS,
        "change_field_rights": FIELDS,
        "card_key": SELLING,
        "set_card_key": SELLING,
        "forget_card_key": SELLING,
        "goals": GOALS,
        "set_goals": GOALS,
    }
    serializer_class = TermsSerializer

    @extend_schema(responses=TermsSerializer)
    @action(detail=False, methods=["get"])
    def terms(self, request: Request) -> Response:
        """What quotes and invoices start with."""
        return _terms()

    @extend_schema(request=TermsSerializer, responses=TermsSerializer)
    @terms.mapping.patch
    def change_terms(self, request: Request) -> Response:
        """Change what is named; If-Match says which version was read."""
        version = expected_version(request)
        with as_precondition():
            set_selling(actor=self.actor, changes=self.read(TermsSerializer), version=version)
        return _terms()

    @extend_schema(responses=AllSeriesSerializer)
    @action(detail=False, methods=["get"])
    def numbers(self, request: Request) -> Response:
        """How quotes and invoices are numbered."""
        return Response({"series": [_numbering(row) for row in series()]})

    @extend_schema(request=SeriesSerializer, responses=SeriesSerializer)
    @action(detail=False, methods=["patch"], url_path=f"numbers/(?P<of>{'|'.join(SeriesOf.values)})")
    def change_numbers(self, request: Request, of: str) -> Response:
        """Change what is named; If-Match says which version was read."""
        version = expected_version(request)
        row = next(one for one in series() if one.of == of)
        values = {"template": row.template, "yearly": row.yearly, **self.read(SeriesSerializer)}
        with as_precondition():
            set_series(actor=self.actor, of=of, version=row.version if version is None else version, **values)
        changed = _numbering(next(one for one in series() if one.of == of))
        return Response(changed, headers={"ETag": etag_of(changed)})

    @extend_schema(responses=RotationSerializer)
    @action(detail=False, methods=["get"])
    def rotation(self, request: Request) -> Response:
        """Who takes leads from outside."""
        return _rotation()

    @extend_schema(request=RotationSerializer, responses=RotationSerializer)
    @rotation.mapping.put
    def change_rotation(self, request: Request) -> Response:
        """Make these people the rotation; who stays keeps the place in the queue."""
        set_rotation(actor=self.actor, person_ids=self.read(RotationSerializer)["people"])
        return _rotation()

    @extend_schema(responses=CardKeySerializer)
    @action(detail=False, methods=["get"], url_path="card-payments")
    def card_key(self, request: Request) -> Response:
        """Whether invoices are paid by card into the company's own account at Stripe."""
        return _card_key()

    @extend_schema(request=CardKeySerializer, responses=CardKeySerializer)
    @card_key.mapping.put
    def set_card_key(self, request: Request) -> Response:
        """Give the company's own key, or another one; links of the account before are closed."""
        set_stripe_key(actor=self.actor, key=self.read(CardKeySerializer)["key"])
        return _card_key()

    @extend_schema(request=None, responses={204: None})
    @card_key.mapping.delete
    def forget_card_key(self, request: Request) -> Response:
        """Forget the key: nothing is paid by card any more."""
        set_stripe_key(actor=self.actor, key="")
        return Response(status=204)

    @extend_schema(responses=CardSerializer, parameters=[_WHOM])
    @action(detail=False, methods=["get"], url_path=f"cards/{_KIND}")
    def card(self, request: Request, kind: str) -> Response:
        """How the card of a kind is arranged: for oneself as it is seen, or as it is kept for a role or for all."""
        return self._card(*self._card_of(kind, request))

    @extend_schema(request=CardSerializer, responses=CardSerializer, parameters=[_WHOM])
    @card.mapping.put
    def arrange_card(self, request: Request, kind: str) -> Response:
        """Arrange the card of a kind; fields that are named nowhere follow in its last section."""
        found, whom = self._card_of(kind, request)
        values = self.read(CardSerializer)
        if len(values["sections"]) > MOST_SECTIONS:
            raise Invalid(fields={"sections": [_("At most %(most)s sections.") % {"most": MOST_SECTIONS}]})
        sections = [(one["name"], one["fields"]) for one in values["sections"]]
        arrange(actor=self.actor, kind=found, sections=sections, left_out=values.get("left_out", ()), **whom)
        return self._card(found, whom)

    @extend_schema(request=None, responses={204: None}, parameters=[_WHOM])
    @card.mapping.delete
    def forget_card(self, request: Request, kind: str) -> Response:
        """Let the card be as it comes."""
        found, whom = self._card_of(kind, request)
        forget_layout(actor=self.actor, kind=found, **whom)
        return Response(status=204)

    def _card_of(self, kind: str, request: Request) -> tuple[Kind, dict[str, Any]]:
        """The kind, which the actor may see, and for whom its card is arranged; nothing said is oneself."""
        found = kind_named(kind)
        if not may(self.actor, found.permission("view")):
            raise NotFound
        whom = request.query_params.get("whom", "me")
        if whom == "me":
            return found, {}
        if whom == "all":
            return found, {"for_all": True}
        if whom not in {str(role.pk) for role in limited_roles()}:
            raise Invalid(fields={"whom": [_("Choose one of the list.")]})
        return found, {"role_id": int(whom)}

    def _card(self, kind: Kind, whom: Mapping[str, Any]) -> Response:
        items = seen_fields(self.actor, kind)
        if whom:
            require_permission(self.actor, FIELDS)
            sections = layout_of(kind, items, role_id=whom.get("role_id"), person_id=None)
        else:
            sections = layout_for(self.actor, kind, items)
        return Response(_arranged(sections, {item.key for item in items}))

    @extend_schema(responses=FieldRightsSerializer)
    @action(detail=False, methods=["get"], url_path=f"fields/{_KIND}/(?P<field>[a-z][a-z0-9_]{{0,59}})/rights")
    def field_rights(self, request: Request, kind: str, field: str) -> Response:
        """Roles that are limited in a field."""
        return _field_rights(self._kind_of(kind, field), field)

    @extend_schema(request=FieldRightsSerializer, responses=FieldRightsSerializer)
    @field_rights.mapping.put
    def change_field_rights(self, request: Request, kind: str, field: str) -> Response:
        """Say which roles are limited in a field; roles left out may see and change it."""
        found = self._kind_of(kind, field)
        lines = self.read(FieldRightsSerializer)["rights"]
        rights = {line["role"]: line["level"] for line in lines}
        if len(rights) < len(lines) or set(rights) - {role.pk for role in limited_roles()}:
            raise Invalid(fields={"rights": [_("Nothing may stand twice, and an owner's rights cannot be narrowed.")]})
        set_field_rights(actor=self.actor, kind=found, field=field, rights=rights)
        return _field_rights(found, field)

    def _kind_of(self, kind: str, field: str) -> Kind:
        found = kind_named(kind)
        if field not in {item.key for item in seen_fields(self.actor, found)}:
            raise NotFound
        return found


def _terms() -> Response:
    row = selling()
    names = ("quote_days", "invoice_days", "quote_terms", "invoice_terms", "version")
    body = {"base_currency": base_currency(), **{name: getattr(row, name) for name in names}}
    return Response(body, headers={"ETag": etag_of(row)})


def _card_key() -> Response:
    row = selling()
    return Response({"set": bool(row.stripe_key), "ends": row.stripe_key_ends})


def _rotation() -> Response:
    return Response({"people": [row.person_id for row in members()]})


def _field_rights(kind: Kind, field: str) -> Response:
    kept = rights_of(kind).get(field, {})
    return Response({"rights": [{"role": role, "level": level} for role, level in sorted(kept.items())]})


def _numbering(row: Any) -> dict[str, Any]:
    today = timezone.localdate()
    following = last_number(row, today.year if row.yearly else 0) + 1
    return {
        "of": row.of,
        "template": row.template,
        "yearly": row.yearly,
        "next_number": following,
        "example": shape(row.template, following, today),
        "version": row.version,
    }


def _arranged(sections: list[Section], seen: set[str]) -> dict[str, Any]:
    placed = {key for section in sections for key in section.fields}
    shown = [
        {"name": section.key or str(section.title), "fields": [key for key in section.fields if key in seen]}
        for section in sections
    ]
    return {"sections": shown, "left_out": sorted(seen - placed)}
