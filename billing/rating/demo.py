"""A demo company's calls: a small price list, two telephones and a number, some days of talking."""

from __future__ import annotations

import io
import random
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from billing.domain import wallet
from billing.rating.domain import book, decks, devices, dids, events, imports, inbound
from infra.kit.access import SYSTEM
from tenants.portals.models import Portal

DECK = """prefix,destination,rate_per_minute,connect_fee,increment_seconds,minimum_seconds,periods
1,United States,0.012,0,6,30,
1800,United States toll-free,0.0,0,1,1,
44,United Kingdom,0.015,0,1,1,
447,United Kingdom mobile,0.045,0,1,30,
49,Germany,0.018,0,1,1,
4915,Germany mobile,0.06,0.01,1,1,
7495,"Russia, Moscow fixed",0.02,0,60,60,"[{""name"":""evening"",""from"":""18:00"",""to"":""08:00"",""factor"":0.5}]"
"""
NUMBERS = ("12125550147", "18005550123", "442079460123", "447400123456", "4930901820", "4915112345678", "74951234567")
CALLS = 24
INCOMING = 3
DAYS = 14


def demo(portal: Portal) -> None:
    """Prices (where the currency has none), telephones, a number, money and calls, by the verbs that make real ones."""
    purse = wallet.wallet_of(portal.pk)
    now = timezone.now()
    since = now - timedelta(days=DAYS + 1)
    if book.deck_at(purse.currency, now) is None:
        new = decks.NewDeck(name=f"Standard {purse.currency}", currency=purse.currency, valid_from=since)
        made = decks.upload_deck(actor=SYSTEM, new=new, file=io.BytesIO(DECK.encode()), size=len(DECK))
        decks.activate_deck(actor=SYSTEM, deck=decks.check_deck(None, made.pk))
    wallet.top_up(
        portal_id=portal.pk, amount=Decimal(20), currency=purse.currency, cause=f"topup:demo:{portal.pk}", note="Demo"
    )
    names = [devices.add_device(actor=SYSTEM, label=label).device.username for label in ("Reception", "Workshop")]
    chance = random.Random(portal.pk)  # noqa: S311 - the same calls in every run
    lines = ["id,account,number,answered_at,duration_seconds\n"]
    for index in range(CALLS):
        at = now - timedelta(minutes=chance.randrange(30, DAYS * 1440))
        number = chance.choice(NUMBERS)
        answered = at.isoformat() if chance.random() > 0.15 else ""
        lines.append(
            f"demo-{portal.pk}-{index},{chance.choice(names)},{number},{answered},{chance.randrange(4, 900)}\n"
        )
    text = "".join(lines).encode()
    imports.import_file(None, imports.keep_file(actor=SYSTEM, file=io.BytesIO(text), size=len(text)))
    number = dids.give_number(actor=SYSTEM, portal=portal, number=f"+1 212 555 {1000 + portal.pk % 9000:04}").number
    for index, caller in enumerate(NUMBERS[:INCOMING]):
        name, at = f"demo-{portal.pk}-in-{index}", now - timedelta(hours=3 + 20 * index)
        inbound.authorize_inbound(inbound.InboundRequest(call_id=name, number=number, caller=caller), now=at)
        end = at + timedelta(seconds=chance.randrange(20, 400))
        events.tell(events.Word(call_id=name, kind="end", at=end, answered_at=at), now=end)
