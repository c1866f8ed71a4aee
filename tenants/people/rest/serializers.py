"""The API form of people, departments, roles and invitations."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from infra.api.serializers import StrictSerializer
from infra.kit.registry import registry
from infra.kit.spec import Scope
from tenants.people.models import Invitation, Role


class PersonSerializer(StrictSerializer):
    """A person. Role, department and access change by actions of their own."""

    id = serializers.IntegerField(read_only=True)
    email = serializers.EmailField(read_only=True)
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    job_title = serializers.CharField(max_length=150, required=False, allow_blank=True)
    work_phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    work_phone_extension = serializers.CharField(max_length=10, required=False, allow_blank=True)
    mobile_phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    about = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    kind = serializers.CharField(read_only=True)
    role = serializers.IntegerField(source="role_id", read_only=True)
    department = serializers.IntegerField(source="department_id", read_only=True)
    photo_url = serializers.CharField(read_only=True)
    is_active = serializers.BooleanField(read_only=True)
    is_owner = serializers.BooleanField(read_only=True)
    last_seen = serializers.DateTimeField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class ChooseRoleSerializer(StrictSerializer):
    """Which role."""

    role = serializers.IntegerField(min_value=1)


class ChooseDepartmentSerializer(StrictSerializer):
    """Which department; null for none."""

    department = serializers.IntegerField(min_value=1, allow_null=True)


class HandOverSerializer(StrictSerializer):
    """To whom, and which kinds (`module.kind`)."""

    to = serializers.IntegerField(min_value=1)
    kinds = serializers.ListField(child=serializers.CharField(max_length=64), max_length=100)


class ForgettingSerializer(StrictSerializer):
    """The person's address, as a confirmation."""

    confirmation = serializers.CharField(max_length=254)


class MovedSerializer(serializers.Serializer[Any]):
    """How many records of each kind passed."""

    moved = serializers.DictField(child=serializers.IntegerField())


class InvitationSerializer(StrictSerializer):
    """An invitation; its link goes to the mailbox only."""

    id = serializers.IntegerField(read_only=True)
    email = serializers.EmailField(max_length=254)
    role = serializers.IntegerField(source="role_id", min_value=1)
    department = serializers.IntegerField(source="department_id", min_value=1, required=False, allow_null=True)
    status = serializers.ChoiceField(choices=Invitation.Status.choices, read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    sent_at = serializers.DateTimeField(read_only=True)
    invited_by = serializers.IntegerField(source="invited_by_id", read_only=True)
    version = serializers.IntegerField(read_only=True)


class DepartmentSerializer(StrictSerializer):
    """A department. Its place changes by `move`."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=150)
    parent = serializers.IntegerField(  # type: ignore[assignment]  # a field of this name
        source="parent_id", min_value=1, required=False, allow_null=True
    )
    head = serializers.IntegerField(source="head_id", min_value=1, required=False, allow_null=True)
    order = serializers.IntegerField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class MoveDepartmentSerializer(StrictSerializer):
    """Under which department (null: the company), in front of which sibling (left out: last)."""

    parent = serializers.IntegerField(min_value=1, allow_null=True)  # type: ignore[assignment]  # a field of this name
    before = serializers.IntegerField(min_value=1, required=False, allow_null=True)


class ScopesField(serializers.DictField):
    """Scopes by permission key, written "none", "own", "department", "branch" (it and below) or "all"."""

    child = serializers.ChoiceField(choices=[scope.name.lower() for scope in Scope])

    def to_internal_value(self, data: Any) -> dict[str, Scope]:
        return {key: Scope[str(name).upper()] for key, name in super().to_internal_value(data).items()}


class RoleSerializer(StrictSerializer):
    """A role with all its rights."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=100, required=False)
    title = serializers.CharField(read_only=True)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    base = serializers.ChoiceField(choices=Role.Base.choices, required=False)
    builtin = serializers.BooleanField(read_only=True)
    permissions = ScopesField(required=False)
    version = serializers.IntegerField(read_only=True)

    def to_representation(self, instance: Role) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "name": instance.name,
            "title": instance.title,
            "description": instance.description,
            "base": instance.base,
            "builtin": instance.builtin,
            "permissions": {item.key: instance.scope(item.key).name.lower() for item in registry.permissions_here()},
            "version": instance.version,
        }
