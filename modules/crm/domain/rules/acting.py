"""Who acts when a rule acts, and what a step of it knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.access import SYSTEM
from infra.kit.spec import Scope
from modules.crm.domain.kinds import Kind
from modules.crm.models import Rule


class RuleActor:
    """The portal itself, in the name of a rule: the audit log and timelines say which."""

    id: int | None = None
    is_active = True

    def __init__(self, rule: Rule) -> None:
        self.display_name = _("Rule “%(name)s”") % {"name": rule.name}

    def scope(self, permission: str) -> Scope:
        """Everything, as for the portal. Raises UnknownName."""
        return SYSTEM.scope(permission)

    def department_ids(self) -> frozenset[int]:
        """None of its own."""
        return frozenset()

    def branch_ids(self) -> frozenset[int]:
        """None of its own."""
        return frozenset()


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a step works on. `key` names the run and the step, for what must happen once."""

    actor: RuleActor
    rule: Rule
    kind: Kind
    record: Any
    place: int
    key: str
    now: datetime


class Passed(Exception):
    """A step had nothing to work on (no e-mail, nobody to tell): the next one goes on. Its text says why."""


class Later(Exception):
    """The step wants to be asked again, or the next one, at `until`; `done` says whether the step itself is over."""

    def __init__(self, until: datetime, text: str, *, done: bool) -> None:
        super().__init__(text)
        self.until, self.done = until, done


_chain: ContextVar[tuple[int, ...]] = ContextVar("crm_rules", default=())


def chain() -> tuple[int, ...]:
    """Ids of the rules whose actions led to what happens now, the first one first."""
    return _chain.get()


@contextmanager
def caused_by(rules: tuple[int, ...]) -> Iterator[None]:
    """What happens inside the block is the doing of `rules`."""
    token = _chain.set(rules)
    try:
        yield
    finally:
        _chain.reset(token)
