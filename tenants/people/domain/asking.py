"""A role refused something: those who give roles are asked for it, with one click."""

from __future__ import annotations

from django.core.cache import cache
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from infra.kit.access import may
from infra.kit.errors import Invalid, UnknownName
from infra.kit.registry import registry
from infra.ui.notifications import notify
from tenants.people.models import User

ASKED_AGAIN_AFTER = 60 * 60  # seconds


@transaction.atomic
def ask_for_right(*, actor: User, permission: str) -> bool:
    """Tell those who give people their roles that `actor` needs `permission`, at most once an hour.

    False: they know already. Raises Invalid for a name that is none.
    """
    try:
        title = registry.permission(permission).title
    except UnknownName:
        raise Invalid from None
    if not cache.add(f"people:asked:{actor.pk}:{permission}", True, ASKED_AGAIN_AFTER):
        return False
    people = User.objects.employees().select_related("role")
    notify(
        actor=actor,
        person_ids=[person.pk for person in people if may(person, "people.person.manage")],
        text=format_lazy(_("{person} asks for the right “{right}”"), person=actor.display_name, right=title),
        url=f"/people/{actor.pk}/",
        icon="shield-lock",
    )
    return True
