"""RecordRef: how records of different modules point at each other without a foreign key."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.kit.errors import Text

_PATTERN = re.compile(r"(?P<module>[a-z][a-z0-9_]*)\.(?P<kind>[a-z][a-z0-9_]*):(?P<id>[1-9][0-9]{0,18})")


@dataclass(frozen=True, order=True)
class RecordRef:
    """A record's address inside one portal: module slug, record kind, integer id. Text form `crm.lead:12`."""

    module: str
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.module}.{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> RecordRef:
        """The reference that `text` spells. Raises ValueError on anything else."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"not a record reference: {text!r}")
        return cls(match["module"], match["kind"], int(match["id"]))


@dataclass(frozen=True, kw_only=True)
class RecordCard:
    """What a foreign module may show of a record: enough for a link, a search hit or a timeline entry."""

    ref: RecordRef
    title: str
    subtitle: Text = ""
    url: str
    icon: str = "file"
