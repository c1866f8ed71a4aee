"""States of a portal: who may change them, and what they mean at the door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.errors import Conflict, Denied, Invalid
from infra.kit.spec import Scope
from tenants.people.models import User
from tenants.portals.domain.status import (
    close_portal,
    end_trial,
    keep_portal,
    make_read_only,
    make_writable,
    resume_portal,
    suspend_portal,
)
from tenants.portals.models import Portal


class Staff:
    """A person of the operator's portal."""

    id = 1
    display_name = "Olga"
    is_active = True

    def scope(self, permission: str) -> Scope:
        return Scope.ALL if permission == "operator.console.use" else Scope.NONE

    def department_ids(self) -> frozenset[int]:
        return frozenset()

    def branch_ids(self) -> frozenset[int]:
        return frozenset()


def status(portal: Portal) -> str:
    return Portal.objects.get(pk=portal.pk).status


def test_suspended_portal_shuts_everybody_out(acme: Portal, as_: Callable[[User], Client], alice: User) -> None:
    client = as_(alice)
    assert client.get("/account/login/").status_code != 403
    suspend_portal(actor=Staff(), portal=acme, reason="Unpaid <b>bills</b>")
    page = client.get("/")
    assert page.status_code == 403
    assert "Unpaid &lt;b&gt;bills&lt;/b&gt;" in page.content.decode()
    assert f'href="mailto:{settings.SUPPORT_EMAIL}"' in page.content.decode()
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]  # promise 78
    assert page["X-Content-Type-Options"] == "nosniff"
    assert client.get("/api/v1/me").json()["code"] == "suspended"
    resume_portal(actor=Staff(), portal=acme)
    assert client.get("/").status_code == 200
    assert status(acme) == "trial"
    with enter(acme):
        entries = AuditEntry.objects.filter(action__startswith="portal.").order_by("pk")
        assert [(entry.action, entry.actor_id) for entry in entries] == [
            ("portal.suspend", None),
            ("portal.resume", None),
        ]
        assert entries[0].actor_name == "Olga (the service)"


def test_read_only_and_back(acme: Portal, as_: Callable[[User], Client], bob: User) -> None:
    assert "read-only" not in as_(bob).get("/").content.decode()
    make_read_only(actor=Staff(), portal=acme, reason="Unpaid bills")
    assert status(acme) == "read_only"
    shown = as_(bob).get("/").content.decode()
    assert "made this portal read-only" in shown
    assert "Unpaid bills" in shown
    suspend_portal(actor=Staff(), portal=acme, reason="")
    resume_portal(actor=Staff(), portal=acme)
    assert status(acme) == "read_only"


def test_order_of_states(acme: Portal) -> None:
    for verb in (resume_portal, make_writable):
        with pytest.raises(Conflict):
            verb(actor=Staff(), portal=acme)
    suspend_portal(actor=Staff(), portal=acme, reason="")
    with pytest.raises(Conflict):
        suspend_portal(actor=Staff(), portal=acme, reason="")
    assert status(acme) == "suspended"


def test_trial_ends_also_behind_a_suspension(acme: Portal, globex: Portal) -> None:
    assert end_trial(portal=globex).status == "active"
    suspend_portal(actor=Staff(), portal=acme, reason="")
    end_trial(portal=acme)
    assert status(acme) == "suspended"
    resume_portal(actor=Staff(), portal=acme)
    assert status(acme) == "active"


def test_people_of_the_portal_do_not_suspend_it(portal: Portal, alice: User) -> None:
    with pytest.raises(Denied):
        suspend_portal(actor=alice, portal=portal, reason="")
    assert status(portal) == "trial"


def test_owner_closes_and_keeps(portal: Portal, alice: User, carol: User) -> None:
    with pytest.raises(Denied):
        close_portal(actor=carol, portal=portal, confirmation="acme")
    with pytest.raises(Invalid) as refused:
        close_portal(actor=alice, portal=portal, confirmation="globex")
    assert list(refused.value.fields) == ["confirmation"]
    assert status(portal) == "trial"
    closed = close_portal(actor=alice, portal=portal, confirmation=" ACME ")
    assert closed.erase_after is not None
    assert 29 <= (closed.erase_after - timezone.now()).days <= 30
    kept = keep_portal(actor=alice, portal=portal)
    assert (kept.status, kept.erase_after) == ("trial", None)


def test_too_late_to_keep(portal: Portal, alice: User) -> None:
    close_portal(actor=alice, portal=portal, confirmation="acme")
    Portal.objects.filter(pk=portal.pk).update(erase_after=timezone.now())
    with pytest.raises(Conflict):
        keep_portal(actor=alice, portal=portal)


def test_closing_on_screen(portal: Portal, alice: User, as_: Callable[[User], Client]) -> None:
    client = as_(alice)
    assert client.post("/settings/close/", {"confirmation": "wrong"}).status_code == 400
    assert client.post("/settings/close/", {"confirmation": "acme"}).status_code == 302
    assert status(portal) == "closing"
    assert "This portal is closing" in client.get("/").content.decode()
    assert "Keep the portal" in client.get("/settings/close/").content.decode()
    client.post("/settings/close/", {"keep": "1"})
    assert status(portal) == "trial"
