"""Whatever is done to an invitation in whatever order: only the newest link lives, and it lives once (promise 25)."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from infra.db.current import enter
from infra.kit.errors import NotFound
from tenants.people.domain import invitation as verbs
from tenants.people.domain.role import built_in_role
from tenants.people.models import Invitation, User
from tenants.portals.models import Portal
from tests.support.portals import PASSWORD
from tests.tenants.people.conftest import Sent
from tests.tenants.people.test_invitations import token_in


def machine(portal: Portal, carol: User, letters: list[Sent]) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.entered = enter(portal)
            self.entered.__enter__()
            self.undone = transaction.atomic()
            self.undone.__enter__()
            letters.clear()
            self.tokens: list[str] = []
            self.alive: str | None = None
            self.made: Invitation | None = None
            self.number = 0

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)
            self.entered.__exit__(None, None, None)

        def _sent(self) -> None:
            self.alive = token_in(letters[-1])
            self.tokens.append(self.alive)

        @precondition(lambda self: self.made is None)
        @rule()
        def invite(self) -> None:
            self.number += 1
            role = built_in_role("employee")
            email = f"nora{self.number}@acme.example"
            self.made = verbs.invite_people(actor=carol, emails=[email], role=role).sent[0]
            self._sent()

        @precondition(lambda self: self.made is not None)
        @rule()
        def resend(self) -> None:
            assert self.made
            verbs.resend_invitation(actor=carol, invitation=self.made)
            self._sent()

        @precondition(lambda self: self.made is not None)
        @rule()
        def change(self) -> None:
            assert self.made
            self.number += 1
            verbs.change_invitation(
                actor=carol,
                invitation=self.made,
                email=f"nora{self.number}@acme.example",
                role=built_in_role("guest"),
                department=None,
            )
            self._sent()

        @precondition(lambda self: self.made is not None)
        @rule()
        def cancel(self) -> None:
            assert self.made
            verbs.cancel_invitation(actor=carol, invitation=self.made)
            self.made, self.alive = None, None

        @precondition(lambda self: self.alive is not None)
        @rule()
        def accept(self) -> None:
            assert self.alive
            verbs.accept_invitation(token=self.alive, first_name="Nora", last_name="", password=PASSWORD)
            self.made, self.alive = None, None

        @rule()
        def replay_all_dead_ones(self) -> None:
            before = User.objects.count()
            for token in self.tokens:
                if token != self.alive:
                    with pytest.raises(NotFound):
                        verbs.accept_invitation(token=token, first_name="Eve", last_name="", password=PASSWORD)
            assert User.objects.count() == before

        @invariant()
        def only_the_newest_lives(self) -> None:
            living = []
            for token in self.tokens:
                try:
                    verbs.invitation_by_token(token)
                except NotFound:
                    continue
                living.append(token)
            assert living == ([self.alive] if self.alive else [])

    return Life


@pytest.fixture
def life(acme: Portal, carol: User, letters: list[Sent]) -> type[RuleBasedStateMachine]:
    return machine(acme, carol, letters)


def test_links_live_one_at_a_time(life: type[RuleBasedStateMachine]) -> None:
    case = life.TestCase
    case.settings = settings(
        max_examples=15,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    case().runTest()
