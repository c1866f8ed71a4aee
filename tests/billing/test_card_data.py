"""No card ever comes near us (promise 38): no field asks for one, no row and no log holds one."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from django.db import connection

from billing.domain import checkout
from tests.billing.conftest import Shop

ROOT = Path(__file__).resolve().parents[2]
NUMBER = "4242424242424242"


def luhn(digits: str) -> bool:
    total = 0
    for place, letter in enumerate(reversed(digits)):
        value = int(letter) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def cards(text: str) -> list[str]:
    """Runs of 13 to 19 digits, apart from letters as in a digest, that could be a card of one of the large schemes."""
    return [found for found in re.findall(r"(?<![0-9A-Za-z])[2-6]\d{12,18}(?![0-9A-Za-z])", text) if luhn(found)]


def test_no_template_of_ours_asks_for_a_card() -> None:
    asks = re.compile(r"cc-number|cc-csc|cc-exp|card[_-]?number|name=[\"']?(cvc|cvv|pan)\b", re.I)
    found = [
        str(path.relative_to(ROOT))
        for floor in ("saas", "modules", "billing", "tenants", "infra/ui")
        for path in (ROOT / floor).rglob("*.html")
        if "node_modules" not in path.parts and asks.search(path.read_text())
    ]
    assert found == []


def test_no_row_and_no_log_holds_a_card(shop: Shop, caplog: object, capfd: object) -> None:
    assert cards(NUMBER) == [NUMBER]  # the search would see it
    shop.buy("team", number=NUMBER)
    checkout.charge_saved_card(portal_id=shop.portal.pk, amount=Decimal(10), cause="auto:1")
    shop.tell()
    held = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', %s)", [shop.portal.schema_name]
        )
        for schema, table in cursor.fetchall():
            cursor.execute(f'SELECT row::text FROM "{schema}"."{table}" AS row WHERE row::text ~ %s', [r"\d{13}"])
            held += [(table, number) for (text,) in cursor.fetchall() for number in cards(text)]
    assert held == []
    logged = capfd.readouterr()
    assert NUMBER not in logged.out + logged.err + caplog.text
