"""Imports under bad conditions: rights that go, workers that die, two at once, ragged files, a report that returns."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connections
from django.test import Client

from infra.db.current import enter
from infra.jobs.domain.job import cancel
from infra.jobs.domain.running import run
from infra.jobs.models import Job
from infra.kit.spec import Scope
from modules.crm.domain.importing import running
from modules.crm.domain.importing.imports import access_import, start_import, start_undo
from modules.crm.domain.importing.running import preview, run_import
from modules.crm.domain.importing.undo import run_undo
from modules.crm.domain.kinds import CONTACT, DEAL, LEAD
from modules.crm.models import Contact, Deal, ImportRow
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.importing import imported, taken, targets
from tests.factories.record import record

JSON = "application/json"
FOUR = "Deal name\n" + "".join(f"Deal {n}\n" for n in range(4))


def names() -> list[str]:
    return list(Deal.objects.filter(title__startswith="Deal ").order_by("title").values_list("title", flat=True))


@pytest.mark.parametrize("how", ["right", "person"])
def test_who_may_no_more_imports_no_more(
    portal: Portal, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    started = start_import(actor=bob, made=taken(bob, DEAL, "d.csv", FOUR))
    none = create_role(actor=alice, name="None", base="employee", permissions={"crm.deal.create": Scope.NONE})
    monkeypatch.setattr(running, "BATCH", 2)
    written = running._write_sound

    def then(*given: object) -> object:
        done = written(*given)
        User.objects.filter(pk=bob.pk).update(**({"role": none} if how == "right" else {"is_active": False}))
        return done

    monkeypatch.setattr(running, "_write_sound", then)
    run(started.job_id or 0, run_import, resumable=True)
    assert names() == ["Deal 0", "Deal 1"]
    made = access_import(alice, started.pk)
    assert (made.state, made.created_count) == ("failed", 2)
    assert Job.objects.get(pk=started.job_id).state == "failed"


def test_an_import_is_over_when_its_job_is(portal: Portal, alice: User) -> None:
    waiting = start_import(actor=alice, made=taken(alice, DEAL, "d.csv", FOUR))
    cancel(actor=alice, job_id=waiting.job_id or 0)  # before any worker took it
    assert access_import(alice, waiting.pk).state == "cancelled"
    killed = start_import(actor=alice, made=taken(alice, DEAL, "d.csv", FOUR))
    Job.objects.filter(pk=killed.job_id).update(state="running", attempts=3)
    run(killed.job_id or 0, run_import, resumable=True)  # three workers died of it
    assert access_import(alice, killed.pk).state == "failed"
    done = imported(alice, taken(alice, DEAL, "d.csv", FOUR))
    cancel(actor=alice, job_id=start_undo(actor=alice, made=done).job_id or 0)
    again = start_undo(actor=alice, made=access_import(alice, done.pk))
    run(again.job_id or 0, run_undo, resumable=True)
    assert access_import(alice, done.pk).state == "undone"
    assert not Deal.objects.alive().filter(title__startswith="Deal ").exists()


@pytest.mark.commits
def test_two_imports_of_one_file_at_once_make_each_record_once(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal()
    with enter(portal):
        owner = User.objects.get()
        made = [start_import(actor=owner, made=taken(owner, DEAL, "d.csv", FOUR)) for _n in range(2)]
    gate = threading.Barrier(2)

    def work(job_id: int) -> None:
        with enter(portal):
            gate.wait()
            run(job_id, run_import, resumable=True)
        connections.close_all()

    threads = [threading.Thread(target=work, args=(one.job_id,)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with enter(portal):
        assert names() == [f"Deal {n}" for n in range(4)]


def test_the_look_before_says_what_the_import_does(portal: Portal, alice: User) -> None:
    table = "First name;E-mail;Post\nAnn;ann@x.example;\nAnna;ann@x.example;Cook\nAn;ann@x.example;\nBob;nonsense;\n"
    made = taken(alice, CONTACT, "a.csv", table)
    made.columns[2]["target"] = "post"
    made.save()
    seen = preview(alice, made)
    assert seen.counts == {"created": 1, "updated": 2, "refused": 1}
    wrong = taken(alice, CONTACT, "b.csv", "First name;E-mail;Site\nCid;cid@x.example;\nCyd;cid@x.example;no site\n")
    assert preview(alice, wrong).counts.get("refused", 0) == imported(alice, wrong).refused_count


def test_a_row_that_slipped_is_refused_and_the_report_comes_back_whole(
    portal: Portal, alice: User, as_: Callable[[User], Client]
) -> None:
    rows = "Ann,+44 20 7946 0001,nonsense\nLee, Bob,+44 20 7946 0002,b@x.example\nCid,,c@x.example\n"
    table = f"First name,Phone,E-mail\n{rows}"
    done = imported(alice, taken(alice, CONTACT, "a.csv", table))
    assert (done.created_count, done.refused_count) == (1, 2)
    assert not Contact.objects.filter(first_name="Lee").exists()
    assert "more cells" in ImportRow.objects.get(imported=done, number=2).reason
    report = b"".join(as_(alice).get(f"/crm/imports/{done.pk}/refused/").streaming_content).decode()  # type: ignore[arg-type]
    mended = report.replace("nonsense", "ann@x.example")
    again = taken(alice, CONTACT, "refused.csv", mended)
    assert targets(again)["Reason"] == ""
    imported(alice, again)
    ann = Contact.objects.get(first_name="Ann")
    assert (ann.contact_points.get(kind="phone").typed, ann.comment) == ("+44 20 7946 0001", "")


def test_columns_without_a_name_are_not_remembered_for_another_file(portal: Portal, alice: User) -> None:
    imported(alice, taken(alice, LEAD, "a.csv", "Bread,10\nRye,20\n"), {"Column 1": "title", "Column 2": "note"})
    other = taken(alice, LEAD, "b.csv", "ann@x.example,+44 20 7946 0001\nbob@x.example,+44 20 7946 0002\n")
    assert targets(other) == {"Column 1": "emails", "Column 2": "phones"}


def test_a_program_reads_a_file_anew(portal: Portal, alice: User, api: Callable[..., Client]) -> None:
    content = base64.b64encode("Имя|Фамилия\nАня|Ли\n".encode("koi8_r")).decode()
    made = api(alice).post("/api/v1/imports", {"kind": "contact", "name": "a.csv", "content": content}, JSON).json()
    address = f"/api/v1/imports/{made['id']}"
    anew = api(alice).patch(address, {"encoding": "koi8_r", "delimiter": "|", "header": True}, JSON).json()
    assert [column["target"] for column in anew["columns"]] == ["first_name", "last_name"]
    assert api(alice).patch(address, {"encoding": "idna"}, JSON).status_code == 400
    both = {"header": False, "columns": {"Имя": ""}}
    assert api(alice).patch(address, both, JSON).status_code == 400


def test_record_1_of_another_system_is_another(portal: Portal, alice: User) -> None:
    imported(alice, taken(alice, CONTACT, "a.csv", "ID;First name;E-mail\n1;Ann;ann@x.example\n"))
    other = "ID;First name;E-mail;Post\n1;Bob;bob@x.example;Cook\n"
    assert imported(alice, taken(alice, CONTACT, "b.csv", other), duplicates="all").created_count == 1
    again = "ID;First name;E-mail\n1;Anna;anna@y.example\n"  # a later export of the first
    assert imported(alice, taken(alice, CONTACT, "c.csv", again), duplicates="all").updated_count == 1
    same = "Number;ID;First name;Phone\n7;1;Anna;+44 20 7946 0001\n"  # the same name in other columns
    assert imported(alice, taken(alice, CONTACT, "d.csv", same), {"Number": ""}).updated_count == 1
    names = list(Contact.objects.order_by("pk").values_list("first_name", "post").filter(post__in=["", "Cook"]))
    assert [name for name in names if name[0] in ("Ann", "Anna", "Bob")] == [("Anna", ""), ("Bob", "Cook")]


def test_a_record_in_the_trash_hides_no_other(portal: Portal, alice: User) -> None:
    table = "ID;First name;E-mail\n1;Ann;ann@x.example\n"
    done = imported(alice, taken(alice, CONTACT, "a.csv", table))
    started = start_undo(actor=alice, made=done)
    run(started.job_id or 0, run_undo, resumable=True)
    record(alice, CONTACT, first_name="Ann", emails=["ann@x.example"])
    again = imported(alice, taken(alice, CONTACT, "a.csv", table))
    assert (again.created_count, again.skipped_count) == (0, 1)


def test_the_order_of_ambiguous_days_is_chosen(
    portal: Portal, alice: User, as_: Callable[[User], Client], api: Callable[..., Client]
) -> None:
    table = "Deal name,Close date,Created\nRye,01/02/2026,2026-01-05\n" + "Oat,05/05/2026,2026-01-06\n" * 250
    page = f"/crm/imports/{taken(alice, DEAL, 'd.csv', table).pk}/"
    shown = as_(alice).get(page).content.decode()
    assert "01/02/2026 = 1 February 2026" in shown
    assert (shown.count('name="days_'), 'name="days_1"' in shown) == (1, True)
    form = {"column_0": "title", "column_1": "closes_on", "column_2": "created_at", "duplicates": "create"}
    assert as_(alice).post(page, {**form, "days_1": "ydm"}).status_code == 422
    assert as_(alice).post(page, {**form, "days_1": "mdy"})["Location"] == f"{page}check/"
    made = access_import(alice, int(page.split("/")[-2]))
    run(start_import(actor=alice, made=made).job_id or 0, run_import, resumable=True)
    assert Deal.objects.get(title="Rye").closes_on == date(2026, 1, 2)
    later = taken(alice, DEAL, "e.csv", table + "Bun,03/14/2026,\n")  # beyond the rows that columns are guessed by
    assert (later.columns[1]["days"], later.columns[1]["orders"]) == ("mdy", ())
    program, other = api(alice), taken(alice, DEAL, "f.csv", table)
    address = f"/api/v1/imports/{other.pk}"
    assert program.patch(address, {"days": {"Created": "mdy"}}, JSON).status_code == 400
    assert program.patch(address, {"days": {"None": "mdy"}}, JSON).status_code == 400
    assert program.get(address).json()["columns"][1]["orders"] == ["dmy", "mdy"]
    assert program.patch(address, {"days": {"Close date": "mdy"}}, JSON).json()["columns"][1]["days"] == "mdy"


def test_lines_that_a_quotation_mark_joins_are_refused_one_by_one(portal: Portal, alice: User) -> None:
    table = 'Deal name,Comment,Amount\nRye,"x,3\nOat,y,4\nBun,"z",5\nPie,w,6\n'
    made = taken(alice, DEAL, "d.csv", table)
    assert preview(alice, made).counts == {"refused": 3, "created": 1}
    assert (imported(alice, made).refused_count, Deal.objects.get().title) == (3, "Pie")
    assert [row.cells for row in ImportRow.objects.filter(action="refused").order_by("number")] == [
        ["Rye", '"x', "3"],
        ["Oat", "y", "4"],
        ["Bun", "z", "5"],
    ]
