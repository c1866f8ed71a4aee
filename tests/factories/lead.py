"""Leads for tests, made by the verb that makes real ones."""

from typing import Any

from infra.db.current import enter
from modules.crm.domain.access import access_lead
from modules.crm.domain.lead import NewLead, create_lead
from modules.crm.models import Lead
from tenants.people.models import User
from tests.support.clients import portal_of


def lead(owner: User, **values: Any) -> Lead:
    """A lead that `owner` makes for themselves in their own portal."""
    values.setdefault("title", "Oak table")
    with enter(portal_of(owner)):
        return create_lead(actor=owner, new=NewLead(**values))


def fresh(owner: User, lead_id: int) -> Lead:
    """The lead as it is now."""
    with enter(portal_of(owner)):
        return access_lead(owner, lead_id)
