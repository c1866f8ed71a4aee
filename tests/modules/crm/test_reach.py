"""How far rights reach: one's department or all below it, and what a pipeline or stage says besides."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from infra.kit.access import SYSTEM
from infra.kit.errors import Denied
from infra.kit.spec import Scope
from modules.crm.domain.access import may_do, visible
from modules.crm.domain.bulk import move_records
from modules.crm.domain.kinds import DEAL, LEAD
from modules.crm.domain.pipeline import create_pipeline, set_pipeline_rights
from modules.crm.domain.record import create_record, move_record
from modules.crm.models import Deal, Stage
from tenants.people.domain.department import create_department
from tenants.people.domain.person import place_person
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
ApiClient = Callable[..., Client]


def exported(client: Client) -> str:
    return b"".join(client.get("/crm/deals/?export=csv").streaming_content).decode()


@pytest.mark.parametrize(
    ("scope", "seen"), [(Scope.OWN, {"own"}), (Scope.DEPARTMENT, {"own"}), (Scope.BRANCH, {"own", "below"})]
)
def test_a_department_is_not_what_lies_below_it(
    portal: Portal, alice: User, bob: User, carol: User, scope: Scope, seen: set[str]
) -> None:
    sales = create_department(actor=SYSTEM, name="Sales")
    north = create_department(actor=SYSTEM, name="North", parent=sales)
    deep = create_department(actor=SYSTEM, name="Deep", parent=north)
    bob.role = create_role(
        actor=alice, name="Reach", base="employee", permissions={"crm.lead.view": scope, "crm.lead.edit": scope}
    )
    bob.save()
    place_person(actor=alice, person=bob, department=sales)
    place_person(actor=alice, person=carol, department=deep)
    for title, person in (("own", bob), ("below", carol), ("elsewhere", alice)):
        record(alice, LEAD, title=title)
        LEAD.rows().filter(title=title).update(responsible=person)
    reader = User.objects.get(pk=bob.pk)
    assert set(visible(reader, LEAD).values_list("title", flat=True)) == seen
    may = {row.title for row in LEAD.rows().select_related("responsible") if may_do(reader, "crm.lead.edit", row)}
    assert may == seen


def test_wider_reaches_are_greater() -> None:
    assert sorted(Scope) == [Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.BRANCH, Scope.ALL]
    assert max(Scope.BRANCH, Scope.ALL) is Scope.ALL
    assert not Scope.BRANCH >= Scope.ALL
    assert Scope.BRANCH > Scope.DEPARTMENT


def test_a_pipeline_says_who_makes_and_who_exports_there(
    portal: Portal, as_: SignIn, api: ApiClient, alice: User, bob: User
) -> None:
    rights = {f"crm.deal.{verb}": Scope.ALL for verb in ("view", "edit", "export")}
    bob.role = create_role(actor=alice, name="Seller", base="employee", permissions=rights)
    bob.save()
    deal = record(alice, DEAL, title="Cake")
    pipeline, stages = deal.stage.pipeline, list(Stage.objects.filter(pipeline=deal.stage.pipeline))
    assert "Cake" in exported(as_(bob))
    closed = {(bob.role_id, "create"): Scope.NONE, (bob.role_id, "export"): Scope.NONE}
    set_pipeline_rights(actor=alice, pipeline=pipeline, rights=closed)
    set_pipeline_rights(actor=alice, pipeline=pipeline, stage=stages[1], rights={(bob.role_id, "create"): Scope.ALL})
    assert "Cake" not in exported(as_(bob))
    assert "Cake" in as_(bob).get("/crm/deals/").content.decode()
    seller = User.objects.get(pk=bob.pk)
    with pytest.raises(Denied):
        create_record(actor=seller, kind=DEAL, values={"title": "Bread"})
    assert api(bob).post("/api/v1/deals", {"title": "Bread"}, "application/json").status_code == 403
    assert Deal.objects.count() == 1
    create_record(actor=seller, kind=DEAL, values={"title": "Bread"}, stage=stages[1])
    assert Deal.objects.count() == 2
    other = create_pipeline(actor=alice, name="Wholesale", kind=DEAL)
    deal = create_record(actor=seller, kind=DEAL, values={"title": "Rye"}, stage=other.stages.first())
    with pytest.raises(Denied):  # not by the back door either
        move_record(actor=seller, record=deal, stage=stages[0])
    with pytest.raises(Denied):  # and whoever tried hears of it
        move_records(actor=seller, kind=DEAL, rows=Deal.objects.filter(pk=deal.pk), stage=stages[0])
    assert Deal.objects.get(pk=deal.pk).stage == other.stages.first()
    moved = move_record(actor=seller, record=deal, stage=stages[1])
    assert move_record(actor=seller, record=moved, stage=stages[0]).stage == stages[0], "within it as before"
    page = as_(alice).get(f"/crm/settings/{pipeline.pk}/rights/").content.decode()
    assert f'name="create_{bob.role_id}"' in page
    assert f'name="export_{bob.role_id}"' in page
