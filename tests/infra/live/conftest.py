"""The gateway and a company for the tests of this folder."""

from collections.abc import Callable, Iterator

import pytest

from tenants.portals.models import Portal
from tests.infra.live.tabs import Company, Gateway


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Gateway]:
    running = Gateway(tmp_path_factory.mktemp("live") / "gateway.log")
    yield running
    running.process.kill()
    running.process.wait()


@pytest.fixture
def company(fresh_portal: Callable[..., Portal]) -> Company:
    return Company(fresh_portal())
