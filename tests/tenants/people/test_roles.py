"""Roles: built from the registry, never above who gives them."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Denied, Invalid
from infra.kit.registry import UnknownName, registry
from infra.kit.spec import Scope
from infra.ui.models import Notification
from tenants.people.domain.person import change_role
from tenants.people.domain.role import built_in_role, create_role, delete_role, edit_role
from tenants.people.models import Role, User
from tenants.portals.models import Portal

As = Callable[[User], Client]


def test_built_in_roles_have_the_registrys_defaults(portal: Portal) -> None:
    for base in ("administrator", "employee", "guest"):
        role = built_in_role(base)
        assert {item.key: role.scope(item.key) for item in registry.permissions} == {
            item.key: item.defaults.get(base, Scope.NONE) for item in registry.permissions
        }


def test_only_differences_are_kept(portal: Portal) -> None:
    role = create_role(actor=SYSTEM, name="Recruiter", base="employee")
    now = {item.key: role.scope(item.key) for item in registry.permissions}
    edit_role(actor=SYSTEM, role=role, name="Recruiter", permissions={**now, "people.person.invite": Scope.ALL})
    role.refresh_from_db()
    assert role.permissions == {"people.person.invite": 3}


def test_unknown_permissions_and_scopes_are_impossible(portal: Portal) -> None:
    with pytest.raises(UnknownName):
        create_role(actor=SYSTEM, name="X", base="employee", permissions={"people.person.fly": Scope.ALL})
    with pytest.raises(Invalid):
        create_role(actor=SYSTEM, name="X", base="employee", permissions={"people.role.manage": Scope.OWN})
    assert not Role.objects.filter(builtin=False).exists()


def test_nobody_lifts_themselves(portal: Portal, alice: User, bob: User) -> None:
    helper = create_role(
        actor=alice,
        name="Office",
        base="employee",
        permissions={"people.role.manage": Scope.ALL, "people.person.manage": Scope.ALL},
    )
    bob = change_role(actor=alice, person=bob, role=helper)
    with pytest.raises(Denied) as own:
        edit_role(actor=bob, role=helper, name="Office", permissions={"people.person.invite": Scope.ALL})
    assert own.value.code == "own_role"
    with pytest.raises(Denied) as above:
        create_role(actor=bob, name="Y", base="employee", permissions={"people.person.invite": Scope.ALL})
    assert above.value.code == "role_above"
    with pytest.raises(Denied):
        edit_role(actor=bob, role=built_in_role("employee"), name="", permissions={"people.person.invite": Scope.ALL})
    with pytest.raises(Denied):
        edit_role(actor=bob, role=built_in_role("owner"), name="", permissions={})
    assert built_in_role("employee").permissions == {}


def test_a_role_that_is_held_stays(portal: Portal, alice: User, bob: User) -> None:
    role = create_role(actor=alice, name="Recruiter", base="employee")
    change_role(actor=alice, person=bob, role=role)
    with pytest.raises(Conflict):
        delete_role(actor=alice, role=role)
    change_role(actor=alice, person=bob, role=built_in_role("employee"))
    delete_role(actor=alice, role=role)
    with pytest.raises(Denied):
        delete_role(actor=alice, role=built_in_role("guest"))
    assert set(Role.objects.values_list("base", flat=True)) == {"owner", "administrator", "employee", "guest"}


def test_the_editor_takes_what_it_shows(acme: Portal, alice: User, bob: User, as_: As) -> None:
    client = as_(alice)
    made = client.post("/people/roles/add/", {"name": "Recruiter", "base": "employee", "description": ""})
    page = client.get(made["Location"])
    text = page.content.decode()
    assert {item.key for item in registry.permissions if f'name="scope:{item.key}"' in text} == {
        item.key for item in registry.permissions if not item.operator_only
    }
    version = page.context["role"].version
    fields = {
        "name": "Recruiter",
        "version": version,
        "scope:people.person.invite": "3",
        "builtin": "1",
        "base": "owner",
    }
    assert client.post(made["Location"], fields).status_code == 302
    with enter(acme):
        role = Role.objects.get(name="Recruiter")
        assert (role.scope("people.person.invite"), role.builtin, role.base) == (Scope.ALL, False, "employee")
    stale = client.post(made["Location"], fields)
    assert stale.status_code == 400
    assert as_(bob).get(made["Location"]).status_code == 403


def test_a_changed_role_is_felt_with_the_next_click(acme: Portal, alice: User, bob: User, as_: As) -> None:
    client = as_(bob)
    assert client.get("/people/invite/").status_code == 403
    with enter(acme):
        role = built_in_role("employee")
        now = {item.key: role.scope(item.key) for item in registry.permissions}
        edit_role(actor=alice, role=role, name="", permissions={**now, "people.person.invite": Scope.ALL})
    assert client.get("/people/invite/").status_code == 200


def test_who_has_less_takes_nothing_from_who_has_more(portal: Portal, alice: User, bob: User) -> None:
    keys = ("people.role.manage", "people.person.view")
    keeper = create_role(actor=alice, name="Keeper", base="employee", permissions=dict.fromkeys(keys, Scope.ALL))
    bob = change_role(actor=alice, person=bob, role=keeper)
    administrators = built_in_role("administrator")
    before = {item.key: administrators.scope(item.key) for item in registry.permissions}
    with pytest.raises(Denied) as above:
        edit_role(actor=bob, role=administrators, name="", permissions={**before, "people.person.manage": Scope.NONE})
    assert above.value.code == "role_above"
    administrators.refresh_from_db()
    assert {item.key: administrators.scope(item.key) for item in registry.permissions} == before


def test_a_role_that_refuses_asks_with_one_click(as_: As, dave: User, carol: User, alice: User, portal: Portal) -> None:
    cache.clear()
    guest = as_(dave)
    page = guest.get("/billing/wallet/").content.decode()
    assert 'action="/people/ask?for=billing.wallet.view"' in page

    assert guest.post("/people/ask?for=billing.wallet.view").status_code == 302
    guest.post("/people/ask?for=billing.wallet.view")

    for person in (alice, carol):  # owner and administrator give roles
        note = Notification.objects.get(person_id=person.pk)
        assert "See the wallet" in note.text
        assert note.url == f"/people/{dave.pk}/"
    assert guest.post("/people/ask?for=people.person.fly").status_code == 400
    assert Notification.objects.count() == 2
