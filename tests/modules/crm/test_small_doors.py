"""Small things at the edge: numbers as people write them, odd lists of phones, the price of a new product, parties."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from modules.crm.demo.texts import texts_for
from modules.crm.domain.kinds import COMPANY, CONTACT, INVOICE
from modules.crm.domain.money import number_text, number_typed
from modules.crm.domain.record import edit_record
from modules.crm.domain.selling.prices import prices_of
from modules.crm.domain.selling.product_rows import rows_of, set_rows
from modules.crm.models import Contact, Import, Product
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
ApiClient = Callable[..., Client]


@given(st.decimals(min_value=0, max_value=10**13, places=4), st.sampled_from(["en", "ru", "pl", "pt", "fr", "vi"]))
def test_a_number_is_read_as_it_was_written(number: Decimal, language: str) -> None:
    with translation.override(language):
        assert Decimal(number_text(number_typed(number))) == number


def test_rows_are_written_with_the_readers_comma_and_read_with_either(portal: Portal, as_: SignIn, alice: User) -> None:
    alice.locale = "ru"
    alice.save(update_fields=["locale"])
    invoice = record(alice, INVOICE, title="Bread")
    set_rows(actor=alice, record=invoice, rows=[{"title": "Rye", "quantity": "2.5", "price": Decimal("4.125")}])
    page = f"/crm/invoices/{invoice.pk}/rows/"
    text = as_(alice).get(page).content.decode()
    names = ("product", "title", "unit", "quantity", "price", "discount", "discount_kind", "vat_rate", "vat_included")
    shown = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', text) for name in names}
    sent = {name: found[1] for name, found in shown.items() if found}
    assert (sent["quantity"], sent["price"]) == ("2,5", "4,1250")
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version
    sent |= {"version": version[1], "unit": "piece", "discount_kind": "percent", "vat_included": "1"}
    for quantity in ("2,5", "2.5"):
        answer = as_(alice).post(page, {**sent, "quantity": quantity})
        assert answer.status_code == 302
        row = rows_of(invoice)[0]
        assert (row.quantity, row.price) == (Decimal("2.5"), Decimal("4.125"))
        invoice.refresh_from_db()
        sent["version"] = str(invoice.version)


ODD: list[Any] = [17, None, ["+44 20 7946 0001"], {}, {"typed": 5}, {"typed": {"a": 1}}, {"label": 3}, True]


@pytest.mark.parametrize("name", ["phones", "emails", "messengers", "sites"])
def test_odd_elements_of_a_list_are_refused(portal: Portal, api: ApiClient, alice: User, name: str) -> None:
    client = api(alice)
    for odd in ODD:
        body = json.dumps({"first_name": "Ann", name: ["", odd]})
        answer = client.post("/api/v1/contacts", body, content_type="application/json")
        assert answer.status_code == 400, odd
        assert [key.partition(".")[0] for key in answer.json()["errors"]] == [name], odd
    assert not Contact.objects.exists()


def test_what_the_api_gives_it_takes_back(portal: Portal, api: ApiClient, alice: User) -> None:
    ann = record(alice, CONTACT, first_name="Ann")
    client = api(alice)
    edit_record(actor=alice, record=ann, changes={"phones": [{"typed": "+44 20 7946 0001", "label": "work"}]})
    found = client.get(f"/api/v1/contacts/{ann.pk}")
    body = json.dumps({"phones": found.json()["phones"], "comment": "same"})
    kept = client.patch(
        f"/api/v1/contacts/{ann.pk}", body, content_type="application/json", headers={"If-Match": found["ETag"]}
    )
    assert kept.status_code == 200
    assert kept.json()["phones"] == found.json()["phones"]


def test_a_new_product_is_asked_for_its_price(portal: Portal, as_: SignIn, alice: User) -> None:
    client = as_(alice)
    assert 'name="price"' in client.get("/crm/products/new/").content.decode()
    asked = {"title": "Rye bread", "type": "goods", "unit": "piece", "vat_included": "yes"}
    refused = client.post("/crm/products/new/", {**asked, "price": "much"})
    assert (refused.status_code, Product.objects.count()) == (422, 0)
    assert 'value="much"' in refused.content.decode()
    client.post("/crm/products/new/", {**asked, "price": "4,20"})
    made = Product.objects.get()
    assert [(row.type.is_usual, row.amount) for row in prices_of(made)] == [(True, Decimal("4.2"))]


def test_pages_of_an_import_belong_to_what_it_brings(portal: Portal, as_: SignIn, alice: User) -> None:
    client = as_(alice)
    file = SimpleUploadedFile("people.csv", b"First name,Last name\nAnn,Lee\n", "text/csv")
    client.post("/crm/contacts/import/", {"file": file})
    made = Import.objects.get()
    for page in (f"/crm/imports/{made.pk}/", f"/crm/imports/{made.pk}/check/"):
        text = client.get(page).content.decode()
        marked = re.findall(r'<a[^>]*href="([^"]+)"[^>]*aria-current="(?:page|true)"', text)
        assert "/crm/contacts/" in marked
        assert "/crm/deals/" not in marked


def test_payers_of_a_client_are_offered_first(portal: Portal, as_: SignIn, alice: User, bob: User) -> None:
    buyer = record(alice, COMPANY, name="Buyer")
    branch = record(alice, COMPANY, name="Branch", parent_id=buyer.pk)
    bank = record(alice, COMPANY, name="Bank")
    record(alice, INVOICE, title="Before", company_id=buyer.pk, payer_id=bank.pk)
    record(alice, COMPANY, name="Stranger")
    invoice = record(alice, INVOICE, title="Now", company_id=buyer.pk)
    client = as_(alice)
    form = client.get(f"/crm/invoices/{invoice.pk}/edit/payer_id/").content.decode()
    assert f"near={buyer.pk}" in form
    offered = client.get("/crm/choose/", {"kinds": "company", "near": buyer.pk}).content.decode()
    assert re.findall(r'data-value="(\d+)"', offered)[:3] == [str(bank.pk), str(buyer.pk), str(branch.pk)]
    assert "Stranger" in offered
    typed = client.get("/crm/choose/", {"kinds": "company", "near": buyer.pk, "q": "Strang"}).content.decode()
    assert re.findall(r'data-title="(\w+)"', typed)[0] == "Stranger"
    closed = as_(bob).get("/crm/choose/", {"kinds": "company", "near": buyer.pk}).content.decode()
    assert "Bank" not in closed


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_nobody_in_the_demo_shares_a_phone_or_an_address(locale: str) -> None:
    texts = texts_for(locale)
    assert len(texts.mail_hosts) == len(texts.companies)
    assert len({texts.phone_of(number) for number in range(900)}) == 900
    assert len({texts.email_of(number) for number in range(900)}) == 900
