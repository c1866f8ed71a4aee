"""Products, rows, quotes, invoices, payments and stock, by the verbs that screens and the API call."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, Denied, Invalid
from modules.crm.domain.kinds import COMPANY, DEAL, INVOICE, PRODUCT, QUOTE
from modules.crm.domain.record import delete_record, edit_record, move_record, restore_record
from modules.crm.domain.selling.catalogue import catalogue
from modules.crm.domain.selling.document_letter import letter_for, send_document
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.document_status import (
    answer_quote,
    cancel_invoice,
    issue_invoice,
    pass_days,
    set_quote_status,
)
from modules.crm.domain.selling.paper import document_pdf, paper_of
from modules.crm.domain.selling.payment import record_payment, take_back_payment
from modules.crm.domain.selling.price_type import price_types
from modules.crm.domain.selling.prices import set_prices
from modules.crm.domain.selling.product_rows import rows_of, set_rows
from modules.crm.domain.selling.product_section import set_section
from modules.crm.domain.selling.public_link import close_link, link_of, open_link
from modules.crm.domain.selling.recurrence import make_due, set_recurrence
from modules.crm.domain.selling.stock import finish_goods, set_reserving
from modules.crm.models import Activity, Deal, Invoice, Product, Quote, Stage
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record


@pytest.fixture
def tea(portal: Portal, alice: User) -> Product:
    """Goods with prices and stock."""
    product = record(alice, PRODUCT, title="Green tea", sku="T-1", on_hand="10", vat_rate="20", vat_included="yes")
    retail, wholesale, _dealer = price_types()
    set_prices(actor=alice, product=product, prices={(retail.pk, "EUR"): "12.00", (wholesale.pk, "EUR"): "9,50"})
    return product


def deal_of(owner: User, **values: Any) -> Deal:
    return record(owner, DEAL, **{"title": "Tea for the office", "currency": "EUR", **values})


def won() -> Stage:
    return Stage.objects.get(pipeline__is_usual=True, pipeline__kind="deal", kind="won")


def test_the_amount_of_a_deal_follows_its_rows(portal: Portal, alice: User, tea: Product) -> None:
    deal = deal_of(alice, amount="500")
    deal = set_rows(actor=alice, record=deal, rows=[{"product": tea.pk, "quantity": "3"}])
    assert (deal.amount, deal.amount_by_hand) == (Decimal("36.00"), False)
    row = rows_of(deal)[0]
    assert (row.title, row.price, row.vat_rate, row.net, row.vat) == (
        "Green tea", Decimal(12), Decimal(20), Decimal("30.00"), Decimal("6.00"),
    )  # fmt: skip
    deal = edit_record(actor=alice, record=deal, changes={"amount": "40"})
    assert deal.amount_by_hand
    deal = set_rows(actor=alice, record=deal, rows=[{"product": tea.pk, "quantity": "4"}])
    assert deal.amount == Decimal(40)
    deal = set_rows(actor=alice, record=deal, rows=[{"product": tea.pk, "quantity": "4"}], by_hand=False)
    assert deal.amount == Decimal("48.00")
    deal = edit_record(actor=alice, record=deal, changes={"currency": "VND"})
    assert Deal.objects.get(pk=deal.pk).amount == Decimal(48)


def test_a_client_gets_prices_and_discount_of_their_own(portal: Portal, alice: User, tea: Product) -> None:
    wholesale = price_types()[1]
    client = record(alice, COMPANY, name="Cafés", price_type_id=wholesale.pk, discount="10")
    deal = deal_of(alice, company_id=client.pk)
    deal = set_rows(
        actor=alice, record=deal, rows=[{"product": tea.pk, "quantity": "2"}, {"title": "Delivery", "price": "5"}]
    )
    first, second = rows_of(deal)
    assert (first.price, first.discount_percent, first.total) == (Decimal("9.5"), Decimal(10), Decimal("17.10"))
    assert (second.discount_percent, second.total) == (Decimal(0), Decimal(5))


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"title": ""}, "title"),
        ({"product": 10**12}, "product"),
        ({"title": "x", "quantity": "0"}, "quantity"),
        ({"title": "x", "quantity": "many"}, "quantity"),
        ({"title": "x", "price": "-1"}, "price"),
        ({"title": "x", "discount_percent": "101"}, "discount_percent"),
        ({"title": "x", "discount_percent": "5", "discount_amount": "5"}, "discount_amount"),
        ({"title": "x", "vat_rate": "120"}, "vat_rate"),
        ({"title": "x", "unit": "barrel"}, "unit"),
        ({"title": "x", "moon": "1"}, "moon"),
        ({"title": "x", "price": "9" * 13, "quantity": "99999"}, "price"),
    ],
)
def test_what_a_row_cannot_be(portal: Portal, alice: User, row: dict[str, Any], key: str) -> None:
    deal = deal_of(alice, amount="7")
    with pytest.raises(Invalid) as refusal:
        set_rows(actor=alice, record=deal, rows=[{"title": "good", "price": "1"}, row])
    assert list(refusal.value.fields) == [f"rows.1.{key}"]
    deal.refresh_from_db()
    assert (deal.amount, rows_of(deal)) == (Decimal(7), [])


def test_the_database_refuses_sums_that_do_not_add_up(portal: Portal, alice: User) -> None:
    deal = set_rows(actor=alice, record=deal_of(alice), rows=[{"title": "x", "price": "1"}])
    with pytest.raises(IntegrityError), transaction.atomic():
        rows_of(deal)[0].__class__.objects.filter(deal=deal).update(total=5)


def test_a_quote_goes_from_the_deal_to_the_client_and_back(portal: Portal, alice: User, tea: Product) -> None:
    deal = set_rows(actor=alice, record=deal_of(alice), rows=[{"product": tea.pk, "quantity": "2"}])
    quote = make_document(actor=alice, kind=QUOTE, source=deal)
    assert (quote.total, quote.deal_id, quote.status) == (Decimal("24.00"), deal.pk, "draft")
    assert quote.number.startswith("Q-")
    quote = open_link(actor=alice, record=quote)
    assert quote.status == "sent"
    old = quote.version
    quote = set_rows(actor=alice, record=quote, rows=[{"product": tea.pk, "quantity": "1"}])
    with pytest.raises(Conflict) as refusal:
        answer_quote(quote=quote, accept=True, name="Ann", version=old)
    assert refusal.value.code == "quote_changed"
    with pytest.raises(Invalid):
        answer_quote(quote=quote, accept=True, name="  ")
    quote = answer_quote(quote=quote, accept=True, name=" Ann  Lee ", version=quote.version)
    assert (quote.status, quote.answered_by) == ("accepted", "Ann Lee")
    assert answer_quote(quote=quote, accept=True, name="Bob").answered_by == "Ann Lee"
    with pytest.raises(Conflict):
        answer_quote(quote=quote, accept=False, name="Bob")
    with pytest.raises(Conflict):
        set_rows(actor=alice, record=quote, rows=[])
    with pytest.raises(Conflict):
        edit_record(actor=alice, record=quote, changes={"title": "Other"})
    assert edit_record(actor=alice, record=quote, changes={"comment": "ours"}).comment == "ours"
    invoice = make_document(actor=alice, kind=INVOICE, source=quote)
    assert (invoice.quote_id, invoice.total, invoice.number) == (quote.pk, Decimal("12.00"), "")


def test_an_invoice_is_paid_in_parts(portal: Portal, alice: User, tea: Product) -> None:
    invoice = make_document(actor=alice, kind=INVOICE, source=deal_of(alice, amount="100.10"))
    with pytest.raises(Conflict):
        record_payment(actor=alice, invoice=invoice, amount="1")
    invoice = issue_invoice(actor=alice, invoice=invoice)
    assert issue_invoice(actor=alice, invoice=invoice).number == invoice.number != ""
    record_payment(actor=alice, invoice=invoice, amount="40,05")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid, invoice.open_amount) == ("part_paid", Decimal("40.05"), Decimal("60.05"))
    with pytest.raises(Invalid) as refusal:
        record_payment(actor=alice, invoice=invoice, amount="60.06")
    assert list(refusal.value.fields) == ["amount"]
    with pytest.raises(Conflict):
        cancel_invoice(actor=alice, invoice=invoice)
    last = record_payment(actor=alice, invoice=invoice, amount="60.05")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid_at is not None) == ("paid", True)
    take_back_payment(actor=alice, invoice=invoice, payment_id=last.pk)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid, invoice.paid_at) == ("part_paid", Decimal("40.05"), None)
    told = record_payment(actor=SYSTEM, invoice=invoice, amount="70", method="stripe", external_id="pi_1")
    assert record_payment(actor=SYSTEM, invoice=invoice, amount="70", method="stripe", external_id="pi_1") == told
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid) == ("paid", Decimal("110.05"))


def test_an_issued_invoice_stays(portal: Portal, alice: User, bob: User) -> None:
    invoice = make_document(actor=alice, kind=INVOICE, source=deal_of(alice, amount="10"))
    empty = record(alice, INVOICE, title="Nothing", currency="EUR")
    with pytest.raises(Invalid):
        issue_invoice(actor=alice, invoice=empty)
    with pytest.raises(Denied):
        issue_invoice(actor=bob, invoice=invoice)
    invoice = issue_invoice(actor=alice, invoice=invoice)
    for refused in (
        lambda: edit_record(actor=alice, record=invoice, changes={"title": "Other"}),
        lambda: set_rows(actor=alice, record=invoice, rows=[]),
        lambda: delete_record(actor=alice, record=invoice),
    ):
        with pytest.raises(Conflict) as refusal:
            refused()
        assert refusal.value.code == "document_locked"
    invoice = cancel_invoice(actor=alice, invoice=invoice)
    again = issue_invoice(actor=alice, invoice=make_document(actor=alice, kind=INVOICE, source=invoice))
    assert again.sequence == invoice.sequence + 1
    delete_record(actor=alice, record=empty)
    assert not Invoice.objects.alive().filter(pk=empty.pk).exists()


def test_an_issued_invoice_says_what_it_said(portal: Portal, alice: User) -> None:
    seller = record(alice, COMPANY, name="Seller Ltd", is_own="yes")
    buyer = record(alice, COMPANY, name="Buyer Ltd")
    invoice = make_document(actor=alice, kind=INVOICE, source=deal_of(alice, amount="10"))
    invoice = edit_record(actor=alice, record=invoice, changes={"own_company_id": seller.pk, "company_id": buyer.pk})
    invoice = issue_invoice(actor=alice, invoice=invoice)
    before = paper_of(invoice)
    assert [party["name"] for party in before["parties"]] == ["Seller Ltd", "Buyer Ltd"]
    edit_record(actor=alice, record=seller, changes={"name": "Seller and Sons"})
    edit_record(actor=alice, record=buyer, changes={"name": "Buyer and Daughters"})
    assert paper_of(Invoice.objects.get(pk=invoice.pk)) == before


def test_days_pass(portal: Portal, alice: User) -> None:
    today = timezone.localdate()
    quote = set_quote_status(
        actor=alice, quote=make_document(actor=alice, kind=QUOTE, source=deal_of(alice, amount="5")), status="sent"
    )
    invoice = issue_invoice(actor=alice, invoice=make_document(actor=alice, kind=INVOICE, source=quote))
    Quote.objects.filter(pk=quote.pk).update(valid_until=today - timedelta(days=1))
    Invoice.objects.filter(pk=invoice.pk).update(due_on=today)
    pass_days(today)
    quote.refresh_from_db()
    invoice.refresh_from_db()
    assert (quote.status, invoice.status) == ("expired", "sent")
    pass_days(today + timedelta(days=1))
    invoice.refresh_from_db()
    assert invoice.status == "overdue" if invoice.due_on < timezone.localdate() else invoice.status == "sent"


def test_a_won_deal_reserves_and_its_invoice_takes_over(portal: Portal, alice: User, tea: Product) -> None:
    def stock() -> tuple[int, int, int]:
        tea.refresh_from_db()
        return int(tea.on_hand), int(tea.reserved), int(tea.expected)

    deal = set_rows(actor=alice, record=deal_of(alice), rows=[{"product": tea.pk, "quantity": "4"}])
    assert stock() == (10, 0, 0)
    first = deal.stage
    deal = move_record(actor=alice, record=deal, stage=won())
    assert stock() == (10, 4, 0)
    invoice = make_document(actor=alice, kind=INVOICE, source=deal)
    invoice = set_reserving(actor=alice, invoice=invoice, reserves=True)
    assert stock() == (10, 4, 0)
    invoice = set_reserving(actor=alice, invoice=invoice, reserves=False)
    deal = set_rows(actor=alice, record=deal, rows=[{"product": tea.pk, "quantity": "6"}])
    assert stock() == (10, 6, 0)
    delete_record(actor=alice, record=deal)
    assert stock() == (10, 0, 0)
    deal = restore_record(actor=alice, record=deal)
    assert stock() == (10, 6, 0)
    deal = move_record(actor=alice, record=deal, stage=first)
    assert stock() == (10, 0, 0)
    with pytest.raises(Conflict):
        finish_goods(actor=alice, record=deal)
    deal = move_record(actor=alice, record=deal, stage=won())
    finish_goods(actor=alice, record=deal)
    assert stock() == (4, 0, 0)
    bought = set_rows(actor=alice, record=deal_of(alice, type="purchase"), rows=[{"product": tea.pk, "quantity": "20"}])
    bought = move_record(actor=alice, record=bought, stage=won())
    assert stock() == (4, 0, 20)
    with pytest.raises(Conflict):
        delete_record(actor=alice, record=tea)
    finish_goods(actor=alice, record=bought)
    assert stock() == (24, 0, 0)
    greedy = set_rows(actor=alice, record=deal_of(alice), rows=[{"product": tea.pk, "quantity": "25"}])
    greedy = move_record(actor=alice, record=greedy, stage=won())
    with pytest.raises(Conflict) as refusal:
        finish_goods(actor=alice, record=greedy)
    assert refusal.value.code == "not_on_hand"
    assert stock() == (24, 25, 0)


def test_what_repeats_is_made_once(portal: Portal, alice: User, tea: Product) -> None:
    today = timezone.localdate()
    deal = set_rows(actor=alice, record=deal_of(alice), rows=[{"product": tea.pk, "quantity": "1"}])
    with pytest.raises(Invalid):
        set_recurrence(actor=alice, record=deal, repeats="month", starts_on=today - timedelta(days=1))
    set_recurrence(actor=alice, record=deal, repeats="week", starts_on=today, ends_on=today + timedelta(days=13))
    before = Deal.objects.count()
    make_due(today)
    make_due(today)
    assert Deal.objects.count() == before + 1
    copy = Deal.objects.latest("pk")
    assert (copy.title, copy.amount, copy.begins_on, copy.stage.kind) == (deal.title, Decimal("12.00"), today, "open")
    make_due(today + timedelta(days=60))
    assert Deal.objects.count() == before + 2


def test_the_paper_is_a_pdf_and_goes_by_mail(
    portal: Portal, alice: User, tea: Product, letters: list[EmailMessage]
) -> None:
    client = record(alice, COMPANY, name="Cafés & Co", emails=["buyer@cafes.example"])
    record(alice, COMPANY, name="Our Ltd", is_own="yes")
    deal = deal_of(alice, company_id=client.pk)
    deal = set_rows(actor=alice, record=deal, rows=[{"product": tea.pk, "quantity": "2", "discount_percent": "5"}])
    quote = make_document(actor=alice, kind=QUOTE, source=deal)
    assert document_pdf(quote).startswith(b"%PDF-")
    usual = letter_for(alice, quote)
    assert (usual.to, quote.number in usual.subject) == ("buyer@cafes.example", True)
    with pytest.raises(Invalid) as refusal:
        send_document(actor=alice, record=quote, to="nobody", subject="x", text="y")
    assert list(refusal.value.fields) == ["to"]
    quote.refresh_from_db()
    assert (quote.status, quote.public_token) == ("draft", None)
    send_document(actor=alice, record=quote, to=usual.to, subject=usual.subject, text=usual.text)
    quote.refresh_from_db()
    assert (quote.status, quote.sent_at is not None) == ("sent", True)
    letter = letters[-1]
    assert (letter.to, letter.reply_to) == (["buyer@cafes.example"], [alice.email])
    assert link_of(quote) in letter.body
    name, content, kind = letter.attachments[0]
    assert (name, content[:5], kind) == (f"{quote.number}.pdf", b"%PDF-", "application/pdf")
    entry = Activity.objects.get(quote=quote, kind="letter")
    assert (entry.deal_id, entry.company_id, entry.files.count()) == (deal.pk, client.pk, 1)


SignIn = Callable[[User], Client]


def test_the_client_answers_without_signing_in(portal: Portal, alice: User, anonymous: Any, as_: SignIn) -> None:
    quote = open_link(actor=alice, record=make_document(actor=alice, kind=QUOTE, source=deal_of(alice, amount="9.90")))
    path = f"/crm/client/{quote.public_token}/"
    assert as_(alice).get(path).status_code == 200
    quote.refresh_from_db()
    assert quote.seen_at is None  # a colleague who looks is not the client
    client = anonymous(portal)
    shown = client.get(path)
    assert (shown.status_code, shown["X-Robots-Tag"], shown["Cache-Control"]) == (
        200, "noindex, nofollow, noarchive", "private, no-store",
    )  # fmt: skip
    assert settings.SESSION_COOKIE_NAME not in shown.cookies
    assert "Accept the quote" in shown.content.decode()
    quote.refresh_from_db()
    assert (quote.status, quote.seen_at is not None) == ("seen", True)
    assert client.get(f"{path}pdf/").content.startswith(b"%PDF-")
    assert client.post(f"{path}answer/", {"answer": "accept", "name": ""}).status_code == 400
    told = client.post(
        f"{path}answer/", {"answer": "accept", "name": "Ann <b>", "version": str(quote.version)}, follow=True
    )
    assert "Accepted by Ann &lt;b&gt;" in told.content.decode()
    quote.refresh_from_db()
    assert (quote.status, quote.answered_by) == ("accepted", "Ann <b>")
    token = quote.public_token
    close_link(actor=alice, record=quote)
    assert client.get(path).status_code == 404
    assert open_link(actor=alice, record=quote).public_token != token
    assert client.get(f"/crm/client/{'x' * 32}/").status_code == 404


def test_a_link_answers_for_the_paper_that_stands_and_on_its_days(portal: Portal, alice: User, anonymous: Any) -> None:
    quote = open_link(actor=alice, record=make_document(actor=alice, kind=QUOTE, source=deal_of(alice, amount="9.90")))
    path, client = f"/crm/client/{quote.public_token}/", anonymous(portal)
    answer = {"answer": "accept", "name": "Ann"}
    client.get(path)
    set_quote_status(actor=alice, quote=quote, status="draft")
    assert client.get(path).status_code == client.post(f"{path}answer/", answer).status_code == 404  # being worked on
    set_quote_status(actor=alice, quote=quote, status="sent")
    client.get(path)
    quote.refresh_from_db()
    assert (quote.status, quote.seen_at is not None) == ("seen", True)  # the new one, for the first time
    Quote.objects.filter(pk=quote.pk).update(valid_until=timezone.localdate() - timedelta(days=1))  # not yet marked so
    late = client.post(f"{path}answer/", answer)
    assert (late.status_code, "no longer valid" in late.content.decode()) == (409, True)
    Quote.objects.filter(pk=quote.pk).update(valid_until=timezone.localdate())
    version = str(Quote.objects.get(pk=quote.pk).version)
    two = [
        client.post(f"{path}answer/", {**answer, "answer": way, "version": version}) for way in ("accept", "decline")
    ]
    assert [one.status_code for one in two] == [302, 409]  # two tabs
    assert client.post(f"{path}answer/", {**answer, "name": "Bob"}).status_code == 302
    quote.refresh_from_db()
    assert (quote.status, quote.answered_by) == ("accepted", "Ann")


def test_the_catalogue_for_others(portal: Portal, alice: User, tea: Product) -> None:
    drinks = set_section(actor=alice, name="Drinks")
    hot = set_section(actor=alice, name="Hot", parent_id=drinks.pk)
    edit_record(actor=alice, record=tea, changes={"section_id": hot.pk})
    variant = record(alice, PRODUCT, title="Green tea, 1 kg", parent_id=tea.pk, options="Size: 1 kg")
    assert variant.options == {"Size": "1 kg"}
    shown = catalogue(section_id=drinks.pk, currency="EUR")
    assert [(one.title, one.price, one.section, one.in_stock) for one in shown] == [
        ("Green tea", Decimal("12.00"), "Hot", True)
    ]
    assert catalogue(currency="KZT", section_id=drinks.pk)[0].price is None
    with pytest.raises(Invalid):
        set_section(actor=alice, name="Drinks", parent_id=hot.pk, section=drinks)
    with pytest.raises(Invalid):
        record(alice, PRODUCT, title="Deeper", parent_id=variant.pk)


def test_dates_of_a_quote(portal: Portal, alice: User) -> None:
    quote = record(alice, QUOTE, title="Offer", currency="EUR", issued_on="2026-01-31")
    assert (quote.issued_on, quote.valid_until) == (date(2026, 1, 31), date(2026, 2, 14))
