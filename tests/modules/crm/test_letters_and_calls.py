"""Letters written on cards, calls put down, comments and files of programs."""

import json
import smtplib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.test import Client

from infra.adapters.mail import sending
from infra.kit.errors import Invalid
from infra.outbox.models import OutboxEvent
from infra.ui.models import Notification
from modules.crm.contracts import CallIntake
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, PRODUCT
from modules.crm.domain.letter import send_letter, write_template
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.product_rows import set_rows
from modules.crm.models import Activity
from modules.crm.public import put_down_call
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
ApiClient = Callable[..., Client]
HTMX = {"HX-Request": "true", "UI-Panel": "1"}


def test_a_letter_is_written_on_the_card(
    portal: Portal, alice: User, dave: User, as_: SignIn, letters: list[EmailMessage]
) -> None:
    template = write_template(
        actor=alice, kind=DEAL, name="Offer", subject="About {{title}}", body="Dear {{client}},\n\nsee it."
    )
    firm = record(alice, COMPANY, name="Oak & Sons", emails=["office@oak.example"])
    ann = record(alice, CONTACT, first_name="Ann", emails=["ann@oak.example"], companies=[{"company": firm.pk}])
    deal = record(alice, DEAL, title="Shelves", company_id=firm.pk, contacts=[ann.pk])
    url = f"/crm/deals/{deal.pk}/write/"
    client = as_(alice)
    page = client.get(f"{url}?template={template.pk}").content.decode()
    for shown in ('value="ann@oak.example"', 'value="office@oak.example"', 'value="About Shelves"', "Dear Ann,"):
        assert shown in page, shown
    form = {"to": "ann@oak.example", "subject": "About Shelves", "text": "Dear Ann,\n\n<b>see</b> it."}
    assert client.post(url, {**form, "to": "nobody"}, headers=HTMX).status_code == 422
    assert not Activity.objects.filter(deal=deal, kind="letter").exists()
    drawing = SimpleUploadedFile("plan.txt", b"two shelves")
    assert client.post(url, {**form, "files": drawing}, headers=HTMX).status_code == 204
    (letter,) = letters
    assert (letter.to, letter.subject, letter.reply_to) == (["ann@oak.example"], "About Shelves", [alice.email])
    assert "<b>see</b> it." in letter.body
    assert [(name, content) for name, content, _kind in letter.attachments] == [("plan.txt", "two shelves")]
    card = client.get(f"/crm/deals/{deal.pk}/").content.decode()
    assert "Sent to ann@oak.example." in card
    assert "plan.txt" in card
    assert "Sent to ann@oak.example." in client.get(f"/crm/contacts/{ann.pk}/").content.decode()
    assert as_(dave).get(url).status_code in (403, 404)


def test_a_letter_that_did_not_leave_says_why_and_is_sent_again(
    portal: Portal, alice: User, as_: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(sending, "after_commit", lambda send_on: send_on())
    monkeypatch.setattr(sending, "queue", lambda letter, schema: queued.append(letter))
    ann = record(alice, CONTACT, first_name="Ann", emails=["ann@oak.example"])
    sent = send_letter(actor=alice, record=ann, to="ann@oak.example", subject="Hello", text="Dear Ann")

    def card() -> str:
        return as_(alice).get(f"/crm/contacts/{ann.pk}/").content.decode()

    again = f"/crm/activities/{sent.pk}/again/"
    assert "On its way to ann@oak.example." in card()
    assert as_(alice).post(again).status_code == 409

    def refuse(*given: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({"ann@oak.example": (550, b"no such user")})

    with monkeypatch.context() as broken:
        broken.setattr(sending, "_hand_over", refuse)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            sending.deliver(**queued[0])
    assert "Not sent: the mail server refuses the address ann@oak.example." in card()
    assert Notification.objects.filter(person=alice, text__contains="ann@oak.example").count() == 1
    assert as_(alice).post(again, headers=HTMX).status_code == 204
    sending.deliver(**queued[1])
    assert (queued[1]["subject"], queued[1]["text"]) == (queued[0]["subject"], queued[0]["text"])
    assert "Sent to ann@oak.example." in card()
    assert as_(alice).post(again).status_code == 409


def test_a_call_seen_by_the_exchange_is_put_down_once(portal: Portal, alice: User, bob: User) -> None:
    ann = record(bob, CONTACT, first_name="Ann", phones=["+44 20 7946 0123"])
    call = CallIntake(event_id=uuid4(), number="020 7946 0123", direction="in", missed=True, person_id=bob.pk)
    assert put_down_call(call).record is None or put_down_call(call).record == ann.ref  # by the portal's country
    call = CallIntake(event_id=uuid4(), number="+442079460123", direction="in", missed=True, person_id=bob.pk)
    first, second = put_down_call(call), put_down_call(call)
    assert first == second
    assert first.record == ann.ref
    activity = Activity.objects.get(pk=first.activity_id)
    assert (activity.author, activity.direction, activity.missed) == (bob, "in", True)
    told = OutboxEvent.objects.filter(name="crm.call_ended", payload__activity_id=activity.pk).get()
    assert (told.payload["missed"], told.payload["direction"], told.payload["actor_id"]) == (True, "in", bob.pk)
    unknown = CallIntake(event_id=uuid4(), number="+442079460999", direction="in")
    assert put_down_call(unknown).record is None
    with pytest.raises(Invalid):
        put_down_call(CallIntake(event_id=uuid4(), number="+442079460123", direction="sideways"))


def test_programs_write_letters_calls_comments_and_files(
    portal: Portal, alice: User, bob: User, api: ApiClient, letters: list[EmailMessage]
) -> None:
    papers = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Papers", type="file", multiple=True))
    ann = record(alice, CONTACT, first_name="Ann", emails=["ann@oak.example"])
    deal = record(alice, DEAL, title="Shelves", contacts=[ann.pk])
    client, path = api(alice), f"/api/v1/deals/{deal.pk}"

    def post(address: str, body: dict[str, Any]) -> Any:
        return client.post(address, body, content_type="application/json")

    assert post(f"{path}/letters", {"subject": "Hello"}).json()["errors"].keys() == {"text"}
    sent = post(f"{path}/letters", {"subject": "Hello", "text": "Dear Ann"})
    assert (sent.status_code, sent.json()["letter"]["to"]) == (201, "ann@oak.example")
    assert letters[0].to == ["ann@oak.example"]
    shown = client.get(f"/api/v1/activities/{sent.json()['id']}").json()
    assert shown["letter"] == {"to": "ann@oak.example", "state": "sent"}

    early = {"kind": "call", "deal": deal.pk, "result": "Agreed", "due_at": "2030-01-01T10:00:00Z"}
    assert post("/api/v1/activities", early).json()["errors"].keys() == {"result"}
    call = post("/api/v1/activities", {"kind": "call", "deal": deal.pk, "done": True, "result": "Agreed"})
    assert (call.status_code, call.json()["direction"], call.json()["result"]) == (201, "out", "Agreed")
    pinned = post(f"/api/v1/activities/{call.json()['id']}/pin", {"pinned": True})
    assert pinned.json()["pinned_at"] is not None

    text = f"Look, @[{bob.pk}]"
    made = client.post(f"{path}/comments", {"text": text, "files": SimpleUploadedFile("plan.txt", b"two shelves")})
    assert made.status_code == 201, made.content
    assert made.json()["mentions"] == [bob.pk]
    (file,) = made.json()["files"]
    assert (file["name"], file["size"]) == ("plan.txt", 11)
    assert client.get(f"/api/v1/files/{file['id']}").json()["name"] == "plan.txt"
    listed = client.get(f"{path}/comments").json()
    assert [(row["text"], row["mentions"], len(row["files"])) for row in listed["results"]] == [(text, [bob.pk], 1)]
    assert listed["next"] is None

    def upload(field: str, **headers: str) -> Any:
        given = {"field": field, "file": SimpleUploadedFile("offer.pdf", b"%PDF-")}
        return client.post(f"{path}/files", given, headers=headers or None)

    assert upload(papers.key).status_code == 428
    put = upload(papers.key, **{"If-Match": "*"})
    assert put.status_code == 201, put.content
    assert client.get(path).json()["custom"][papers.key] == [put.json()["id"]]
    assert upload("title", **{"If-Match": "*"}).json()["errors"].keys() == {"field"}


def test_programs_keep_requisites_and_a_draft_says_where_it_is_paid(
    portal: Portal, alice: User, api: ApiClient, as_: SignIn
) -> None:
    client = api(alice)
    ours = record(alice, COMPANY, name="Our Ltd", is_own="yes")
    path = f"/api/v1/companies/{ours.pk}/requisites"

    def send(method: str, address: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return client.generic(
            method, address, json.dumps(body or {}), content_type="application/json", headers=headers or None
        )

    accounts = [{"bank": "North", "account": "40702810900000000001"}, {"bank": "South", "account": "40702"}]
    made = send("POST", path, {"template": "ru_org", "values": {"inn": "7707083893"}, "accounts": accounts})
    assert (made.status_code, made.json()["tax_number"]) == (201, "7707083893")
    north, south = made.json()["accounts"]
    one = f"{path}/{made.json()['id']}"
    assert send("PATCH", one, {"accounts": []}).status_code == 428

    good = record(alice, PRODUCT, title="Tea")
    deal = set_rows(
        actor=alice,
        record=record(alice, DEAL, title="Sale"),
        rows=[{"product": good.pk, "quantity": "1", "price": "5"}],
    )
    invoice = make_document(actor=alice, kind=INVOICE, source=deal)
    assert invoice.account_id == north["id"]
    card = as_(alice).get(f"/crm/invoices/{invoice.pk}/").content.decode()
    assert "South, 40702" in card
    bills = f"/api/v1/invoices/{invoice.pk}"
    assert send("PUT", f"{bills}/account", {"account": 10**9}).status_code == 400
    assert send("PUT", f"{bills}/account", {"account": south["id"]}).json()["account"] == south["id"]
    changed = send("PATCH", one, {"accounts": [{**south, "swift": "SOUTHXXX"}, north]}, **{"If-Match": made["ETag"]})
    assert [row["id"] for row in changed.json()["accounts"]] == [south["id"], north["id"]]
    assert client.get(f"{bills}/account").json()["account"] == south["id"]
    assert send("POST", f"{bills}/issue").status_code == 200
    assert send("PUT", f"{bills}/account", {"account": north["id"]}).json()["code"] == "document_locked"
    assert send("DELETE", one, **{"If-Match": changed["ETag"]}).status_code == 204
    assert client.get(path).json() == {"results": [], "next": None}
