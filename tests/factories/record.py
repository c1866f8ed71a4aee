"""Records of any kind for tests, made by the verb that makes real ones."""

from typing import Any

from infra.db.current import enter
from modules.crm.domain.kinds import Kind
from modules.crm.domain.record import create_record
from tenants.people.models import User
from tests.support.clients import portal_of


def record(owner: User, kind: Kind, **values: Any) -> Any:
    """A record of `kind` with raw `values` by field key, that `owner` makes for themselves in their own portal."""
    with enter(portal_of(owner)):
        return create_record(actor=owner, kind=kind, values=values)
