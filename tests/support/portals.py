"""The companies that tests work with, made by the verbs that make real ones."""

import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from billing.domain.subscription import start_trial
from infra.db.current import enter
from tenants.people.domain.account import make_account
from tenants.people.domain.role import built_in_role
from tenants.people.models import Role, User
from tenants.portals.domain.claim import claim_portal
from tenants.portals.domain.erase import erase_portal
from tenants.portals.models import Portal

PASSWORD = "correct horse battery staple"


def get(slug: str) -> Portal:
    return Portal.objects.get(slug=slug)


def person(portal: Portal, name: str) -> User:
    """The person with the address `<name>@<portal>.example`."""
    with enter(portal):
        return User.objects.get(email=f"{name}@{portal.slug}.example")


def register(slug: str, people: Mapping[str, str]) -> Portal:
    """A company on trial, with one person for each built-in role of `people` (role → first name).

    The last names carry the canary `<slug>-canary`, which must never be seen by another company.
    """
    canary = f"{slug.capitalize()}-canary"
    with transaction.atomic():
        portal = claim_portal(name=slug.capitalize(), address=slug, trial_ends_at=timezone.now() + timedelta(days=30))
        start_trial(portal=portal)
        with enter(portal):
            for role, name in people.items():
                make_account(
                    email=f"{name}@{slug}.example",
                    role=built_in_role(Role.Base(role)),
                    password=PASSWORD,
                    email_verified=True,
                    first_name=name.capitalize(),
                    last_name=canary,
                )
    return portal


def claim(name: str) -> Portal:
    """A new company on trial with an owner, committed."""
    return register(f"{name.lower()}-{secrets.token_hex(3)}", {"owner": "olivia"})


def erase(portal: Portal) -> None:
    """Remove a portal that `claim` made, with its schema and files, without the days of grace."""
    due = {"status": Portal.Status.CLOSING, "erase_after": timezone.now()}
    if Portal.objects.existing().filter(pk=portal.pk).update(**due):
        erase_portal(portal=portal)
