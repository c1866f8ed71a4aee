"""What every test may ask for: two portals, their people, clients signed in as them."""

import gc
import os
from collections import Counter

from tests.support import servers

servers.start()
os.environ["DJANGO_SETTINGS_MODULE"] = "saas.settings.test"

import django  # noqa: E402

django.setup()  # here, not in a hook: conftest files further down import models

from collections.abc import Callable, Iterator  # noqa: E402

import pytest  # noqa: E402
from django.core import mail  # noqa: E402
from django.core.mail import EmailMessage  # noqa: E402
from django.test import Client  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402
from pytest_django import DjangoDbBlocker  # noqa: E402
from pytest_django.fixtures import Settings  # noqa: E402

from infra.adapters.mail.sending import deliver  # noqa: E402
from infra.db.current import enter  # noqa: E402
from infra.local.payments.names import KEY, SECRET  # noqa: E402
from infra.local.payments.server import StandIn  # noqa: E402
from tenants.people.models import User  # noqa: E402
from tenants.portals.models import Portal  # noqa: E402
from tests.support import clients, portals  # noqa: E402

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # no timed tests
settings.load_profile("house")


def pytest_xdist_setupnodes() -> None:
    """Workers read the settings after `servers.start()` told them their own database, not before."""
    os.environ.pop("DJANGO_SETTINGS_MODULE")


def pytest_sessionstart(session: pytest.Session) -> None:
    if servers.worker_name() == "main" and not session.config.option.collectonly:
        servers.build_template()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first, then those with most tests: workers that share crumbs at the end are done together."""

    def scope(item: pytest.Item) -> str:
        return item.nodeid.rpartition("::")[0]

    sizes = Counter(map(scope, items))
    items.sort(key=lambda item: (item.get_closest_marker("long") is None, -sizes[scope(item)]))


def pytest_collection_finish() -> None:
    """What was imported stays: nobody need look for garbage in it again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """This worker's database: a copy of the template instead of Django's own test database."""
    servers.clone_template()
    yield
    with django_db_blocker.unblock():
        django.db.connections.close_all()


@pytest.fixture
def acme(db: None) -> Portal:
    """A company with people, records and the canary "acme-canary" in its texts."""
    return portals.get("acme")


@pytest.fixture
def globex(db: None) -> Portal:
    """Another company: the same record ids as `acme`, the canary "globex-canary"."""
    return portals.get("globex")


@pytest.fixture
def portal(acme: Portal) -> Iterator[Portal]:
    """`acme`, entered: what the test does happens in its schema and is rolled back."""
    with enter(acme):
        yield acme


@pytest.fixture
def alice(acme: Portal) -> User:
    """Owner of acme."""
    return portals.person(acme, "alice")


@pytest.fixture
def bob(acme: Portal) -> User:
    """Employee of acme without special rights."""
    return portals.person(acme, "bob")


@pytest.fixture
def carol(acme: Portal) -> User:
    """Administrator of acme."""
    return portals.person(acme, "carol")


@pytest.fixture
def dave(acme: Portal) -> User:
    """Guest of acme."""
    return portals.person(acme, "dave")


@pytest.fixture
def charlie(globex: Portal) -> User:
    """Owner of globex: a stranger to acme."""
    return portals.person(globex, "charlie")


@pytest.fixture
def as_(db: None) -> Callable[[User], Client]:
    """`as_(user)`: a browser signed in as that person, on the host of the person's portal."""
    return clients.signed_in


@pytest.fixture
def anonymous(db: None) -> Callable[[Portal], Client]:
    """`anonymous(portal)`: a browser on the portal's host that nobody signed in to."""
    return clients.anonymous


@pytest.fixture
def service(db: None) -> Client:
    """A browser on the service's own host."""
    return clients.on_service()


@pytest.fixture
def api(db: None) -> Callable[..., Client]:
    """`api(user, scopes=("crm.lead.view",))`: a program with a token of that person; all scopes when none are named."""
    return clients.with_token


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """Every letter the test sends, at once: neither the commit nor a worker is waited for."""
    monkeypatch.setattr("infra.adapters.mail.sending.after_commit", lambda deliver: deliver())
    monkeypatch.setattr("infra.adapters.mail.sending.queue", lambda letter, schema: deliver(**letter))
    return mail.outbox


@pytest.fixture
def fresh_portal(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[..., Portal]]:
    """`fresh_portal(name="Initech")`: a new portal outside any transaction, for threads, commits and other processes.

    It is erased after the test. Mark such tests with `@pytest.mark.commits` and ask for no fixture that needs `db`.
    """
    with django_db_blocker.unblock():
        made: list[Portal] = []

        def make(name: str = "Initech") -> Portal:
            made.append(portals.claim(name))
            return made[-1]

        yield make
        for portal in made:
            portals.erase(portal)
        django.db.connections.close_all()


@pytest.fixture(scope="session")
def payments_server() -> Iterator[StandIn]:
    """The stand-in for Stripe, on a port of its own; it holds its webhooks until a test takes them."""
    with StandIn() as server:
        yield server


@pytest.fixture
def stripe(payments_server: StandIn, settings: Settings) -> StandIn:
    """Stripe as this installation knows it: the stand-in, empty, with payments switched on."""
    payments_server.reset()
    settings.STRIPE_API_KEY, settings.STRIPE_API_BASE = KEY, payments_server.url
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    return payments_server
