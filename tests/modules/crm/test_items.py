"""Own objects: made by an administrator, then worked with like any other record, by page and by program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from infra.kit.spec import Scope
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.files import keep_upload
from modules.crm.domain.item_rights import VERBS
from modules.crm.domain.item_type import TypeDesign, create_type, delete_type
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, Kind, kind_named, kinds, smart_kinds
from modules.crm.jobs.keeping import purge_trash
from modules.crm.models import Activity, CustomField, FieldValue, File, Item, ItemType, Pipeline, Stage
from tenants.people.domain.role import built_in_role, edit_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.support import clients

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
CLAIM = {"name": "Claim", "plural": "Claims", "icon": "box", "colour": "danger", "links": ["company", "deal"]}


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def made(owner: User, **more: Any) -> Kind:
    design = {"name": "Claim", "plural": "Claims", "links": ["company", "contact", "deal", "lead"], **more}
    return kind_named(f"item_{create_type(actor=owner, design=TypeDesign(**design)).pk}")


def test_an_administrator_makes_a_kind_and_its_records_are_like_any_other(
    portal: Portal, as_: SignIn, alice: User
) -> None:
    client = as_(alice)
    text_of(client, "/crm/types/")
    text_of(client, "/crm/types/new/?preset=claim")
    assert client.post("/crm/types/new/", {**CLAIM, "name": " "}).status_code == 422
    assert not ItemType.objects.exists()
    answer = client.post(
        "/crm/types/new/?preset=claim",
        {**CLAIM, "staged": "on", "numbered": "on", "before_number": "C-", "with_dates": "on", "pinned": "on"},
    )
    row = ItemType.objects.get()
    assert answer["Location"] == f"/crm/types/{row.pk}/"
    kind = kind_named(f"item_{row.pk}")
    assert CustomField.objects.filter(kind=kind.key)[0].name == "What it is about"
    assert [stage.title for stage in Pipeline.objects.get(kind=kind.key).stages.all()][-1] == "Rejected"
    firm, base = record(alice, COMPANY, name="Northlight"), f"/crm/items/{row.pk}/"
    start = text_of(client, "/")
    assert f'href="{base}"' in start, "the menu"
    assert f'href="{base}new/"' in start, "the + menu"
    assert f'value="{firm.pk}"' in text_of(client, f"{base}new/?company={firm.pk}")
    new = client.post(f"{base}new/", {"title": "", "company_id": firm.pk, "closes_on": "2026-03-05"})
    item = Item.objects.get()
    assert new["Location"] == f"{base}{item.pk}/"
    assert (item.title, item.number, item.company_id) == ("Claim C-1", 1, firm.pk)
    for page in ("", "?q=claim", "?q=C-1", "board/", "calendar/?month=2026-03", f"{item.pk}/"):
        assert "Claim C-1" in text_of(client, base + page), page
    assert "Claim C-1" in text_of(client, f"/crm/companies/{firm.pk}/")
    assert "Claim C-1" in text_of(client, "/palette/?q=claim")
    assert client.post(f"{base}{item.pk}/edit/title/", {"title": "Wet flour"}, headers=HTMX).status_code == 204
    last = Stage.objects.filter(pipeline__kind=kind.key).order_by("position").last()
    assert last is not None
    assert client.post(f"{base}{item.pk}/move/", {"lost": f"{last.pk}:"}, headers=HTMX).status_code == 204
    assert client.post(f"{base}{item.pk}/comment/", {"text": "Called them"}, headers=HTMX).status_code == 204
    plan = {"kind": "call", "due_at": "2030-01-01T10:00", "subject": "Apologise"}
    assert client.post(f"{base}{item.pk}/plan/", plan, headers=HTMX).status_code == 204
    card = text_of(client, f"{base}{item.pk}/")
    assert all(words in card for words in ("Wet flour", "Called them", "Apologise", "C-1"))
    assert "Called them" in text_of(client, f"/crm/companies/{firm.pk}/"), "an item's entries are its company's too"
    item.refresh_from_db()
    assert (item.stage_id, item.next_step_at is not None, item.closed_at is not None) == (last.pk, True, True)
    assert client.post(f"{base}{item.pk}/delete/", headers=HTMX).status_code == 204
    assert client.get(f"{base}{item.pk}/").status_code == 404
    assert "Wet flour" in text_of(client, f"{base}trash/")
    assert client.post(f"{base}{item.pk}/restore/", headers=HTMX).status_code == 204
    export = client.get(f"{base}?export=csv")
    assert b"Wet flour" in b"".join(export.streaming_content if export.streaming else [export.content])


def test_kinds_do_not_mix(portal: Portal, as_: SignIn, alice: User) -> None:
    claims, cars = made(alice), made(alice, name="Car", plural="Cars", staged=False)
    claim, car = record(alice, claims, title="Late"), record(alice, cars, title="Lada")
    client = as_(alice)
    assert "Lada" not in text_of(client, claims.url())
    assert client.get(claims.url("card", car.pk)).status_code == 404
    assert client.post(claims.url("delete", car.pk)).status_code == 404
    assert client.get(cars.url("board")).status_code == 404, "without stages there is no board"
    stage = Stage.objects.filter(pipeline__kind=claims.key).last()
    assert stage is not None
    assert client.post(cars.url("move", car.pk), {"stage": stage.pk}).status_code == 404
    assert client.get("/crm/items/999/").status_code == 404
    assert client.get(f"/crm/items/{10**30}/").status_code == 404
    claim.refresh_from_db()
    car.refresh_from_db()
    assert (claim.deleted_at, car.deleted_at, car.stage_id) == (None, None, None)


def test_rights_are_those_of_the_role_and_guests_have_none(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    kind = made(alice)
    mine, theirs = record(alice, kind, title="Bob's"), record(alice, kind, title="Alice's")
    Item.objects.filter(pk=mine.pk).update(responsible=bob)
    seen = text_of(as_(bob), kind.url())
    assert "Bob&#x27;s" in seen
    assert "Alice&#x27;s" not in seen
    assert as_(bob).get(kind.url("card", theirs.pk)).status_code == 404
    assert as_(bob).get(kind.url() + "?export=csv").status_code == 403
    fields = {f"{kind.permission(verb)}_{bob.role_id}": "0" for verb in VERBS}
    page = f"/crm/types/{kind.type_id}/rights/"
    text_of(as_(alice), page)
    assert as_(bob).post(page, fields).status_code == 403
    assert as_(alice).post(page, fields).status_code == 302
    bob = User.objects.get(pk=bob.pk)
    assert {bob.scope(kind.permission(verb)) for verb in VERBS} == {Scope.NONE}
    for path in (kind.url(), kind.url("card", mine.pk), kind.url("add"), kind.url("trash")):
        assert as_(bob).get(path).status_code == 403, path
    assert kind.plural not in text_of(as_(bob), "/more/")
    guest = built_in_role("guest")
    assert {guest.scope(kind.permission(verb)) for verb in VERBS} == {Scope.NONE}
    role = built_in_role("employee")
    edit_role(actor=alice, role=role, name="", permissions={kind.permission("view"): Scope.ALL})
    assert "Alice&#x27;s" in text_of(as_(User.objects.get(pk=bob.pk)), kind.url())


def test_programs_work_with_them(portal: Portal, alice: User) -> None:
    client = clients.with_token(alice)
    answer = client.post("/api/v1/item-types", {"preset": "contract"}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert (row["plural"], row["with_dates"], row["links"]) == ("Contracts", True, ["company", "contact", "deal"])
    client = clients.with_token(alice)  # a token carries what exists when it is made
    firm, base = record(alice, COMPANY, name="Northlight"), f"/api/v1/items/{row['id']}"
    field = CustomField.objects.get(kind=row["key"], name="Number of the contract")
    body = {
        "title": "Flour for a year",
        "company": firm.pk,
        "amount": "1200",
        "currency": "EUR",
        "custom": {field.key: "77-A"},
    }
    new = client.post(base, body, content_type="application/json")
    assert new.status_code == 201, new.content
    pk = new.json()["id"]
    assert new["Location"] == f"{base}/{pk}"
    assert client.get(f"{base}/{pk}").json()["company"] == firm.pk
    assert [one["id"] for one in client.get(f"{base}?company={firm.pk}&q=flour").json()["results"]] == [pk]
    wrong = client.patch(
        f"{base}/{pk}", {"lead": 1}, content_type="application/json", headers={"If-Match": new["ETag"]}
    )
    assert wrong.status_code == 400, "this kind does not link to leads"
    stage = Stage.objects.filter(pipeline__kind=row["key"]).order_by("position").last()
    assert stage is not None
    moved = client.post(
        f"{base}/{pk}/move", {"stage": stage.pk}, content_type="application/json", headers={"If-Match": new["ETag"]}
    )
    assert moved.json()["stage"] == stage.pk
    todo = {"item": pk, "kind": "call", "due_at": "2030-01-01T10:00:00Z"}
    assert client.post("/api/v1/activities", todo, content_type="application/json").status_code == 201
    assert client.get(f"/api/v1/activities?item={pk}").json()["results"][0]["company"] == firm.pk
    assert client.get("/api/v1/items/999").status_code == 404
    assert "/items/{type_id}" in str(client.get("/api/v1/schema").json()["paths"])


def test_lists_ask_the_same_for_one_row_and_for_three(portal: Portal, as_: SignIn, alice: User) -> None:
    kind, client = made(alice, with_amount=True, with_dates=True, numbered=True), as_(alice)
    firm = record(alice, COMPANY, name="Northlight")
    pages = (kind.url(), kind.url("board"), kind.url("calendar") + "?month=2026-03")

    def asked() -> list[int]:
        record(alice, kind, title="Late", company_id=firm.pk, closes_on="2026-03-05")
        counts = []
        for page in pages:
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert "Late" in text_of(client, page)
            counts.append(len(queries))
        return counts

    once = asked()
    asked()
    assert asked() == once


def test_a_merge_keeps_what_points_at_the_merged_one(portal: Portal, as_: SignIn, alice: User) -> None:
    kind = made(alice)
    one, two = record(alice, kind, title="Late"), record(alice, kind, title="Late again", comment="Twice")
    client = as_(alice)
    client.post(kind.url("comment", two.pk), {"text": "Mine"})
    client.post(kind.url("merge", one.pk), {"other": two.pk})
    one.refresh_from_db()
    assert (one.comment, Item.objects.trashed().get().pk) == ("Twice", two.pk)
    assert Activity.objects.get().item_id == one.pk
    client.post(kind.url("unmerge", one.pk))
    assert Activity.objects.get().item_id == two.pk
    assert Item.objects.trashed().count() == 0


def test_a_kind_goes_to_the_trash_whole_and_comes_back_whole(portal: Portal, as_: SignIn, alice: User) -> None:
    kind, client = made(alice), as_(alice)
    firm = record(alice, COMPANY, name="Northlight")
    item = record(alice, kind, title="Late", company_id=firm.pk)
    client.post(kind.url("comment", item.pk), {"text": "Hello"})
    page = f"/crm/types/{kind.type_id}/delete/"
    assert "1 record" in text_of(client, page)
    assert client.post(page).status_code == 302
    assert kind.key not in kinds()
    for path in (kind.url(), kind.url("card", item.pk), f"/crm/types/{kind.type_id}/"):
        assert client.get(path).status_code == 404, path
    assert "Late" not in text_of(client, f"/crm/companies/{firm.pk}/").replace("Later", "")
    assert "Late" not in text_of(client, "/palette/?q=late").replace("Later", "")
    assert client.post(f"/crm/types/{kind.type_id}/restore/").status_code == 302
    assert "Hello" in text_of(client, kind.url("card", item.pk))


def test_a_kind_is_gone_for_good_after_30_days(portal: Portal, as_: SignIn, alice: User) -> None:
    row = create_type(actor=alice, design=TypeDesign(name="Claim", plural="Claims", links=["company"]), preset="claim")
    kind = kind_named(f"item_{row.pk}")
    firm = record(alice, COMPANY, name="Northlight")
    field = CustomField.objects.get(kind=kind.key, name="What the client wants")
    item = record(alice, kind, title="Late", company_id=firm.pk, **{field.key: "Money"})
    client = as_(alice)
    client.post(kind.url("comment", item.pk), {"text": "Kept by the company"})
    upload = SimpleUploadedFile("a.txt", b"a")
    keep_upload(actor=alice, record=item, upload=upload)
    delete_type(actor=alice, row=row)
    purge_trash.run()
    assert Item.objects.count() == 1, "not yet"
    ItemType.objects.update(deleted_at="2020-01-01T00:00:00Z")
    purge_trash.run()
    gone = (Item, ItemType, CustomField, FieldValue, File)
    assert [model.objects.count() for model in gone] == [0] * len(gone)
    assert not Pipeline.objects.filter(kind=kind.key).exists()
    left = Activity.objects.get()
    assert (left.item_id, left.company_id) == (None, firm.pk)


def test_what_a_kind_no_longer_has_is_hidden_not_lost(portal: Portal, as_: SignIn, alice: User) -> None:
    kind, client = made(alice, staged=False, with_amount=True), as_(alice)
    item = record(alice, kind, title="Late", amount="15", currency="EUR")
    page = f"/crm/types/{kind.type_id}/"
    assert client.post(page, {**CLAIM, "staged": "on", "numbered": "on"}).status_code == 302
    item.refresh_from_db()
    assert item.stage is not None
    assert (item.stage.title, item.number, str(item.amount)) == ("New", 1, "15.000")
    assert "€15" not in text_of(client, kind.url("card", item.pk))
    assert client.post(page, {**CLAIM, "version": 1}).status_code == 409
    assert client.post(page, {**CLAIM, "with_amount": "on"}).status_code == 302
    assert "€15" in text_of(client, kind.url("card", item.pk))
    assert record(alice, kind_named(kind.key), title="Second").number is None


def test_the_menu_has_room_for_five(portal: Portal, as_: SignIn, alice: User) -> None:
    for number in range(5):
        made(alice, plural=f"Things {number}", pinned=True)
    answer = as_(alice).post("/crm/types/new/", {**CLAIM, "pinned": "on"})
    assert answer.status_code == 422
    assert "room for 5" in answer.content.decode()
    assert not ItemType.objects.filter(plural="Claims").exists()


def test_two_kinds_are_not_called_the_same(portal: Portal, alice: User, as_: SignIn) -> None:
    kind = made(alice)
    assert as_(alice).post("/crm/types/new/", CLAIM).status_code == 422
    row = ItemType.objects.get()
    delete_type(actor=alice, row=row)
    made(alice)
    answer = as_(alice).post(f"/crm/types/{kind.type_id}/restore/")
    assert answer.status_code == 400
    row.refresh_from_db()
    assert row.deleted_at is not None


def test_other_records_link_to_them(portal: Portal, as_: SignIn, alice: User) -> None:
    kind = made(alice)
    item = record(alice, kind, title="Late")
    link = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Why", type="record", links=[kind.key]))
    deal = record(alice, DEAL, title="Bread", **{link.key: f"{kind.key}:{item.pk}"})
    client = as_(alice)
    assert f'href="{kind.url("card", item.pk)}"' in text_of(client, f"/crm/deals/{deal.pk}/")
    assert "Bread" in text_of(client, f"/crm/deals/?{link.key}={kind.key}:{item.pk}")
    delete_type(actor=alice, row=ItemType.objects.get())
    assert "Late" in text_of(client, f"/crm/deals/{deal.pk}/")
    person = record(alice, CONTACT, first_name="Ann")
    assert client.post(f"/crm/deals/{deal.pk}/edit/{link.key}/", {link.key: f"{kind.key}:{item.pk}"}).status_code != 500
    assert person.pk


def test_an_administrator_orders_kinds(
    portal: Portal, as_: SignIn, alice: User, bob: User, api: Callable[..., Client]
) -> None:
    first, second, third = (made(alice, plural=f"Things {number}", pinned=True).type_id for number in range(3))

    def order() -> list[int]:
        """As the menu shows them."""
        return [kind.type_id for kind in smart_kinds().values()]

    assert order() == [first, second, third]
    assert as_(bob).post("/crm/types/order/", {"type": third, "to": "up"}).status_code == 403
    assert as_(alice).post("/crm/types/order/", {"type": third, "to": "up"}).status_code == 302
    assert order() == [first, third, second]
    assert "Move “Things 0” down" in text_of(as_(alice), "/crm/types/")
    address, ids = "/api/v1/item-types/order", [second, first, third]
    assert api(bob).post(address, {"ids": ids}, "application/json").status_code == 403
    assert api(alice).post(address, {"ids": ids[1:]}, "application/json").status_code == 409
    assert api(alice).post(address, {"ids": ids}, "application/json").json() == {"ids": ids}
    assert [row["id"] for row in api(alice).get("/api/v1/item-types").json()["results"]] == order() == ids
    assert made(alice, plural="Things 3").type_id == order()[-1]
