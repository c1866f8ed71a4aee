"""Pages of CRM through HTTP: what people see, change and are refused."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from infra.kit.refs import RecordRef
from infra.kit.spec import Scope
from modules.crm.domain.lead import first_stage
from modules.crm.domain.queries import lead_card
from modules.crm.models import Activity, Lead, Pipeline, RotationMember, Stage
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import fresh, lead

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


def text_of(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def none(portal: Portal) -> None:
    """A portal without leads."""
    Lead.objects.all().delete()


def test_an_empty_list_teaches(none: None, as_: SignIn, alice: User) -> None:
    page = text_of(as_(alice), "/crm/leads/")
    assert "No leads yet" in page
    assert 'href="/crm/leads/new/"' in page


def test_the_list_shows_ones_own(none: None, as_: SignIn, alice: User, bob: User) -> None:
    lead(alice, title="Alice’s table")
    lead(bob, title="Bob’s chair")
    page = text_of(as_(bob), "/crm/leads/")
    assert "Bob’s chair" in page
    assert "Alice’s table" not in page
    assert as_(bob).get("/crm/leads/?export=csv").status_code == 403


def test_a_list_costs_the_same_whatever_its_length(none: None, as_: SignIn, alice: User, bob: User) -> None:
    client, counts = as_(alice), []
    for number in (1, 2):
        for person in (alice, bob)[:number]:
            lead(person, phones=["+44 20 7946 0123"], emails=["a@b.example"])
        for path in ("/crm/leads/", "/crm/leads/board/"):
            client.get(path)
            with CaptureQueriesContext(connection) as queries:
                client.get(path)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


def test_search_and_filters(none: None, as_: SignIn, alice: User) -> None:
    lead(alice, title="Oak table", phones=["+44 20 7946 0123"], amount=500)
    lead(alice, title="Ash chair", amount=50)
    client, stage = as_(alice), first_stage()
    for query, seen in (
        ("q=tables", True),
        ("q=0123", True),
        ("q=chair", False),
        (f"stage={stage.pk}", True),
        ("kind=won", False),
        (f"responsible={alice.pk}", True),
        ("source=call", False),
        ("amount_min=100", True),
        ("amount_max=100", False),
    ):
        assert ("Oak table" in text_of(client, f"/crm/leads/?{query}")) is seen, query


def test_an_export_is_defused(none: None, as_: SignIn, alice: User) -> None:  # promise 57
    lead(alice, title="=HYPERLINK(1)", person_name="+7495")
    answer = as_(alice).get("/crm/leads/?export=csv")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in body
    assert ",=HYPERLINK" not in body


def test_an_export_reaches_as_far_as_its_right(none: None, as_: SignIn, alice: User, bob: User) -> None:
    lead(alice, title="Hers")
    lead(bob, title="His")
    bob.role.permissions = {**bob.role.permissions, "crm.lead.view": int(Scope.ALL), "crm.lead.export": int(Scope.OWN)}
    bob.role.save()
    assert "Hers" in text_of(as_(bob), "/crm/leads/")
    body = b"".join(as_(bob).get("/crm/leads/?export=csv").streaming_content).decode("utf-8-sig")
    assert ("His" in body, "Hers" in body) == (True, False)


def test_bulk(none: None, as_: SignIn, alice: User, bob: User) -> None:
    rows = [lead(alice).pk, lead(alice).pk]
    post = {"do": "bulk", "action": "assign", "ids": rows, "responsible": bob.pk}
    assert as_(alice).post("/crm/leads/", post, headers=HTMX).status_code == 204
    assert set(Lead.objects.filter(pk__in=rows).values_list("responsible_id", flat=True)) == {bob.pk}
    assert as_(bob).post("/crm/leads/", {"do": "bulk", "action": "trash", "ids": rows}).status_code == 403
    assert Lead.objects.alive().count() == 2


def test_the_card(portal: Portal, as_: SignIn, alice: User) -> None:
    twin = lead(alice, title="The twin", phones=["+44 20 7946 0123"])
    row = lead(
        alice, phones=["020 7946 0123"] if portal.region == "GB" else ["+442079460123"], comment="Call <b>soon</b>"
    )
    page = text_of(as_(alice), f"/crm/leads/{row.pk}/")
    assert "+44 20 7946 0123" in page
    assert "Call &lt;b&gt;soon&lt;/b&gt;" in page
    assert f'href="/crm/leads/{twin.pk}/"' in page
    assert "created the record" in page
    assert "<html" not in text_of(as_(alice), f"/crm/leads/{row.pk}/", **{"UI-Panel": "1", **HTMX})


@pytest.mark.parametrize("path", ["", "edit/contact/", "edit/deal/", "edit/note/"])
def test_a_foreign_card_is_not_there(portal: Portal, as_: SignIn, alice: User, bob: User, path: str) -> None:
    assert as_(bob).get(f"/crm/leads/{lead(alice).pk}/{path}").status_code == 404


def test_fields_are_edited_in_place(portal: Portal, as_: SignIn, alice: User) -> None:
    row, client = lead(alice), as_(alice)
    path = f"/crm/leads/{row.pk}/edit/contacts/"
    form = {
        "version": row.version,
        "phones": ["+44 20 7946 0123", ""],
        "phones_label": ["mobile", "work"],
        "emails": "wrong",
    }
    refused = client.post(path, form, headers=HTMX)
    assert refused.status_code == 422
    assert 'value="+44 20 7946 0123"' in refused.content.decode()
    assert fresh(alice, row.pk).contact_points.count() == 0
    form["emails"] = "ann@b.example"
    assert client.post(path, form, headers=HTMX).status_code == 204
    after = fresh(alice, row.pk)
    assert [(point.typed, point.label) for point in after.contact_points.all()] == [
        ("ann@b.example", ""),
        ("+44 20 7946 0123", "mobile"),
    ]
    assert client.post(f"/crm/leads/{row.pk}/edit/title/", {"title": "Ash table"}, headers=HTMX).status_code == 204
    assert fresh(alice, row.pk).title == "Ash table"


def test_two_people_at_once(portal: Portal, as_: SignIn, alice: User) -> None:  # promise 49
    row, client = lead(alice), as_(alice)
    path = f"/crm/leads/{row.pk}/edit/note/"
    assert client.post(path, {"version": 1, "comment": "First"}, headers=HTMX).status_code == 204
    late = client.post(path, {"version": 1, "comment": "Second"}, headers=HTMX)
    assert late.status_code == 409
    assert fresh(alice, row.pk).comment == "First"


def test_move_assign_comment_delete_restore(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    row, client = lead(alice), as_(alice)
    base, won = f"/crm/leads/{row.pk}/", Stage.objects.get(preset="won")
    assert client.post(base + "move/", {"stage": won.pk, "version": 1}, headers=HTMX).status_code == 204
    assert client.post(base + "assign/", {"responsible": bob.pk, "version": 2}, headers=HTMX).status_code == 204
    assert client.post(base + "comment/", {"text": "Called"}, headers=HTMX).status_code == 204
    after = fresh(alice, row.pk)
    assert (after.stage_id, after.responsible_id) == (won.pk, bob.pk)
    assert Activity.objects.get(lead=row).text == "Called"
    assert as_(bob).post(base + "delete/").status_code == 403
    assert client.post(base + "delete/").status_code == 302
    assert client.get(base).status_code == 404
    assert "Oak table" in text_of(client, "/crm/leads/trash/")
    assert client.post(base + "restore/").status_code == 302
    assert client.get(base).status_code == 200


@pytest.mark.parametrize("stage", ["", "x", "-1", "9" * 30, "999999999"])
def test_odd_stages(portal: Portal, as_: SignIn, alice: User, stage: str) -> None:
    row = lead(alice)
    assert as_(alice).post(f"/crm/leads/{row.pk}/move/", {"stage": stage}, headers=HTMX).status_code in (400, 404)
    assert fresh(alice, row.pk).stage_id == row.stage_id


def test_a_new_lead_by_hand(portal: Portal, as_: SignIn, alice: User) -> None:
    known, client = lead(alice, title="The twin", phones=["+44 20 7946 0123"]), as_(alice)
    hints = text_of(client, "/crm/duplicates/lead/?phones=%2B44+20+7946+0123&emails=")
    assert f'href="/crm/leads/{known.pk}/"' in hints
    assert text_of(client, "/crm/duplicates/lead/?phones=1&emails=x").strip() == ""
    form = {
        "person_name": "Ann Lee",
        "phones": "+44 20 7946 0199",
        "stage": first_stage().pk,
        "source": "call",
        "amount": "1 500,50",
        "currency": "EUR",
        "responsible": alice.pk,
    }
    refused = client.post("/crm/leads/new/", {**form, "amount": "many"})
    assert refused.status_code == 422
    assert 'value="Ann Lee"' in refused.content.decode()
    assert Lead.objects.filter(title="Ann Lee").count() == 0
    made = client.post("/crm/leads/new/", form)
    row = Lead.objects.get(title="Ann Lee")
    assert made["Location"] == f"/crm/leads/{row.pk}/"
    assert row.amount == Decimal("1500.50")


def test_the_board_moves_and_counts(none: None, as_: SignIn, alice: User) -> None:
    row, client = lead(alice, amount=500), as_(alice)
    lead(alice, amount=20, currency="RUB")
    won = Stage.objects.get(preset="won")
    assert "Oak table" in text_of(client, "/crm/leads/board/")
    totals = text_of(client, "/crm/leads/board/?totals=1")
    assert f'id="ui-count-{row.stage_id}" hx-swap-oob="true">2<' in totals
    moved = client.post("/crm/leads/board/", {"id": row.pk, "to": won.pk, "version": row.version}, headers=HTMX)
    assert moved.status_code == 200
    assert fresh(alice, row.pk).stage_id == won.pk
    late = client.post("/crm/leads/board/", {"id": row.pk, "to": row.stage_id, "version": row.version}, headers=HTMX)
    assert late.status_code == 409
    assert fresh(alice, row.pk).stage_id == won.pk
    assert client.get("/crm/leads/board/?pipeline=999999").status_code == 404


def test_a_large_column_says_so(none: None, as_: SignIn, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modules.crm.views.boards.COUNT_CAP", 1)
    rows = [lead(alice, amount=5), lead(alice, amount=5)]
    totals = text_of(as_(alice), "/crm/leads/board/?totals=1")
    assert f'id="ui-count-{rows[0].stage_id}" hx-swap-oob="true">1+<' in totals
    assert f'id="ui-total-{rows[0].stage_id}" hx-swap-oob="true"></div>' in totals


def test_settings_are_for_those_who_set_up(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    usual, client = Pipeline.objects.get(kind="lead"), as_(alice)
    assert as_(bob).get("/crm/settings/").status_code == 403
    assert "New records enter here" in text_of(client, "/crm/settings/")
    stage_form = {"name": "Measured", "kind": "open", "colour": "info"}
    assert client.post(f"/crm/settings/{usual.pk}/stages/new/", stage_form).status_code == 302
    stage = Stage.objects.get(name="Measured")
    assert client.post(f"/crm/settings/stages/{stage.pk}/", {**stage_form, "name": "Sized"}).status_code == 302
    before = [item.pk for item in usual.stages.order_by("position")]
    client.post(f"/crm/settings/{usual.pk}/order/", {"stage": stage.pk, "to": "up"})
    after = [item.pk for item in usual.stages.order_by("position")]
    assert after.index(stage.pk) == before.index(stage.pk) - 1
    row = lead(alice, stage=stage)
    assert client.post(f"/crm/settings/stages/{stage.pk}/delete/", {"stage": first_stage().pk}).status_code == 302
    assert fresh(alice, row.pk).stage_id == first_stage().pk
    client.post("/crm/settings/rotation/", {"people": [bob.pk]})
    assert list(RotationMember.objects.values_list("person_id", flat=True)) == [bob.pk]
    client.post("/crm/settings/rotation/", {})
    assert RotationMember.objects.count() == 0


def test_the_start_page_counts_open_stages(none: None, as_: SignIn, alice: User) -> None:
    lead(alice, title="On the start page")
    assert "On the start page" in text_of(as_(alice), "/")


def test_a_card_for_others(portal: Portal, alice: User, bob: User) -> None:
    row = lead(alice, person_name="Ann")
    card = lead_card(alice, row.pk)
    assert card is not None
    assert (card.ref, card.title, card.url) == (RecordRef("crm", "lead", row.pk), "Oak table", f"/crm/leads/{row.pk}/")
    assert lead_card(bob, row.pk) is None


def test_the_trash_pages(none: None, as_: SignIn, alice: User) -> None:
    rows = [lead(alice, title=f"Gone {number}").pk for number in range(52)]
    for number, pk in enumerate(rows):
        Lead.objects.filter(pk=pk).update(deleted_at=timezone.now() - timedelta(minutes=number))
    page = text_of(as_(alice), "/crm/leads/trash/")
    assert "Gone 0<" in page
    assert "Gone 51<" not in page
    after = page.split("?after=")[1].split('"')[0]
    assert "Gone 51<" in text_of(as_(alice), f"/crm/leads/trash/?after={after}")


def test_pages_speak_russian(portal: Portal, as_: SignIn, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(locale="ru")
    page = text_of(as_(User.objects.get(pk=alice.pk)), "/crm/leads/")
    assert "Новый лид" in page
    assert "New lead" not in page
