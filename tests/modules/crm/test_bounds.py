"""What a bound person hands on, tries and merges: never more than they hold, and nothing is lost or told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from infra.audit.models import AuditEntry
from infra.kit.errors import Denied
from infra.kit.spec import Scope
from modules.crm.domain.access import pipelines
from modules.crm.domain.field_rights import hidden, set_field_rights
from modules.crm.domain.kinds import COMPANY, DEAL, LEAD
from modules.crm.domain.merge import merge_records, merges_of, unmerge
from modules.crm.domain.pipeline import set_pipeline_rights
from modules.crm.domain.rules.queries import runs
from modules.crm.domain.rules.rehearsal import rehearse
from modules.crm.models import FieldRight, PipelineRight, Rule
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.modules.crm.rules import note, rule, run_all

SignIn = Callable[[User], Client]
ApiClient = Callable[..., Client]


@pytest.fixture
def manager(portal: Portal, alice: User, bob: User) -> User:
    """Bob, who sets up roles, fields, pipelines and rules, but sees neither amounts nor the deals of others."""
    keys = ("people.role.manage", "crm.field.manage", "crm.pipeline.manage", "crm.rule.manage", "crm.company.edit")
    reach = {"crm.company.view": Scope.ALL, "crm.company.delete": Scope.ALL}
    rights = {**dict.fromkeys(keys, Scope.ALL), **reach}
    bob.role = create_role(actor=alice, name="Office", base="employee", permissions=rights)
    bob.save()
    set_field_rights(actor=alice, kind=DEAL, field="amount", rights={bob.role_id: "hidden"})
    return bob


def test_a_role_made_by_a_bound_person_is_bound_too(portal: Portal, alice: User, carol: User, manager: User) -> None:
    pipeline = pipelines(DEAL)[0]
    set_pipeline_rights(actor=alice, pipeline=pipeline, rights={(manager.role_id, "view"): 0})
    made = create_role(actor=manager, name="Friend", base="employee")
    assert list(FieldRight.objects.filter(role=made).values_list("kind", "field", "level")) == [
        ("deal", "amount", "hidden")
    ]
    assert list(PipelineRight.objects.filter(role=made).values_list("pipeline", "verb", "scope")) == [
        (pipeline.pk, "view", 0)
    ]
    for free in (alice, carol):
        role = create_role(actor=free, name=f"Of {free.pk}", base="employee")
        assert not FieldRight.objects.filter(role=role).exists()


def test_nobody_opens_a_field_or_a_pipeline_further_than_their_own(portal: Portal, alice: User, manager: User) -> None:
    other = create_role(actor=alice, name="Other", base="employee")
    own = manager.role_id
    with pytest.raises(Denied):
        set_field_rights(actor=manager, kind=DEAL, field="amount", rights={})
    with pytest.raises(Denied):
        set_field_rights(actor=manager, kind=DEAL, field="amount", rights={own: "read"})
    assert hidden(manager, DEAL) == {"amount"}
    set_field_rights(actor=manager, kind=DEAL, field="amount", rights={own: "hidden", other.pk: "read"})
    set_field_rights(actor=manager, kind=DEAL, field="comment", rights={other.pk: "hidden"})
    set_field_rights(actor=manager, kind=DEAL, field="comment", rights={})
    assert FieldRight.objects.filter(field="amount").count() == 2
    pipeline = pipelines(DEAL)[0]
    with pytest.raises(Denied):
        set_pipeline_rights(actor=manager, pipeline=pipeline, rights={(own, "view"): int(Scope.ALL)})
    assert not PipelineRight.objects.exists()
    set_pipeline_rights(actor=manager, pipeline=pipeline, rights={(own, "view"): int(Scope.NONE)})
    with pytest.raises(Denied):  # what is closed now is not opened again by oneself
        set_pipeline_rights(actor=manager, pipeline=pipeline, rights={})


def test_a_rehearsal_and_the_log_show_what_one_may_read(
    portal: Portal, api: ApiClient, as_: SignIn, alice: User, manager: User
) -> None:
    made = rule(alice, "created", note("{{title}} is worth {{amount}}"))
    foreign = record(alice, DEAL, title="Foreign", amount="98765")
    mine = record(manager, DEAL, title="Mine")
    run_all()
    seen = rehearse(actor=manager, rule=made)
    assert (seen.starts, [line.record for line in seen.lines]) == (1, [mine])
    assert [text for _do, text, _done in seen.lines[0].notes] == ["notify colleagues"]
    assert rehearse(actor=alice, rule=made).starts == 2
    assert [run.record_id for run in runs(manager)] == [mine.pk]
    assert {run.record_id for run in runs(alice)} == {mine.pk, foreign.pk}
    for page in ("/crm/rules/log/", f"/crm/rules/log/{runs(manager).get().pk}/", f"/crm/rules/{made.pk}/try/"):
        text = as_(manager).get(page).content.decode()
        assert "Foreign" not in text
        assert "is worth" not in text
    told = api(manager).get("/api/v1/rule-runs").json()["results"]
    assert [(run["title"], [note["text"] for note in run["notes"]]) for run in told] == [("Mine", [""])]
    Rule.objects.update(conditions=[{"field": "amount", "op": "is", "data": {"amount_min": ["1000"]}}])
    made.refresh_from_db()
    with pytest.raises(Denied):
        rehearse(actor=manager, rule=made)


def test_fields_closed_to_a_person_come_through_their_merge(
    portal: Portal, as_: SignIn, alice: User, manager: User
) -> None:
    for field, level in (("comment", "hidden"), ("industry", "hidden"), ("phones", "hidden"), ("type", "read")):
        set_field_rights(actor=alice, kind=COMPANY, field=field, rights={manager.role_id: level})
    kept = record(alice, COMPANY, name="Oak", industry="health", phones=["+44 20 7946 0001"], type="client")
    twin = record(
        alice, COMPANY, name="Oak Ltd", industry="trade", phones=["+44 20 7946 0002"], type="partner", comment="Owes"
    )
    choices = {"name": twin.pk, "industry": twin.pk, "type": twin.pk}
    merged = merge_records(actor=manager, record=kept, others=[twin], choices=choices)
    assert (merged.name, merged.industry, merged.comment, merged.type) == ("Oak Ltd", "health", "Owes", "client")
    assert {point.typed for point in merged.contact_points.all()} == {"+44 20 7946 0001", "+44 20 7946 0002"}
    entry = AuditEntry.objects.get(action="company.merge", record_id=kept.pk)
    assert entry.changes["industry"][0] == "Trade"  # what gave way is not lost to those who may see it
    assert "Trade" not in as_(manager).get(f"/crm/companies/{kept.pk}/").content.decode()
    apart = unmerge(actor=manager, record=merged, change=merges_of(merged)[0])
    assert (apart.name, apart.comment) == ("Oak", "")


def test_an_amount_keeps_its_currency_in_a_merge(portal: Portal, alice: User) -> None:
    kept = record(alice, LEAD, title="Bread", currency="EUR")
    twin = record(alice, LEAD, title="Bread too", amount="500", currency="USD")
    merged = merge_records(actor=alice, record=kept, others=[twin], choices={"currency": kept.pk})
    assert (merged.amount, merged.currency) == (500, "USD")
