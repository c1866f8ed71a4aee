"""Whom a smaller plan would touch: the last who came, invited ones first."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from infra.kit.refs import RecordCard, RecordRef
from tenants.people.models import Invitation, Role, User
from tenants.people.models.user import UserQuerySet


def people_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """People and invitations beyond `maximum` seats, at most `most`."""
    return _over(User.objects.employees(), maximum, most, guests=False)


def guests_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """Guests and their invitations beyond `maximum`, at most `most`."""
    return _over(User.objects.guests(), maximum, most, guests=True)


def _over(people: UserQuerySet, maximum: int, most: int, *, guests: bool) -> list[RecordCard]:
    invited = Invitation.objects.filter(status=Invitation.Status.PENDING, expires_at__gt=timezone.now())
    base = Role.Base.GUEST
    invited = invited.filter(role__base=base) if guests else invited.exclude(role__base=base)
    found = [
        RecordCard(
            ref=RecordRef("people", "invitation", one.pk),
            title=one.email,
            subtitle=_("Invited"),
            url=reverse("people:directory"),
            icon="mail",
        )
        for one in invited.order_by("-pk")[:most]
    ]
    found += [
        RecordCard(
            ref=RecordRef("people", "person", one.pk),
            title=one.display_name,
            subtitle=one.email,
            url=reverse("people:person", args=[one.pk]),
            icon="user",
        )
        for one in people.order_by("-pk")[:most]
    ]
    over = invited.count() + people.count() - maximum
    return found[: max(min(over, most), 0)]
