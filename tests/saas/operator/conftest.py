"""The operator's own portal, and the person who runs the service."""

import pytest

from infra.db.current import enter
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.billing.conftest import shop

__all__ = ["house", "oscar", "shop"]


@pytest.fixture
def house(globex: Portal) -> Portal:
    """globex runs the service."""
    Portal.objects.filter(pk=globex.pk).update(is_operator=True)
    return Portal.objects.get(pk=globex.pk)


@pytest.fixture
def oscar(house: Portal) -> User:
    """Owner of the operator's portal."""
    with enter(house):
        return User.objects.select_related("role").get(email="charlie@globex.example")
