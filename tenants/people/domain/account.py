"""Making the account itself: the row, its address, its password. Callers guard, count seats, and audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from tenants.people.domain import lookup
from tenants.people.models import Department, Role, User
from tenants.people.models.user import normal_email


def clean_email(email: str) -> str:
    """The address as it is stored. Raises Invalid (field `email`) if it is none."""
    address = normal_email(email)
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(fields={"email": [str(_("Enter a valid e-mail address."))]}) from error
    if len(address) > 254:
        raise Invalid(fields={"email": [str(_("This address is too long."))]})
    return address


def check_password(password: str, person: User) -> None:
    """Raises Invalid (field `password`) with every rule that the password breaks."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(fields={"password": [str(text) for text in error.messages]}) from error


def make_account(
    *,
    email: str,
    role: Role,
    password: str | None,
    email_verified: bool,
    first_name: str,
    last_name: str = "",
    department: Department | None = None,
    profile: Mapping[str, Any] | None = None,
) -> User:
    """Write the rows of a new person; without a password they come in by "forgot password" only.

    Raises:
        Invalid: the address is malformed or taken, the password too weak, the name missing.
    """
    address = clean_email(email)
    if not first_name.strip():
        raise Invalid(fields={"first_name": [str(_("Say what to call this person."))]})
    if User.objects.filter(email=address).exists():
        raise Invalid(fields={"email": [str(_("Somebody with this address is already in this portal."))]})
    person = User(
        email=address,
        role=role,
        department=department,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        **(profile or {}),
    )
    if password is None:
        person.set_unusable_password()
    else:
        check_password(password, person)
        person.set_password(password)
    person.save()
    EmailAddress.objects.create(user=person, email=address, primary=True, verified=email_verified)
    lookup.remember(person)
    return person
