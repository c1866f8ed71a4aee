"""What every action of a rule is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from infra.kit.errors import Text
from modules.crm.domain.kinds import Kind
from modules.crm.domain.rules.acting import Situation


class Step:
    """An action. `read` checks what an administrator set, `do` does it and answers what was done, in a few words."""

    key: ClassVar[str]
    title: ClassVar[Text]
    icon: ClassVar[str]

    def fits(self, kind: Kind) -> bool:
        """Whether records of `kind` can have it."""
        return True

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The settings, checked. Raises Invalid naming them."""
        raise NotImplementedError

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """Act, in the caller's transaction. Raises Passed, Later, and what verbs raise."""
        raise NotImplementedError
