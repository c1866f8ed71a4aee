"""Keeps the public index by which somebody finds their portals: a keyed hash of the address, nothing else."""

from __future__ import annotations

from infra.db.current import current_portal
from tenants.people.models import User


def remember(person: User) -> None:
    """The person's address now leads to this portal."""
    from tenants.portals.domain.lookup import remember_email

    remember_email(portal=current_portal(), email=person.email)


def forget(email: str) -> None:
    """The address leads here no longer."""
    from tenants.portals.domain.lookup import forget_email

    forget_email(portal=current_portal(), email=email)
