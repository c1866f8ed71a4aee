"""Forgetting a person: what names them goes, what they did stays with nobody's name."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from tenants.people.domain import lookup
from tenants.people.domain.person import lock_person
from tenants.people.domain.photo import drop_photo
from tenants.people.models import Invitation, User


def erase_person(user_id: int) -> None:
    """Empty the rows of a deactivated person; safe to run again after a restore (promise 51).

    Raises ValueError for an active person: access is taken away first, by `deactivate_person`.
    """
    with transaction.atomic():
        person = lock_person(User(id=user_id))
        if person.is_active:
            raise ValueError("deactivate the person first")
        lookup.forget(person.email)
        drop_photo(person.photo_key)
        Invitation.objects.filter(email=person.email).delete()
        EmailAddress.objects.filter(user_id=person.id).delete()
        Authenticator.objects.filter(user_id=person.id).delete()
        person.email = f"erased-{person.id}@invalid"
        person.first_name, person.last_name = f"#{person.id}", ""
        person.photo_key = person.job_title = person.about = ""
        person.work_phone = person.work_phone_extension = person.mobile_phone = ""
        person.erased_at = person.erased_at or timezone.now()
        person.set_unusable_password()
        person.save()
