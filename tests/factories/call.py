"""Decks, telephones and money for calls, by the verbs that make real ones."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from billing.domain import wallet
from billing.rating.domain import decks
from billing.rating.domain.authorize import Authorization, CallRequest, authorize
from billing.rating.domain.devices import add_device
from billing.rating.models import CallAccount, Deck, SipUser
from infra.db.current import enter
from tenants.portals.models import Portal
from tests.factories.operator import Console

DECK = """prefix,destination,rate_per_minute,connect_fee,increment_seconds,minimum_seconds,cost_per_minute
1,United States,0.6,0,60,60,
1900,United States premium,3,1,60,60,
44,United Kingdom,0.3,0,1,1,
442,United Kingdom London,0.6,0,1,60,0.2
447,United Kingdom mobile,1.2,0.15,30,30,
49,Germany,0.5,0,60,60,0.9
"""
START = datetime(2026, 1, 1, tzinfo=UTC)


def deck(
    text: str = DECK, *, currency: str = "USD", since: datetime = START, activate: bool = True, **more: object
) -> Deck:
    """An uploaded, checked and (as if on its day) active deck. Called inside a portal."""
    new = decks.NewDeck(name="Test", currency=currency, valid_from=since, **more)
    made = decks.upload_deck(actor=Console(), new=new, file=io.BytesIO(text.encode()), size=len(text))
    made = decks.check_deck(None, made.pk)
    assert made.state == Deck.State.READY, made.report
    if activate:
        made = decks.activate_deck(actor=Console(), deck=made)
        Deck.objects.filter(pk=made.pk).update(valid_from=since)
        decks.book.changed()
        made.refresh_from_db()
    return made


def money(portal: Portal, amount: str) -> None:
    """Top up the portal's wallet."""
    purse = wallet.wallet_of(portal.pk)
    wallet.top_up(
        portal_id=portal.pk, amount=Decimal(amount), currency=purse.currency, cause=f"topup:{datetime.now(UTC)}"
    )


def caller(portal: Portal, **account: object) -> SipUser:
    """A telephone in a portal whose caps are out of the way: home is the United Kingdom, everything may be called."""
    wide = {
        "international": True,
        "premium": True,
        "max_concurrent": 10,
        "max_per_minute": 1000,
        "max_price": Decimal(100),
        "max_spend": Decimal(100_000),
    }
    CallAccount.objects.update_or_create(portal=portal, defaults={**wide, **account})
    Portal.objects.filter(pk=portal.pk).update(region="GB")
    with enter(portal):
        device = add_device(actor=Console(), label="Desk").device
    return SipUser.objects.select_related("portal").get(pk=device.pk)


def call(
    device: SipUser, number: str = "+442079460123", call_id: str = "c1", now: datetime | None = None
) -> Authorization:
    """Ask whether a call may start."""
    return authorize(CallRequest(call_id=call_id, device=device, number=number), now=now)


def at(seconds: float) -> datetime:
    """A moment of the tests' day, noon on a Wednesday, plus `seconds`."""
    return datetime(2026, 3, 4, 12, tzinfo=UTC) + timedelta(seconds=seconds)
