"""Two owners take each other's rights at the same moment: one of them stays an owner."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from infra.db.current import enter
from infra.kit.errors import PortalError
from tenants.people.domain.account import make_account
from tenants.people.domain.person import change_role, deactivate_person
from tenants.people.domain.role import built_in_role
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD


def dismiss(actor: User, person: User) -> None:
    deactivate_person(actor=actor, person=person)


def demote(actor: User, person: User) -> None:
    change_role(actor=actor, person=person, role=built_in_role(Role.Base.EMPLOYEE))


@pytest.mark.commits
@pytest.mark.parametrize("verb", [dismiss, demote])
def test_two_last_owners_cannot_remove_each_other(
    fresh_portal: Callable[..., Portal], verb: Callable[[User, User], None]
) -> None:
    portal = fresh_portal()
    with enter(portal):
        olivia = User.objects.owners().get()
        oscar = make_account(
            email="oscar@initech.example",
            role=built_in_role(Role.Base.OWNER),
            password=PASSWORD,
            email_verified=True,
            first_name="Oscar",
        )
    for _ in range(3):
        _race(portal, verb, olivia.pk, oscar.pk)
        with enter(portal):  # both are owners again, for the next round
            owner = built_in_role(Role.Base.OWNER)
            User.objects.filter(pk__in=[olivia.pk, oscar.pk]).update(is_active=True, role=owner)


def _race(portal: Portal, verb: Callable[[User, User], None], *owners: int) -> None:
    ready, answers = threading.Barrier(2), []

    def act(actor_id: int, person_id: int) -> None:
        try:
            with enter(portal):
                actor, person = (User.objects.select_related("role").get(pk=pk) for pk in (actor_id, person_id))
                ready.wait(60)
                verb(actor, person)
                answers.append("done")
        except PortalError as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=pair) for pair in (owners, owners[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "last_owner"]
    with enter(portal):
        assert User.objects.owners().count() == 1
