"""What a support session may hear live: what its own rights reach, as long as its leave lasts (promises 17, 19)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from infra.db.current import enter
from infra.live import allow, groups
from infra.live.door import Door, Visitor
from saas.operator.domain import support
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead
from tests.saas.operator.test_support import open_door, walk_in
from tests.support import clients

As = Callable[[User], Client]


def only_exporters(actor: User, rest: str) -> bool:
    """A group of those who may export leads; support may not."""
    return bool(actor.scope("crm.lead.export"))


def visitor_of(browser: Client, portal: Portal) -> Visitor | None:
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return door().visitor(portal.schema_name, f"{settings.SESSION_COOKIE_NAME}={key}")


def door() -> Door:
    return Door(lambda host: None)


@pytest.fixture(autouse=True)
def exporters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_resolvers", dict(groups._resolvers))
    allow("exporters", f"{__name__}.only_exporters")


def test_support_joins_by_its_own_rights(as_: As, oscar: User, acme: Portal, alice: User) -> None:  # promise 17
    record = f"record:crm.lead:{lead(alice).pk}"
    wanted = [f"user:{alice.pk}", "exporters", record, "portal"]
    open_door(acme, alice)
    support_tab = visitor_of(walk_in(as_, oscar, acme), acme)
    owners_tab = visitor_of(clients.signed_in(alice), acme)
    assert support_tab is not None
    assert owners_tab is not None
    assert door().allowed(support_tab, wanted) == [False, False, True, True]
    assert door().allowed(owners_tab, wanted) == [True, True, True, True]


def test_with_the_leave_the_socket_ends(as_: As, oscar: User, acme: Portal, alice: User) -> None:  # promises 17, 19
    access = open_door(acme, alice)
    browser = walk_in(as_, oscar, acme)
    inside, owners = visitor_of(browser, acme), visitor_of(clients.signed_in(alice), acme)
    assert inside is not None
    assert owners is not None
    assert door().still_there(acme.schema_name, {inside, owners}) == {inside, owners}
    with enter(acme):
        support.revoke(actor=alice, access_id=access.pk)
    assert door().still_there(acme.schema_name, {inside, owners}) == {owners}
    assert door().allowed(inside, ["portal"]) == [False]
    assert visitor_of(browser, acme) is None  # nor does the tab come back
