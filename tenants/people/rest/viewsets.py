"""People and invitations over REST: the same verbs as the screens, no logic of its own."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.preconditions import check_match
from infra.api.viewsets import ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import Conflict, Invalid, UnknownName
from tenants.people.domain import invitation as invitations
from tenants.people.domain import person as people
from tenants.people.domain.access import department_for, invitation_for, person_for, role_for, visible_people
from tenants.people.domain.cards import matching
from tenants.people.domain.forgetting import forget_person
from tenants.people.domain.handover import hand_over
from tenants.people.domain.queries import visible_invitations
from tenants.people.models import Invitation, User
from tenants.people.rest.serializers import (
    ChooseDepartmentSerializer,
    ChooseRoleSerializer,
    ForgettingSerializer,
    HandOverSerializer,
    InvitationSerializer,
    MovedSerializer,
    PersonSerializer,
)


class PersonFilter(django_filters.FilterSet):
    """Filters of the directory."""

    q = django_filters.CharFilter(method="search", label=_("Words of name, address or job title"))
    department = django_filters.NumberFilter(field_name="department_id")
    role = django_filters.NumberFilter(field_name="role_id")
    is_active = django_filters.BooleanFilter()

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def search(self, queryset: Any, name: str, value: str) -> Any:
        """People whose words begin like those of `value`."""
        return matching(queryset, value)


class PersonViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """People of the portal. They come by invitation; here they are found, changed, deactivated."""

    permissions = {
        "list": "people.person.view",
        "retrieve": "people.person.view",
        "partial_update": "people.person.manage",
        "role": "people.person.manage",
        "department": "people.person.manage",
        "deactivate": "people.person.manage",
        "reactivate": "people.person.manage",
        "hand_over": "people.person.manage",
        "forget": "people.person.manage",
    }
    orders = {"name": ("last_name", "first_name", "id"), "newest": ("-id",)}
    serializer_class = PersonSerializer
    filterset_class = PersonFilter

    def rows(self, actor: Actor) -> QuerySet[User]:
        return visible_people(actor).defer("search")

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what a person's page says."""
        person = self.get_object()
        version = check_match(request, person)
        known = {field.name: getattr(person, field.name) for field in fields_of(people.Profile)}
        profile = people.Profile(**{**known, **self.read()})
        return self.show(people.edit_profile(actor=self.actor, person=person, profile=profile, version=version))

    @extend_schema(request=ChooseRoleSerializer, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def role(self, request: Request, pk: str) -> Response:
        """Give another role."""
        role = role_for(self.actor, self.read(ChooseRoleSerializer)["role"])
        return self.show(people.change_role(actor=self.actor, person=self.get_object(), role=role))

    @extend_schema(request=ChooseDepartmentSerializer, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def department(self, request: Request, pk: str) -> Response:
        """Move to another department, or to none."""
        chosen = self.read(ChooseDepartmentSerializer)["department"]
        department = department_for(self.actor, chosen) if chosen else None
        return self.show(people.place_person(actor=self.actor, person=self.get_object(), department=department))

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str) -> Response:
        """Take all access away at once."""
        return self.show(people.deactivate_person(actor=self.actor, person=self.get_object()))

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, pk: str) -> Response:
        """Give access back."""
        return self.show(people.reactivate_person(actor=self.actor, person=self.get_object()))

    @extend_schema(request=ForgettingSerializer, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def forget(self, request: Request, pk: str) -> Response:
        """Remove what names a deactivated person, for good."""
        confirmation = self.read(ForgettingSerializer)["confirmation"]
        return self.show(forget_person(actor=self.actor, person=self.get_object(), confirmation=confirmation))

    @extend_schema(request=HandOverSerializer, responses=MovedSerializer)
    @action(detail=True, methods=["post"], url_path="hand-over")
    def hand_over(self, request: Request, pk: str) -> Response:
        """Pass the person's records to a colleague."""
        values = self.read(HandOverSerializer)
        to = person_for(self.actor, values["to"])
        try:
            moved = hand_over(actor=self.actor, person=self.get_object(), to=to, kinds=values["kinds"])
        except UnknownName as error:
            raise Invalid(fields={"kinds": [str(error)]}) from error
        return Response({"moved": moved})


class InvitationViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Invitations: send, correct, send again, cancel."""

    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy", "resend"), "people.person.invite"
    )
    serializer_class = InvitationSerializer

    def rows(self, actor: Actor) -> QuerySet[Invitation]:
        return visible_invitations()

    def create(self, request: Request) -> Response:
        """Invite one address."""
        values = self.read()
        invited = invitations.invite_people(
            actor=self.actor,
            emails=[values["email"]],
            role=role_for(self.actor, values["role_id"]),
            department=department_for(self.actor, values["department_id"]) if values.get("department_id") else None,
        )
        if not invited.sent:
            raise Conflict(_("This address is already here or invited."))
        made = invited.sent[0]
        return self.show(made, 201, reverse("api-v1:invitation-detail", args=[made.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct it; a new letter goes out and the older link is dead."""
        invitation = self.get_object()
        check_match(request, invitation)
        values = self.read()
        department_id = values.get("department_id", invitation.department_id)
        changed = invitations.change_invitation(
            actor=self.actor,
            invitation=invitation,
            email=values.get("email", invitation.email),
            role=role_for(self.actor, values.get("role_id", invitation.role_id)),
            department=department_for(self.actor, department_id) if department_id else None,
        )
        return self.show(changed)

    def destroy(self, request: Request, pk: str) -> Response:
        """Cancel it."""
        invitation = self.get_object()
        check_match(request, invitation)
        invitations.cancel_invitation(actor=self.actor, invitation=invitation)
        return Response(status=204)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Send a new link; the older one is dead."""
        return self.show(
            invitations.resend_invitation(actor=self.actor, invitation=invitation_for(self.actor, int(pk)))
        )
