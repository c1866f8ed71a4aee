"""Rules: what starts them, what they do, and what stops them."""

from typing import Any

import pytest

from infra.audit.models import AuditEntry
from infra.ui.models import Notification
from modules.crm.domain.kinds import DEAL
from modules.crm.domain.rules.rule import Design, create_rule, switch_rule
from modules.crm.domain.rules.running import alone, as_the_company, look_at_time, run_one
from modules.crm.models import Activity, Deal, Rule, RuleRun
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record


def rule(actor: User, trigger: str, *steps: dict[str, Any], kind: Any = DEAL, on: bool = True, **more: Any) -> Rule:
    """A rule that `actor` writes and switches on."""
    more.setdefault("name", f"When {trigger}")
    made = create_rule(actor=actor, kind=kind, design=Design(trigger=trigger, steps=steps, **more))
    return switch_rule(actor=actor, rule=made, on=True) if on else made


def run_all() -> int:
    """What the job does; answers how many steps were taken."""
    done = 0
    with alone() as mine, as_the_company():
        assert mine
        look_at_time()
        while run_one():
            done += 1
    return done


def note(text: str = "{{title}}: {{amount}}", whom: str = "responsible") -> dict[str, Any]:
    return {"do": "notify", "people": [whom], "text": text}


def test_what_a_rule_does_it_does_in_order_and_in_its_own_name(portal: Portal, alice: User, bob: User) -> None:
    made = rule(
        alice,
        "created",
        {"do": "assign", "people": [f"person:{bob.pk}"]},
        {"do": "field", "field": "comment", "value": "For {{responsible}}"},
        {"do": "activity", "activity": "call", "subject": "Call about {{title}}", "amount": 2, "unit": "hours"},
        note(),
        name="Welcome",
    )
    deal = record(alice, DEAL, title="Oak", amount="10.50", currency="EUR")
    assert run_all() == 4
    deal = Deal.objects.get(pk=deal.pk)
    assert (deal.responsible, deal.comment) == (bob, f"For {bob.display_name}")
    call = Activity.objects.get(deal=deal, kind="call")
    assert (call.subject, call.responsible, call.author, call.details) == (
        "Call about Oak",
        bob,
        None,
        {"by": "Rule “Welcome”"},
    )
    assert Notification.objects.filter(person=bob, text__startswith="Oak: €10.50").exists()
    run = RuleRun.objects.get(rule=made)
    assert (run.status, [line["do"] for line in run.notes]) == ("done", ["assign", "field", "activity", "notify"])
    names = AuditEntry.objects.filter(record_id=deal.pk, kind="deal", actor_id=None).values_list(
        "actor_name", flat=True
    )
    assert set(names) == {"Rule “Welcome”"}


@pytest.mark.parametrize(
    ("conditions", "amount", "holds"),
    [
        ([{"field": "amount", "op": "is", "data": {"amount_min": ["100"]}}], "150", True),
        ([{"field": "amount", "op": "is", "data": {"amount_min": ["100"]}}], "50", False),
        ([{"field": "amount", "op": "not", "data": {"amount_min": ["100"]}}], "50", True),
        ([{"field": "company", "op": "empty"}], "50", True),
        ([{"field": "amount", "op": "filled"}], "0", False),
        ([{"field": "title", "op": "is", "data": {"title": "OAK"}}], "0", True),
        ([{"field": "next_step", "op": "is", "data": {"next_step": "none"}}], "0", True),
    ],
)
def test_conditions_are_the_filters_of_lists(
    portal: Portal, alice: User, conditions: list[dict[str, Any]], amount: str, holds: bool
) -> None:
    made = rule(alice, "created", {"do": "field", "field": "comment", "value": "x"}, conditions=conditions)
    deal = record(alice, DEAL, title="An oak table", amount=amount)
    run_all()
    assert Deal.objects.get(pk=deal.pk).comment == ("x" if holds else "")
    assert RuleRun.objects.get(rule=made).status == ("done" if holds else "skipped")
