"""Imports through the pages, and what an import does to records, rights and the log."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from infra.audit.models import AuditEntry
from infra.jobs.domain.running import JobCancelled, JobRun, run
from infra.jobs.models import Job
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.outbox.models import OutboxEvent
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.importing import running
from modules.crm.domain.importing.imports import access_import, start_import, start_undo, take_file
from modules.crm.domain.importing.undo import run_undo
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD
from modules.crm.domain.record import edit_record
from modules.crm.domain.search import found
from modules.crm.models import Affiliation, Company, Contact, Deal, FieldValue, Import, ImportRow, Lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.importing import imported, taken, targets, uploaded, xlsx
from tests.factories.record import record

SignIn = Callable[[User], Client]
TABLE = "Vorname;Nachname;Firma;E-Mail;Telefon\nAnn;Lee;Harbour;ann@x.example;+44 20 7946 0001\nBob;;;nonsense;\n"


def undone(person: User, made: Import) -> Import:
    started = start_undo(actor=person, made=made)
    assert started.job_id is not None
    run(started.job_id, run_undo, resumable=True)
    return access_import(person, made.pk)


def test_the_whole_way_through_the_pages(portal: Portal, alice: User, as_: SignIn) -> None:
    browser = as_(alice)
    answer = browser.post("/crm/contacts/import/", {"file": uploaded("people.csv", TABLE)})
    page = answer["Location"]
    columns = browser.get(page).content.decode()
    assert "5 of 5 columns recognised" in columns
    form = {f"column_{n}": t for n, t in enumerate(("first_name", "last_name", "companies", "emails", "phones:work"))}
    assert browser.post(page, {**form, "column_1": "first_name", "duplicates": "empty"}).status_code == 422
    answer = browser.post(page, {**form, "duplicates": "empty", "make_linked": "on"})
    assert answer["Location"] == f"{page}check/"
    check = browser.get(f"{page}check/").content.decode()
    assert "“nonsense” is not an e-mail address." in check
    assert (Contact.objects.filter(last_name="Lee").count(), Company.objects.filter(name="Harbour").count()) == (0, 0)
    assert browser.post(f"{page}start/")["Location"] == page
    assert browser.post(f"{page}start/")["Location"] == page  # the second click
    made = Import.objects.get()
    assert Job.objects.filter(task="crm.import_rows").count() == 1
    assert made.job_id is not None
    run(made.job_id, running.run_import, resumable=True)
    result = browser.get(page).content.decode()
    assert "“nonsense” is not an e-mail address." in result
    contact = Contact.objects.get(last_name="Lee")
    assert Affiliation.objects.get(contact=contact).company.name == "Harbour"
    report = b"".join(browser.get(f"{page}refused/").streaming_content).decode()
    assert report.splitlines()[1] == "Bob;;;nonsense;;“nonsense” is not an e-mail address."
    assert browser.post(f"{page}undo/").status_code == 302
    made.refresh_from_db()
    assert made.job_id is not None
    run(made.job_id, run_undo, resumable=True)
    assert "was taken back" in browser.get(page).content.decode()
    assert not Contact.objects.alive().filter(pk=contact.pk).exists()


def test_strangers_and_people_without_the_right(
    portal: Portal, alice: User, bob: User, dave: User, as_: SignIn
) -> None:
    made = taken(alice, CONTACT, "people.csv", TABLE)
    assert as_(bob).get(f"/crm/imports/{made.pk}/").status_code == 404
    assert as_(bob).post(f"/crm/imports/{made.pk}/start/").status_code == 404
    assert as_(dave).get("/crm/contacts/import/").status_code == 403
    with pytest.raises(NotFound):
        access_import(bob, made.pk)
    assert ImportRow.objects.count() == 0


def test_records_audit_events_search_and_own_fields_are_those_of_records_made_by_hand(
    portal: Portal, alice: User
) -> None:
    colour = add_field(actor=alice, kind=LEAD, design=FieldDesign(name="Colour", type="choice", options=["Red"]))
    size = add_field(actor=alice, kind=LEAD, design=FieldDesign(name="Size", type="number", places=1))
    price = add_field(
        actor=alice, kind=LEAD, design=FieldDesign(name="Double", type="formula", formula=f"{{{size.key}}} * 2")
    )
    table = 'Title,Phones,Colour,Size,Amount\nОкна,"+7 495 450-29-72; +7 800 555 35 35",red,"2,5",€ 10\n'
    done = imported(alice, taken(alice, LEAD, "l.csv", table))
    assert (done.created_count, done.refused_count) == (1, 0)
    lead = Lead.objects.get(title="Окна")
    option = colour.options.get()
    assert lead.custom == {colour.key: option.pk, size.key: "2.5", price.key: "5"}
    assert set(FieldValue.objects.filter(record_id=lead.pk).values_list("field_id", "number")) == {
        (colour.pk, Decimal(option.pk)),
        (size.pk, Decimal("2.5")),
        (price.pk, Decimal(5)),
    }
    assert (lead.amount, lead.currency, lead.version, lead.responsible_id) == (10, "EUR", 1, alice.pk)
    assert [point.value for point in lead.contact_points.all()] == ["+74954502972", "+78005553535"]
    for typed in ("окнами", "450-29", "5553535"):
        assert [one.pk for one in found(Lead.objects.all(), typed)] == [lead.pk], typed
    assert AuditEntry.objects.get(kind="lead", record_id=lead.pk).action == "lead.create"
    assert (
        OutboxEvent.objects.get(name="crm.lead_created", payload__lead=f"crm.lead:{lead.pk}").payload["title"] == "Окна"
    )
    edit_record(actor=alice, record=lead, changes={"title": "Двери"})


@pytest.mark.parametrize(
    ("duplicates", "post", "phones", "count"),
    [("skip", "Head", 1, 1), ("empty", "Head", 1, 1), ("all", "Buyer", 2, 1), ("create", "Head", 1, 2)],
)
def test_known_records(portal: Portal, alice: User, duplicates: str, post: str, phones: int, count: int) -> None:
    known = record(alice, CONTACT, first_name="Ann", post="Head", emails=["ANN@x.example"], phones=["+44 20 7946 0009"])
    table = "First name,Last name,Job title,E-mail,Phone\nAnn,Lee,Buyer,ann@x.example,+44 20 7946 0001\n"
    imported(alice, taken(alice, CONTACT, "a.csv", table), duplicates=duplicates)
    known.refresh_from_db()
    assert (known.post, known.contact_points.filter(kind="phone").count()) == (post, phones)
    assert known.last_name == ("" if duplicates in ("skip", "create") else "Lee")
    assert Contact.objects.alive().filter(contact_points__value="ann@x.example").count() == count


def test_two_rows_of_one_file_are_one_record(portal: Portal, alice: User) -> None:
    table = "First name;E-mail;Job title\nAnn;a@x.example;\nAnn;A@X.example;Buyer\n"
    done = imported(alice, taken(alice, CONTACT, "a.csv", table))
    assert (done.created_count, done.updated_count) == (1, 1)
    assert Contact.objects.get(first_name="Ann").post == "Buyer"


def test_taken_back_exactly_but_what_was_changed_since_stays(portal: Portal, alice: User) -> None:
    known = record(alice, COMPANY, name="Harbour", sites=["https://old.example"])
    was = Company.objects.values("name", "industry", "comment", "revenue").get(pk=known.pk)
    table = "Company;Branche;Notes;Revenue\nHarbour;Logistics;New;10\nWharf;;;\nPier;;;\n"
    done = imported(alice, taken(alice, COMPANY, "a.csv", table), {"Branche": "industry"}, duplicates="all")
    assert (done.created_count, done.updated_count, done.refused_count) == (2, 1, 0)
    pier = Company.objects.get(name="Pier")
    edit_record(actor=alice, record=pier, changes={"comment": "Called"})
    after = undone(alice, done)
    assert (after.state, after.kept_count) == ("undone", 1)
    assert Company.objects.values("name", "industry", "comment", "revenue").get(pk=known.pk) == was
    assert not Company.objects.alive().filter(name="Wharf").exists()
    assert Company.objects.alive().filter(name="Pier").exists()
    with pytest.raises(Conflict):
        start_undo(actor=alice, made=after)


def test_what_was_linked_since_stays(portal: Portal, alice: User) -> None:
    done = imported(alice, taken(alice, COMPANY, "a.csv", "Company\nWharf\n"))
    wharf = Company.objects.get(name="Wharf")
    record(alice, DEAL, title="Bread", company_id=wharf.pk)
    assert undone(alice, done).kept_count == 1
    assert Deal.objects.get(title="Bread").company_id == wharf.pk
    assert Company.objects.alive().filter(pk=wharf.pk).exists()


def test_killed_between_batches_it_goes_on_where_it_was(
    portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:  # promise 40
    rows = "\n".join(f"Deal {n}" for n in range(7))
    made = taken(alice, DEAL, "d.csv", f"Deal name\n{rows}\n")
    started = start_import(actor=alice, made=made)
    assert started.job_id is not None
    monkeypatch.setattr(running, "BATCH", 2)
    written, calls = running._write_sound, []

    def killed(*given: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise SystemExit  # the worker is gone; nothing of this batch is committed
        return written(*given)

    monkeypatch.setattr(running, "_write_sound", killed)
    with pytest.raises(SystemExit):
        running.run_import(JobRun(Job.objects.get(pk=started.job_id)), made.pk)
    assert Deal.objects.filter(title__startswith="Deal ").count() == 4
    monkeypatch.setattr(running, "_write_sound", written)
    Job.objects.filter(pk=started.job_id).update(state="running", attempts=1)
    run(started.job_id, running.run_import, resumable=True)
    titles = list(Deal.objects.filter(title__startswith="Deal ").order_by("title").values_list("title", flat=True))
    assert titles == [f"Deal {n}" for n in range(7)]
    assert access_import(alice, made.pk).created_count == 7


def test_cancelled_it_keeps_whole_batches(portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made = taken(alice, DEAL, "d.csv", "Deal name\nOne\nTwo\n")
    started = start_import(actor=alice, made=made)
    Job.objects.filter(pk=started.job_id).update(cancel_requested=True)
    with pytest.raises(JobCancelled):
        running.run_import(JobRun(Job.objects.get(pk=started.job_id)), made.pk)
    made.refresh_from_db()
    assert (made.state, Deal.objects.filter(title="One").count()) == ("cancelled", 0)


def test_a_closed_field_is_no_target(portal: Portal, alice: User, bob: User) -> None:
    set_field_rights(actor=alice, kind=CONTACT, field="post", rights={bob.role_id: "hidden"})
    made = taken(bob, CONTACT, "a.csv", "First name;Job title\nAnn;Buyer\n")
    assert targets(made) == {"First name": "first_name", "Job title": ""}
    imported(bob, made)
    assert Contact.objects.get(first_name="Ann").post == ""


def test_spreadsheets_and_what_was_chosen_before(portal: Portal, alice: User) -> None:
    from datetime import date, datetime

    first = [["Kunde", "Wann", "Wert"], ["Harbour", datetime(2026, 3, 31), 1500.5]]  # noqa: DTZ001
    made = taken(alice, DEAL, "d.xlsx", xlsx(*first))
    assert targets(made)["Kunde"] == "company_id"
    imported(alice, made, {"Wann": "closes_on"})
    deal = Deal.objects.get(company__name="Harbour")
    assert (deal.closes_on, deal.amount, deal.title) == (date(2026, 3, 31), Decimal("1500.50"), "Harbour")
    assert targets(taken(alice, DEAL, "next.xlsx", xlsx(*first)))["Wann"] == "closes_on"


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/sharedStrings.xml", b"0" * (70 * 1024 * 1024))
    return target.getvalue()


def declaring() -> bytes:
    """A table that declares an entity, behind a comment so long that a glance at its beginning does not see it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(["Name"], ["Ann"]))) as given, zipfile.ZipFile(target, "w") as archive:
        for part in given.namelist():
            start, end, rest = given.read(part).partition(b"<worksheet")
            hidden = b"<!--" + b"x" * 5_000 + b"--><!DOCTYPE a [<!ENTITY e 'Ann'>]>" if end else b""
            archive.writestr(part, start + hidden + end + rest)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("b.xlsx", bomb, "unfolds to far too much"),
        ("x.xlsx", declaring, "is damaged"),
        ("e.csv", lambda: b"", "is not empty"),
        ("p.png", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\0", "is no table"),
        ("o.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        ("d.xlsx", lambda: b"PK\x05\x06" + b"\0" * 18, "no XLSX table"),
    ],
)
def test_files_that_are_no_tables(
    portal: Portal, alice: User, name: str, content: Callable[[], bytes], said: str
) -> None:  # promise 66
    with pytest.raises(Invalid) as refusal:
        taken(alice, CONTACT, name, content())
    assert said in str(refusal.value)
    assert not Import.objects.exists()


def test_the_api_takes_a_file_and_carries_it_out(portal: Portal, alice: User, api: Callable[..., Client]) -> None:
    client = api(alice)
    content = base64.b64encode(b"First name;Shoe size;E-mail\nAnn;39;ann@x.example\nBob;44;nonsense\n").decode()
    sent = {"kind": "contact", "name": "a.csv", "content": content}
    made = client.post("/api/v1/imports", sent, content_type="application/json").json()
    address = f"/api/v1/imports/{made['id']}"
    assert [column["target"] for column in made["columns"]] == ["first_name", "", "emails"]
    assert api(alice, scopes=["crm.contact.view"]).delete(address).status_code == 403  # reading removes nothing
    change = {"columns": {"Shoe size": "note"}, "options": {"duplicates": "skip"}}
    assert client.patch(address, change, content_type="application/json").json()["options"]["duplicates"] == "skip"
    assert client.get(f"{address}/preview").json()["counts"] == {"created": 1, "refused": 1}
    job = client.post(f"{address}/start").json()["job"]
    run(job, running.run_import, resumable=True)
    done = client.get(address).json()
    assert (done["state"], done["created_count"], done["refused_count"]) == ("done", 1, 1)
    (refused,) = client.get(f"{address}/rows?action=refused").json()["results"]
    assert (refused["number"], refused["cells"]) == (2, ["Bob", "44", "nonsense"])
    assert Contact.objects.get(first_name="Ann").comment == "Shoe size: 39"
    assert client.post(f"{address}/undo").json()["state"] == "undoing"


def test_refused_rows_come_back_as_no_formulas(portal: Portal, alice: User, as_: SignIn) -> None:  # promise 57
    made = take_file(actor=alice, kind=CONTACT, upload=uploaded("people.csv", "First name;E-mail\n=1+1;nonsense"))
    Import.objects.filter(pk=made.pk).update(refused_count=1)
    cells = ["=HYPERLINK(1)", "@SUM(1)"]
    ImportRow.objects.create(imported=made, number=2, action=ImportRow.Action.REFUSED, cells=cells, reason="-")
    lines = b"".join(as_(alice).get(f"/crm/imports/{made.pk}/refused/").streaming_content).decode().splitlines()  # type: ignore[arg-type]
    assert lines[1] == "'=HYPERLINK(1);'@SUM(1);'-"


def test_only_known_encodings_are_taken(portal: Portal, alice: User, as_: SignIn) -> None:
    made = take_file(actor=alice, kind=CONTACT, upload=uploaded("people.csv", TABLE))
    for encoding in ("undefined", "idna", "a\0b"):
        form = {"anew": "1", "encoding": encoding, "delimiter": ";", "header": "1", "duplicates": "empty"}
        assert as_(alice).post(f"/crm/imports/{made.pk}/", form).status_code == 422
    assert Import.objects.get(pk=made.pk).shape == made.shape
