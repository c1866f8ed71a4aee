"""What the demo company sells: its catalogue, quotes and invoices in every state, stock, and how its papers look."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils import timezone

from modules.crm.domain.kinds import INVOICE, PRODUCT, QUOTE
from modules.crm.domain.record import create_record
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.document_status import answer_quote, issue_invoice, pass_days
from modules.crm.domain.selling.exchange import base_currency, set_rates
from modules.crm.domain.selling.letterhead import set_letterhead
from modules.crm.domain.selling.payment import record_payment
from modules.crm.domain.selling.price_type import price_types
from modules.crm.domain.selling.prices import set_prices
from modules.crm.domain.selling.product_rows import set_rows
from modules.crm.domain.selling.product_section import set_section
from modules.crm.domain.selling.public_link import open_link
from modules.crm.domain.selling.recurrence import nth_date, set_recurrence
from modules.crm.models import Company, Deal, Invoice, Product, Quote
from tenants.people.models import User


@dataclass(frozen=True, kw_only=True)
class Goods:
    """The words of the catalogue. A product: name, SKU, unit, section, retail price, on hand."""

    sections: tuple[str, ...]
    products: tuple[tuple[str, str, str, int, str, int], ...]
    variants: tuple[tuple[str, str, str], ...]
    vat: str
    signer: tuple[str, str]
    second_signer: tuple[str, str]
    footer: str
    terms: str
    notes: tuple[str, ...]


ENGLISH = Goods(
    sections=("Bread", "Cakes and pastry", "Services"),
    products=(
        ("Rye sourdough loaf", "BR-01", "piece", 0, "4.20", 180),
        ("Baguette", "BR-02", "piece", 0, "2.10", 240),
        ("Ciabatta with olives", "BR-03", "piece", 0, "3.60", 60),
        ("Croissant", "PA-01", "piece", 1, "1.90", 300),
        ("Cinnamon roll", "PA-02", "piece", 1, "2.40", 120),
        ("Honey cake", "CA-01", "piece", 1, "38.00", 14),
        ("Wedding cake, made to order", "CA-02", "kg", 1, "45.00", 0),
        ("Sweet gift basket", "GI-01", "set", 1, "29.50", 25),
        ("Delivery in town", "SE-01", "service", 2, "12.00", 0),
        ("Buffet for an office", "SE-02", "hour", 2, "60.00", 0),
    ),
    variants=(("Honey cake, 1 kg", "CA-01-1", "38.00"), ("Honey cake, 2 kg", "CA-01-2", "69.00")),
    vat="20",
    signer=("Mary Baker", "Director"),
    second_signer=("", ""),
    footer="Fresh every morning since 2011",
    terms="Delivery by 9 a.m. on the agreed day. Payment within seven days.",
    notes=("Looks good, please begin on Monday.", "We take it, thank you.", "Too late for our event this time."),
)
RUSSIAN = Goods(
    sections=("Хлеб", "Торты и выпечка", "Услуги"),
    products=(
        ("Ржаной хлеб на закваске", "ХЛ-01", "piece", 0, "145.00", 180),
        ("Багет", "ХЛ-02", "piece", 0, "78.00", 240),
        ("Чиабатта с оливками", "ХЛ-03", "piece", 0, "120.00", 60),
        ("Круассан", "ВЫ-01", "piece", 1, "95.00", 300),
        ("Булочка с корицей", "ВЫ-02", "piece", 1, "110.00", 120),
        ("Медовик", "ТО-01", "piece", 1, "1850.00", 14),
        ("Свадебный торт на заказ", "ТО-02", "kg", 1, "2400.00", 0),
        ("Корзина сладостей", "ПО-01", "set", 1, "1490.00", 25),
        ("Доставка по городу", "УС-01", "service", 2, "500.00", 0),
        ("Фуршет в офисе", "УС-02", "hour", 2, "3200.00", 0),
    ),
    variants=(("Медовик, 1 кг", "ТО-01-1", "1850.00"), ("Медовик, 2 кг", "ТО-01-2", "3400.00")),
    vat="20",
    signer=("Мария Пекарева", "Директор"),
    second_signer=("Светлана Орлова", "Главный бухгалтер"),
    footer="Свежее каждое утро с 2011 года",
    terms="Доставка до 9 утра в согласованный день. Оплата в течение семи дней.",
    notes=("Всё подходит, начните с понедельника.", "Берём, спасибо.", "К нашему празднику уже не успеем."),
)


def stock_up(dice: random.Random, locale: str, owner: User) -> None:
    """Fill catalogue, quotes and invoices through the verbs that people use."""
    goods = RUSSIAN if locale.startswith("ru") else ENGLISH
    base = base_currency()
    products = _products(goods, owner, base)
    _rates(owner, base)
    ours = Company.objects.filter(is_own=True).order_by("pk").first()
    if ours is not None:
        look = {"signer": goods.signer[0], "signer_post": goods.signer[1], "footer": goods.footer, "colour": "#b45309"}
        look |= {"second_signer": goods.second_signer[0], "second_post": goods.second_signer[1]}
        pictures: dict[str, Any] = {"signature": _signature(dice), "stamp": _stamp()}
        if goods.second_signer[0]:
            pictures["second_signature"] = _signature(dice)
        set_letterhead(actor=owner, company=ours, lines=look, pictures=pictures)
    deals = list(Deal.objects.alive().select_related("stage", "responsible").order_by("-pk")[:24])
    for place, deal in enumerate(deals):
        rows = [_row(dice, product) for product in dice.sample(products, dice.randint(2, 4))]
        deals[place] = set_rows(actor=owner, record=deal, rows=rows)
    quotes = [_quote(dice, goods, owner, deal, place) for place, deal in enumerate(deals[:14])]
    for place, source in enumerate([*quotes[:6], *deals[14:20]]):
        _invoice(dice, owner, source, place)
    repeating = deals[-1]
    set_recurrence(actor=owner, record=repeating, repeats="month", starts_on=nth_date(timezone.localdate(), "month", 1))
    pass_days(timezone.localdate())


def _products(goods: Goods, owner: User, base: str) -> list[Product]:
    sections = [set_section(actor=owner, name=name) for name in goods.sections]
    made: list[Product] = []
    for title, sku, unit, section, price, on_hand in goods.products:
        values = {
            "title": title,
            "sku": sku,
            "unit": unit,
            "section_id": sections[section].pk,
            "type": "goods" if on_hand or unit == "kg" else "service",
            "vat_rate": goods.vat,
            "on_hand": on_hand,
        }
        made.append(_priced(owner, create_record(actor=owner, kind=PRODUCT, values=values), price, base))
    cake = next(product for product in made if product.sku == goods.products[5][1])
    for title, sku, price in goods.variants:
        name, _comma, size = title.partition(", ")
        values = {
            "title": title,
            "sku": sku,
            "section_id": cake.section_id,
            "parent_id": cake.pk,
            "options": {name: size},
            "vat_rate": goods.vat,
            "on_hand": 6,
        }
        _priced(owner, create_record(actor=owner, kind=PRODUCT, values=values), price, base)
    return made


def _priced(owner: User, product: Product, price: str, base: str) -> Product:
    shares = (Decimal(1), Decimal("0.85"), Decimal("0.75"))
    grid = {(kind.pk, base): (Decimal(price) * share).quantize(Decimal("0.01")) for kind, share in
            zip(price_types(), shares, strict=False)}  # fmt: skip
    set_prices(actor=owner, product=product, prices=grid)
    return product


def _row(dice: random.Random, product: Product) -> dict[str, Any]:
    few = product.unit in ("service", "hour", "kg") or product.on_hand < 30
    row: dict[str, Any] = {"product": product.pk, "quantity": dice.randint(1, 3) if few else dice.randint(2, 12) * 5}
    if dice.random() < 0.25:
        row["discount_percent"] = dice.choice([5, 7, 10])
    return row


def _quote(dice: random.Random, goods: Goods, owner: User, deal: Deal, place: int) -> Quote:
    quote: Quote = make_document(actor=owner, kind=QUOTE, source=deal)
    Quote.objects.filter(pk=quote.pk).update(terms=goods.terms)
    if place % 7 == 6:
        return quote
    quote = open_link(actor=owner, record=quote)
    match place % 5:
        case 0 | 1:
            answer_quote(quote=quote, accept=True, name=str(quote.contact or "Ann"), note=goods.notes[place % 2])
        case 2:
            answer_quote(quote=quote, accept=False, name=str(quote.contact or "Ann"), note=goods.notes[2])
        case 3:
            Quote.objects.filter(pk=quote.pk).update(status="seen", seen_at=timezone.now() - timedelta(hours=place))
        case _ if place > 8:
            yesterday = timezone.localdate() - timedelta(days=1)
            Quote.objects.filter(pk=quote.pk).update(valid_until=yesterday)
    quote.refresh_from_db()
    return quote


def _invoice(dice: random.Random, owner: User, source: Any, place: int) -> None:
    invoice: Invoice = make_document(actor=owner, kind=INVOICE, source=source)
    if place % 6 == 5:
        return
    today = timezone.localdate()
    age = (3, 40, 12, 70, 1, 0)[place % 6] + place
    invoice.issued_on, invoice.due_on = today - timedelta(days=age), today - timedelta(days=age - 10)
    invoice.save(update_fields=["issued_on", "due_on"])
    invoice = issue_invoice(actor=owner, invoice=invoice)
    share = (Decimal(1), Decimal("0.4"), Decimal(1), Decimal(0), Decimal("0.5"))[place % 6]
    amount = (invoice.total * share).quantize(Decimal("0.01"))
    if amount:
        paid_on = min(today, today - timedelta(days=age - dice.randint(1, 6)))
        method = dice.choice(["bank", "bank", "card"])
        record_payment(actor=owner, invoice=invoice, amount=amount, paid_on=paid_on, method=method)


def _rates(owner: User, base: str) -> None:
    worth = {"USD": Decimal(1), "EUR": Decimal("1.09"), "GBP": Decimal("1.27"), "RUB": Decimal("0.0111")}
    if base not in worth:
        return
    today = timezone.localdate()
    for weeks in range(8, -1, -2):
        drift = 1 + Decimal(weeks) / 400
        rates = {code: (usd / worth[base] * drift).quantize(Decimal("0.0001")) for code, usd in worth.items()}
        rates.pop(base)
        set_rates(actor=owner, day=today - timedelta(weeks=weeks), rates=rates)


def _signature(dice: random.Random) -> BytesIO:
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (420, 150))
    points = [(20 + step * 9, 75 + dice.randint(-48, 48) * (1 - step / 60)) for step in range(42)]
    ImageDraw.Draw(picture).line(points, fill=(24, 58, 142, 255), width=5, joint="curve")
    return _file(picture)


def _stamp() -> BytesIO:
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (360, 360))
    pen = ImageDraw.Draw(picture)
    for inset, width in ((6, 8), (28, 3), (110, 3)):
        pen.ellipse((inset, inset, 360 - inset, 360 - inset), outline=(37, 72, 165, 200), width=width)
    pen.line((130, 190, 170, 230, 235, 140), fill=(37, 72, 165, 200), width=12, joint="curve")
    return _file(picture)


def _file(picture: Any) -> BytesIO:
    out = BytesIO()
    picture.save(out, "PNG")
    out.seek(0)
    return out
