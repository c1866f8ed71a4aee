"""What CRM asks of the portal and its people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit.errors import Invalid
from modules.crm.models.lead import Currency
from tenants.people.models import User
from tenants.people.models.user import UserQuerySet


def default_region() -> str:
    """The country that a phone without country code belongs to (ISO 3166-1 alpha-2)."""
    return str(current_portal().region or "")


def default_currency() -> str:
    """The currency of amounts where none is named."""
    currency = str(current_portal().currency or "")
    return currency if currency in Currency.values else str(Currency.USD)


def portal_today() -> date:
    """Which day it is where the portal is."""
    zone = str(current_portal().time_zone or "")
    return timezone.localdate(timezone=ZoneInfo(zone)) if zone else timezone.localdate()


def active_person(person_id: int) -> User:
    """The active person who can be responsible. Raises Invalid."""
    person: User | None = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise Invalid(fields={"responsible": [_("This person is not active in the portal.")]})
    return person


def still_active(ids: Sequence[int]) -> list[int]:
    """Those of the people who are active, in their order."""
    active = set(User.objects.active().filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return [pk for pk in ids if pk in active]


def everybody() -> UserQuerySet:
    """All people, those who left last: what they did stays theirs."""
    people: UserQuerySet = User.objects.order_by("-is_active", "last_name", "first_name", "id")
    return people


def sellers() -> list[User]:
    """People who may be given goals."""
    return list(User.objects.employees().order_by("last_name", "first_name", "id"))
