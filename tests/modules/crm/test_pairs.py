"""Duplicates found in the background; merging many from the list; lists in the order of an own field; vCards out."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from infra.jobs.domain.running import run
from infra.jobs.models import Job
from infra.ui.lists import background
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.duplicates import find_duplicates, probe_of
from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.kinds import COMPANY, CONTACT, LEAD
from modules.crm.domain.pairs import open_pairs, say_apart, scan
from modules.crm.domain.search import found, has_trigrams
from modules.crm.domain.selling.requisite import NewRequisite, set_requisite
from modules.crm.models import Company, Contact, DuplicatePair
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]


def pairs(person: User, kind: object = CONTACT) -> list[tuple[int, int, list[str]]]:
    rows = open_pairs(person, kind).order_by("-score", "-id")
    return [(pair.left_id, pair.right_id, pair.signs) for pair in rows]


def test_signs_of_the_same(portal: Portal, alice: User) -> None:
    Contact.objects.all().delete()
    one = record(alice, CONTACT, first_name="Ann", last_name="Lee", phones=["+44 20 7946 0123"], emails=["a@x.example"])
    two = record(alice, CONTACT, first_name="Anna", phones=["020 7946 0123"], emails=["A@X.example"])
    three = record(alice, CONTACT, first_name="Lee", last_name="Ann")
    record(alice, CONTACT, first_name="Bob")
    assert scan(CONTACT) == len(pairs(alice))
    assert (one.pk, three.pk, ["name"]) in pairs(alice)
    assert next(signs for left, right, signs in pairs(alice) if (left, right) == (one.pk, two.pk))[0] == "email"


def test_companies_by_tax_number_and_nearly_equal_names(portal: Portal, alice: User) -> None:
    firms = [record(alice, COMPANY, name=name) for name in ("ООО «Ромашка»", "Ромашка АО", "Harbourside", "Harborside")]
    for firm in (firms[0], firms[2]):
        set_requisite(actor=alice, record=firm, new=NewRequisite(template="ru_org", values={"inn": "7707083893"}))
    scan(COMPANY)
    ids = [firm.pk for firm in firms]
    assert pairs(alice, COMPANY) == [
        (ids[0], ids[2], ["tax"]),
        (ids[0], ids[1], ["name"]),
        (ids[2], ids[3], ["name"]),
    ]


def test_said_to_be_two_is_remembered(portal: Portal, alice: User, bob: User, as_: SignIn) -> None:
    one = record(alice, CONTACT, first_name="Ann", emails=["a@x.example"])
    two = record(alice, CONTACT, first_name="Bea", emails=["a@x.example"])
    scan(CONTACT)
    browser = as_(alice)
    page = browser.get("/crm/contacts/duplicates/").content.decode()
    assert f"/crm/contacts/{one.pk}/merge/?other={two.pk}" in page
    assert "No duplicates" in as_(bob).get("/crm/contacts/duplicates/").content.decode()
    pair = DuplicatePair.objects.get(left_id=one.pk, right_id=two.pk)
    assert as_(bob).post(f"/crm/contacts/duplicates/{pair.pk}/apart/").status_code == 404
    assert browser.post(f"/crm/contacts/duplicates/{pair.pk}/apart/").status_code == 302
    scan(CONTACT)
    assert (one.pk, two.pk) not in {(left, right) for left, right, _signs in pairs(alice)}
    assert find_duplicates(actor=alice, probe=probe_of(one), kinds=["contact"], besides=one) == []
    assert browser.post("/crm/contacts/duplicates/").status_code == 302
    assert Job.objects.filter(task="crm.scan_duplicates", args=["contact"]).count() == 1


def test_what_is_gone_is_no_pair(portal: Portal, alice: User) -> None:
    one = record(alice, CONTACT, first_name="Ann", emails=["a@x.example"])
    record(alice, CONTACT, first_name="Bea", emails=["a@x.example"])
    scan(CONTACT)
    pair = DuplicatePair.objects.get(left_id=one.pk)
    say_apart(actor=alice, kind=CONTACT, pair=pair)
    Contact.objects.filter(pk=one.pk).delete()
    scan(CONTACT)
    assert not open_pairs(alice, CONTACT).filter(left_id=one.pk).exists()


def test_many_are_merged_from_the_list(portal: Portal, alice: User, as_: SignIn) -> None:
    firms = [record(alice, COMPANY, name=f"Firm {n}", phones=[f"+44 20 7946 000{n}"]) for n in range(3)]
    form = {"do": "bulk", "action": "merge", "keep": "oldest", "ids": [str(firm.pk) for firm in firms]}
    assert as_(alice).post("/crm/companies/", form).status_code == 303
    kept = Company.objects.alive().get(pk__in=[firm.pk for firm in firms])
    assert (kept.pk, kept.contact_points.count()) == (firms[0].pk, 3)
    lonely = as_(alice).post("/crm/companies/", {**form, "ids": [str(kept.pk)]}, headers={"HX-Request": "true"})
    assert lonely.status_code == 422


@pytest.mark.parametrize("order", ["", "-"])
def test_an_own_field_sorts_with_the_empty_ones_last(
    portal: Portal, alice: User, as_: SignIn, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = add_field(actor=alice, kind=LEAD, design=FieldDesign(name="Size", type="number", in_list=True))
    sizes = [Decimal(5), None, Decimal(-1), Decimal(5), None, Decimal(40)]
    leads = [
        record(alice, LEAD, title=f"Sized {n}", **({field.key: str(size)} if size is not None else {}))
        for n, size in enumerate(sizes)
    ]
    monkeypatch.setattr("modules.crm.views.listing.RecordList.page_size", 2)
    browser = as_(alice)
    seen: list[str] = []
    url = f"/crm/leads/?q=Sized&order={order}{field.key}"
    after = ""

    for _page in range(3):
        page = browser.get(url + (f"&after={after}" if after else "")).content.decode()
        seen += re.findall(r'data-row="(\d+)"', page)
        after = next((link for link in re.findall(r"[?&;]after=([\w-]+)", page) if link != after), "")
    valued = sorted((n for n in range(6) if sizes[n] is not None), key=lambda n: (sizes[n], n), reverse=order == "-")
    assert seen == [str(leads[n].pk) for n in [*valued, 1, 4]]
    assert browser.get(f"{url}&after=broken").status_code == 400


def test_contacts_as_cards_without_hidden_fields(portal: Portal, alice: User, carol: User, as_: SignIn) -> None:
    record(alice, CONTACT, first_name="Ann, the first", last_name="Лишь", phones=["+44 20 7946 0123"], post="Head")
    set_field_rights(actor=alice, kind=CONTACT, field="phones", rights={carol.role_id: "hidden"})
    whole = b"".join(as_(alice).get("/crm/contacts/?export=vcf&q=Лишь").streaming_content).decode()
    assert whole == (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Лишь;Ann\\, the first;;;\r\nFN:Ann\\, the first Лишь\r\nTITLE:Head\r\n"
        "TEL;TYPE=VOICE:+44 20 7946 0123\r\nEND:VCARD\r\n"
    )
    narrow = b"".join(as_(carol).get("/crm/contacts/?export=vcf&q=Лишь").streaming_content).decode()
    assert ("TITLE:Head" in narrow, "TEL" in narrow) == (True, False)


def test_a_large_export_is_made_in_the_background(
    portal: Portal, alice: User, bob: User, as_: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.ui.lists.screen.LARGE", 1)
    for name in ("=1+1", "Bea"):
        record(alice, CONTACT, first_name=name, last_name="Exported")
    browser = as_(alice)
    assert browser.get("/crm/contacts/?export=csv&q=Exported")["Location"] == "/jobs/"
    job = Job.objects.get(task=background.TASK)
    run(job.pk, background.export_list, resumable=False)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", f"/exports/{job.pk}/")
    assert as_(bob).get(job.result).status_code == 404
    link = browser.get(job.result)["Location"]
    file = browser.get(link)
    text = b"".join(file.streaming_content).decode()
    assert ("'=1+1" in text, "Bea" in text) == (True, True)  # promise 57


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Piekarnia Dębosz", "debosz"),
        ("Piekarnia Dębosz", "piekarnie"),
        ("Padaria São João", "sao joao"),
        ("Padaria São João", "padarias"),
        ("Boulangerie Édouard", "boulangeries edouard"),
        ("Tiệm bánh Nguyễn", "nguyen"),
        ("Bäckerei Schröder", "backereien"),
        ("Panadería Núñez", "panaderias nunez"),
        ("Пекарня на углу", "пекарнями"),
        ("The bakeries", "bakery"),
    ],
)
def test_endings_and_accents_of_many_languages(portal: Portal, alice: User, name: str, typed: str) -> None:
    firm = record(alice, COMPANY, name=name)
    assert [row.pk for row in found(Company.objects.all(), typed)] == [firm.pk]


def test_mistyped_words_do_no_harm_where_the_database_knows_no_trigrams(portal: Portal, alice: User) -> None:
    record(alice, COMPANY, name="Harbourside")
    assert len(found(Company.objects.all(), "Hrabourside")) == int(has_trigrams())
