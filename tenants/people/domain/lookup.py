"""Keeps the public index by which somebody finds their portals: a keyed hash of the address, nothing else."""

from __future__ import annotations

from infra.db.current import current_portal
from tenants.people.models import User
from tenants.portals.domain.email_index import forget_email, remember_email


def remember(person: User) -> None:
    """The person's address now leads to this portal."""
    remember_email(portal=current_portal(), email=person.email)


def forget(email: str) -> None:
    """The address leads here no longer."""
    forget_email(portal=current_portal(), email=email)
