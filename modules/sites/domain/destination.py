"""Where what visitors send goes: what it becomes there, who gets it, which answer is written into which field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from infra.kit.numbers import whole_number
from modules.sites.contracts import Question, Receiver, Target
from modules.sites.domain.markup import one_line

LEAD = "lead"
MOST_RULES = 20
_KIND = re.compile(r"[a-z]+(_[0-9]+)?")
_receiver: Receiver | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Whoever answered the question `key` with `value` goes to that person."""

    key: str
    value: str
    person_id: int


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A kind of record of the receiver, and its pipeline. With `join` one that is open for this visitor is gone on
    with. The first of `rules` that fits names the person."""

    kind: str = LEAD
    pipeline_id: int | None = None
    join: bool = False
    rules: tuple[Rule, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON; ``from_json`` gives an equal one back."""
        return {**asdict(self), "rules": [asdict(rule) for rule in self.rules]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Destination:
        """What ``to_json`` wrote; {} is a new lead for every submission."""
        return cls(**{**value, "rules": tuple(Rule(**rule) for rule in value.get("rules", ()))})


def receive_with(receiver: Receiver) -> None:
    """Name who takes what visitors send (called once, when the house starts)."""
    global _receiver
    _receiver = receiver


def targets() -> Sequence[Target]:
    """What a submission can become, in the current portal."""
    return _receiver.targets() if _receiver is not None else ()


def questions(kind: str) -> Sequence[Question]:
    """The fields of that kind that a form may ask for; none where the kind is gone."""
    return next((target.questions for target in targets() if target.kind == kind), ())


def parse_destination(given: Mapping[str, Any], keys: Sequence[str]) -> Destination:
    """The destination that ``given`` describes: {kind, pipeline_id, join, rules: [{key, value, person_id}]}.

    ``keys`` are those of the form's fields; rules without an answer are left out. Raises Invalid (destination, rules).
    """
    kind, pipeline_id = str(given.get("kind") or LEAD), whole_number(str(given.get("pipeline_id") or ""))
    offered = next((target for target in targets() if target.kind == kind), None)
    if not _KIND.fullmatch(kind) or (offered is None and kind != LEAD):
        raise Invalid(fields={"destination": [_("Choose what a sent form becomes.")]})
    if pipeline_id is not None and (offered is None or pipeline_id not in dict(offered.pipelines)):
        raise Invalid(fields={"destination": [_("This pipeline is gone. Choose another one.")]})
    rules = []
    for row in given.get("rules") or ():
        key, value = str(row.get("key") or ""), one_line(str(row.get("value") or ""))[:200]
        person_id = whole_number(str(row.get("person_id") or ""))
        if key in keys and value and person_id is not None:
            rules.append(Rule(key=key, value=value, person_id=person_id))
        elif key or value or person_id is not None:
            raise Invalid(fields={"rules": [_("A rule needs a question, its answer and a person.")]})
    people = {rule.person_id for rule in rules}
    if get_user_model()._default_manager.filter(pk__in=people, is_active=True).count() != len(people):
        raise Invalid(fields={"rules": [_("Choose someone who works in this portal.")]})
    return Destination(
        kind=kind, pipeline_id=pipeline_id, join=bool(given.get("join")), rules=tuple(rules[:MOST_RULES])
    )


def person_for(destination: Destination, values: Mapping[str, str], otherwise: int | None) -> int | None:
    """Whom the rules name for these answers (capitals do not matter), else ``otherwise``."""
    for rule in destination.rules:
        given = [line.casefold() for line in values.get(rule.key, "").split("\n")]
        if rule.value.casefold() in given:
            return rule.person_id
    return otherwise
