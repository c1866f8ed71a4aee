"""What tests of rules share."""

from __future__ import annotations

from typing import Any

from modules.crm.domain.kinds import DEAL
from modules.crm.domain.rules.rule import Design, create_rule, switch_rule
from modules.crm.domain.rules.running import alone, as_the_company, look_at_time, run_one
from modules.crm.models import Rule
from tenants.people.models import User


def rule(actor: User, trigger: str, *steps: dict[str, Any], kind: Any = DEAL, on: bool = True, **more: Any) -> Rule:
    """A rule that `actor` writes and switches on."""
    more.setdefault("name", f"When {trigger}")
    made = create_rule(actor=actor, kind=kind, design=Design(trigger=trigger, steps=steps, **more))
    return switch_rule(actor=actor, rule=made, on=True) if on else made


def run_all(most: int = 1_000) -> int:
    """What the job does; answers how many steps were taken."""
    done = 0
    with alone() as mine, as_the_company():
        assert mine
        look_at_time()
        while run_one():
            done += 1
            assert done < most
    return done


def note(text: str = "{{title}}: {{amount}}", whom: str = "responsible") -> dict[str, Any]:
    """The step that notifies."""
    return {"do": "notify", "people": [whom], "text": text}


def put(field: str, value: Any) -> dict[str, Any]:
    """The step that sets a field."""
    return {"do": "field", "field": field, "value": value}
