"""Both companies furnished, within the test's transaction."""

import pytest

from tests.isolation.world import Company, align_sequences, furnish
from tests.support import portals


@pytest.fixture
def companies(db: None) -> tuple[Company, Company]:
    """acme and globex, one record of every kind in each, ids equal."""
    align_sequences(portals.get("acme"), portals.get("globex"))
    return furnish("acme"), furnish("globex")
