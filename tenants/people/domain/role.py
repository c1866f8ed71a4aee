"""Verbs over roles, and where to find the built-in ones."""

from __future__ import annotations

from tenants.people.models import Role


def built_in_role(base: str) -> Role:
    """The built-in role `base` ("owner", "administrator", "employee", "guest"), made if the portal lacks it."""
    role, _created = Role.objects.get_or_create(base=Role.Base(base), builtin=True)
    return role
