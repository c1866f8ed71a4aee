"""The export files of other systems that companies bring, whole. They lie beside the repository."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD, Kind
from modules.crm.models import Affiliation, Company, Contact, Deal, Import, ImportRow, Lead, Requisite
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.importing import SAMPLES, imported, taken, targets

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"the sample files are not beside the repository: {SAMPLES}"
)


def sample(person: User, kind: Kind, name: str) -> Import:
    return taken(person, kind, name, (SAMPLES / name).read_bytes())


def counts(made: Import) -> tuple[str, int, int, int, int]:
    return made.state, made.created_count, made.updated_count, made.skipped_count, made.refused_count


def reasons(made: Import, action: str) -> list[tuple[int, str]]:
    rows = ImportRow.objects.filter(imported=made, action=action).order_by("number")
    return list(rows.values_list("number", "reason"))


def test_contacts_in_a_russian_code_page(portal: Portal, alice: User) -> None:
    made = sample(alice, CONTACT, "kontakty_ru_cp1251.csv")
    assert (made.shape["encoding"], made.shape["delimiter"], made.total) == ("cp1251", ";", 300)
    assert targets(made) == {
        "Фамилия": "last_name",
        "Имя": "first_name",
        "Отчество": "middle_name",
        "Компания": "companies",
        "Должность": "post",
        "Рабочий телефон": "phones:work",
        "Мобильный телефон": "phones:mobile",
        "E-mail": "emails",
        "Дата рождения": "birthday",
        "Ответственный": "responsible",
    }
    done = imported(alice, made)
    assert counts(done) == ("done", 300, 0, 0, 0)
    assert done.linked_count == 298  # two companies are named twice
    first = Contact.objects.get(contact_points__value="ljubosmisl77@example.com")
    assert (first.name, first.birthday) == ("Владилен Архипович Носков", date(2002, 5, 31))
    assert [(p.label, p.typed) for p in first.contact_points.filter(kind="phone")] == [
        ("work", "8 (495) 450-29-72"),
        ("mobile", "8-974-595-14-14"),
    ]
    work = Affiliation.objects.get(contact=first)
    assert (work.company.name, work.post) == ("ООО «Никифоров, Горбачев и Бирюков»", "Жиловщик/Обвальщик")


def test_polish_companies_with_tax_numbers_and_holdings(portal: Portal, alice: User) -> None:
    done = imported(alice, sample(alice, COMPANY, "firmy_pl.csv"))
    assert counts(done)[:2] == ("done", 200 - done.updated_count)
    assert (done.refused_count, Company.objects.filter(name__endswith="Sp.k.", deleted_at=None).exists()) == (0, True)
    first = Company.objects.get(name="Dębosz Sp.k.")
    assert (first.revenue, first.created_at.date()) == (Decimal("6751831.39"), date(2025, 5, 22))
    assert Requisite.objects.get(company=first).values == {"nip": "6394677063", "regon": "116535211"}
    child = Company.objects.get(name="Janic s.c.")
    assert (child.parent and child.parent.name) == "Machowicz Sp. z o.o. Sp.k."
    parent = Company.objects.get(name="Machowicz Sp. z o.o. Sp.k.")
    assert parent.revenue == Decimal("5208955.81")  # one company, although named before or after its own row


def test_english_leads(portal: Portal, alice: User) -> None:
    made = sample(alice, LEAD, "leads_en_utf8bom.csv")
    assert (made.shape["encoding"], made.shape["delimiter"], made.total) == ("utf-8-sig", ",", 528)
    assert targets(made)["Status"] == "stage"
    done = imported(alice, made)
    assert counts(done) == ("done", 505, 0, 22, 1)
    assert reasons(done, "refused")[0][0] == 527
    lead = Lead.objects.get(title="News card")
    assert lead.stage.kind == "open"
    assert (lead.person_name, lead.amount, lead.currency) == ("Robert Fernandez", Decimal("28240.04"), "USD")


def test_russian_deals_link_companies_and_people(portal: Portal, alice: User) -> None:
    done = imported(alice, sample(alice, DEAL, "deals_export_ru.csv"))
    assert counts(done) == ("done", 400, 0, 0, 0)
    deal = Deal.objects.get(title="Сделка #1000")
    assert (deal.amount, deal.currency, deal.probability) == (Decimal("1347352.66"), "RUB", 50)
    assert (deal.company and deal.company.name, deal.begins_on, deal.type) == ("А.П.Р.", date(2026, 8, 20), "service")
    assert [str(contact) for contact in deal.contacts.all()] == ["Эммануил Щукин"]
    assert deal.comment == "Повторная сделка: Y\nStage: Подготовка документов"
    again = imported(alice, sample(alice, DEAL, "deals_export_ru.csv"))  # known by their ids in the other system
    assert counts(again) == ("done", 0, 0, 400, 0)


def test_cards_of_both_versions(portal: Portal, alice: User) -> None:
    made = sample(alice, CONTACT, "contacts.vcf")
    assert (made.shape["format"], made.total) == ("vcard", 60)
    done = imported(alice, made)
    assert (counts(done), done.linked_count) == (("done", 60, 0, 0, 0), 60)
    contact = Contact.objects.get(name="Аверьян Тихонова")
    assert contact.comment == "First line\nsecond line, with a comma"
    assert [str(address) for address in contact.addresses.all()] == [
        "пр. Толбухина, д. 9/6, с. Быково (метеост.), 567263"
    ]
