"""Rules that start each other come to an end, whatever they are, and in the order in which they stand."""

from __future__ import annotations

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.crm.domain.kinds import DEAL
from modules.crm.domain.record import edit_record
from modules.crm.domain.rules.hearing import LONGEST_CHAIN, MOST_AN_HOUR
from modules.crm.models import Deal, Rule, RuleRun
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.modules.crm.rules import put, rule, run_all

_TEXTS = ("title", "comment", "source_detail")
_EDGES = st.lists(st.tuples(st.sampled_from(_TEXTS), st.sampled_from(_TEXTS)), min_size=1, max_size=6)


class _Over(Exception):
    pass


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(edges=_EDGES)
def test_any_set_of_rules_comes_to_an_end(portal: Portal, alice: User, edges: list[tuple[str, str]]) -> None:
    """Each rule writes into one text what another one holds, and a letter more: circles would never end."""
    try:
        with transaction.atomic():
            rules = [
                rule(alice, "changed", put(to, "{{" + heard + "}}!"), name=f"{n}", details={"fields": [heard]})
                for n, (heard, to) in enumerate(edges)
            ]
            deal = record(alice, DEAL, title="Oak", comment="Ash", source_detail="Elm")
            edit_record(actor=alice, record=deal, changes={"title": "Fir"})
            run_all(most=1_000)
            runs = list(RuleRun.objects.order_by("pk"))
            for run in runs:
                led = run.chain if run.status != "stopped" else run.chain[:-1]
                assert len(set(led)) == len(led) <= LONGEST_CHAIN
                assert run.chain[-2:] != [run.rule_id, run.rule_id]
            assert all(run.status in ("done", "stopped") for run in runs)
            assert all("circle" in run.error for run in runs if run.status == "stopped")
            heard_at_once = [run.rule_id for run in runs if len(run.chain) == 1]
            assert heard_at_once == [one.pk for one, (heard, _to) in zip(rules, edges, strict=True) if heard == "title"]
            raise _Over
    except _Over:
        pass
    assert Rule.objects.count() == 0


def test_a_circle_is_stopped_with_a_note(portal: Portal, alice: User) -> None:
    ping = rule(
        alice, "changed", put("comment", "{{source_detail}}a"), name="Ping", details={"fields": ["source_detail"]}
    )
    pong = rule(alice, "changed", put("source_detail", "{{comment}}b"), name="Pong", details={"fields": ["comment"]})
    deal = record(alice, DEAL, title="Oak")
    edit_record(actor=alice, record=deal, changes={"comment": "x"})
    run_all()
    told = [(run.rule_id, run.status, run.error) for run in RuleRun.objects.order_by("pk")]
    circle = "Rules start each other in a circle: Pong → Ping → Pong"
    assert told == [(pong.pk, "done", ""), (ping.pk, "done", ""), (pong.pk, "stopped", circle)]
    edited = Deal.objects.get(pk=deal.pk)
    assert (edited.comment, edited.source_detail) == ("xba", "xb")


def test_a_rule_does_not_start_itself(portal: Portal, alice: User) -> None:
    made = rule(alice, "changed", put("comment", "{{comment}}!"))
    deal = record(alice, DEAL, title="Oak")
    edit_record(actor=alice, record=deal, changes={"title": "Elm"})
    run_all()
    assert [run.status for run in RuleRun.objects.filter(rule=made)] == ["done"]
    assert Deal.objects.get(pk=deal.pk).comment == "!"


def test_a_program_that_answers_a_rule_is_held_up(portal: Portal, alice: User) -> None:
    made = rule(alice, "changed", put("comment", "{{title}}"), details={"fields": ["title"]})
    deal = record(alice, DEAL, title="Oak")
    for number in range(MOST_AN_HOUR + 3):
        edit_record(actor=alice, record=Deal.objects.get(pk=deal.pk), changes={"title": f"Oak {number}"})
        run_all()
    statuses = list(RuleRun.objects.filter(rule=made).order_by("pk").values_list("status", flat=True))
    assert statuses == ["done"] * MOST_AN_HOUR + ["stopped"]
