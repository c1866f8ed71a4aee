"""What roles may do with records of a kind that the company made, over REST."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.serializers import StrictSerializer
from infra.kit.errors import Invalid
from infra.kit.spec import Scope
from modules.crm.domain.field_rights import limited_roles
from modules.crm.domain.item_rights import VERBS, set_type_rights
from modules.crm.domain.item_type import MANAGE
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.models import ItemType
from modules.crm.rest.place_rights import SCOPES

TYPE_RIGHTS = dict.fromkeys(("rights", "change_rights"), MANAGE)


class TypeRightSerializer(StrictSerializer):
    """How far a role reaches with what it may do; `create` is none or all."""

    role = serializers.IntegerField(min_value=1)
    verb = serializers.ChoiceField(choices=VERBS)
    scope = serializers.ChoiceField(choices=list(SCOPES))


class TypeRightsSerializer(StrictSerializer):
    """Rights of roles, except owners, who may do everything."""

    rights = TypeRightSerializer(many=True)


class TypeRightsMixin:
    """Rights on a kind of records."""

    @extend_schema(responses=TypeRightsSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def rights(self: Any, request: Request, pk: str) -> Response:
        """What each role may do with records of this kind."""
        return _shown(_kind(self.get_object()))

    @extend_schema(request=TypeRightsSerializer, responses=TypeRightsSerializer)
    @rights.mapping.put
    def change_rights(self: Any, request: Request, pk: str) -> Response:
        """Say what roles may do; what is not named stays. A change takes `people.role.manage`, too: nobody gives
        more than they have, or changes their own role."""
        kind = _kind(self.get_object())
        lines = self.read(TypeRightsSerializer)["rights"]
        wanted: dict[int, dict[str, Scope]] = {}
        for line in lines:
            wanted.setdefault(line["role"], {})[kind.permission(line["verb"])] = SCOPES[line["scope"]]
        if sum(map(len, wanted.values())) < len(lines):
            raise Invalid(fields={"rights": [_("Nothing may stand twice, and an owner's rights cannot be narrowed.")]})
        set_type_rights(actor=self.actor, kind=kind, rights=wanted)
        return _shown(kind)


def _kind(row: ItemType) -> Kind:
    return kind_named(f"item_{row.pk}")


def _shown(kind: Kind) -> Response:
    lines = [
        {"role": role.pk, "verb": verb, "scope": role.scope(kind.permission(verb)).name.lower()}
        for role in limited_roles()
        for verb in VERBS
    ]
    return Response({"rights": lines})
