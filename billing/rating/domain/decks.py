"""Decks: uploaded, checked in the background, activated from a date on, withdrawn."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from billing.rating.domain import book, comparison
from billing.rating.engine import written
from billing.rating.engine.deck import Rate
from billing.rating.engine.decks import Defaults, read_rates
from billing.rating.engine.faults import Fault
from billing.rating.models import Deck, DeckRate
from infra import audit
from infra.adapters.storage import get_storage, portal_key, random_name
from infra.jobs.domain.running import JobRun
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.kit.refs import RecordRef

MANAGE = "operator.console.use"
LARGEST_FILE = 64 * 2**20
MOST_FAULTS = 200
_BATCH = 2_000


@dataclass(frozen=True, kw_only=True)
class NewDeck:
    """What the operator says of an upload; below the carrier's cost plus `margin` percent no call starts."""

    name: str
    currency: str
    valid_from: datetime
    zone: str = "UTC"
    holidays: Sequence[str] = ()
    rounding: dict[str, Any] | None = None
    margin: Decimal = Decimal(0)


def upload_deck(*, actor: Actor, new: NewDeck, file: BinaryIO, size: int) -> Deck:
    """Keep the file and a deck that waits for its check (`check_deck`). Raises Denied, Invalid."""
    require_permission(actor, MANAGE)
    if not 0 < size <= LARGEST_FILE:
        raise Invalid(fields={"file": [_("Choose a file of at most 64 MB.")]})
    if new.zone not in available_timezones():
        raise Invalid(fields={"zone": [_("There is no such time zone.")]})
    rounding = new.rounding or {"mode": "half_up", "places": 4}
    try:
        for item in new.holidays:
            written.day(item)
    except Fault as fault:
        raise Invalid(fields={"holidays": [said(fault)]}) from None
    stored = get_storage().put(portal_key(f"rating/decks/{random_name()}"), file.read(), "text/csv")
    with transaction.atomic():
        deck = Deck.objects.create(
            name=new.name.strip()[:120],
            currency=new.currency,
            valid_from=new.valid_from,
            zone=new.zone,
            holidays=list(new.holidays),
            rounding=rounding,
            margin=new.margin,
            file_key=stored.key,
            uploaded_by=actor.display_name,
        )
        audit.record(actor, action="rating.deck.upload", ref=_ref(deck), note=str(deck))
    return deck


def check_deck(run: JobRun | None, deck_id: int) -> Deck:
    """Read the file line by line into rates; every fault is kept with its line, and then no rate is. Compare with the
    deck in force: what is new, gone, or jumps."""
    deck = deck_by_id(deck_id)
    faults: list[dict[str, Any]] = []
    with transaction.atomic():
        Deck.objects.select_for_update().get(pk=deck.pk)
        deck.rates.all().delete()
        count = 0
        for batch in _batches(_rates_of(deck, faults)):
            DeckRate.objects.bulk_create(batch)
            count += len(batch)
            if run is not None:
                run.progress(count)
        if not count and not faults:
            faults.append(_fault(Fault("the deck has no rates")))
        if faults:
            deck.rates.all().delete()
            deck.state, deck.rate_count = Deck.State.FAULTY, 0
            deck.report = {"faults": faults[:MOST_FAULTS], "fault_count": len(faults)}
        else:
            deck.state, deck.rate_count = Deck.State.READY, count
            deck.report = comparison.compare(deck)
        deck.save(update_fields=["state", "rate_count", "report"])
    return deck


def _rates_of(deck: Deck, faults: list[dict[str, Any]]) -> Iterator[DeckRate]:
    defaults = Defaults(
        zone=deck.zone,
        holidays=frozenset(written.day(item) for item in deck.holidays),
        rounding=written.rounding_from(deck.rounding),
    )
    try:
        for found in read_rates(io.StringIO(text_of(deck.file_key), newline=""), defaults):
            if isinstance(found, Fault):
                faults.append(_fault(found))
            elif not faults:
                yield _row(deck, found)
    except Fault as fault:
        faults.append(_fault(fault))


def text_of(key: str) -> str:
    """The text of a stored file, unpacked if it is gzip; of at most LARGEST_FILE bytes, UTF-8 or Windows-1251.

    Raises Fault.
    """
    with get_storage().open(key) as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as packed:
                data = packed.read(LARGEST_FILE + 1)
        except (OSError, EOFError):
            raise Fault("this is no CSV: %(error)s", error="gzip") from None
    if len(data) > LARGEST_FILE:
        raise Fault("this is no CSV: %(error)s", error="> 64 MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def _row(deck: Deck, rate: Rate) -> DeckRate:
    slot = rate.tariff.slots[0]
    return DeckRate(
        deck=deck,
        prefix=rate.prefix,
        destination=rate.destination,
        route=rate.route,
        group=rate.group,
        tariff=written.tariff_to(rate.tariff),
        price=(slot.price * 60 / slot.per).quantize(Decimal("1e-10")),
        cost=rate.cost,
    )


def _batches(rows: Iterator[DeckRate]) -> Iterator[list[DeckRate]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _fault(fault: Fault) -> dict[str, Any]:
    values = {name: str(value) for name, value in fault.values.items()}
    return {"line": fault.line, "column": fault.column, "text": fault.text, "values": values}


def said(fault: Fault) -> str:
    """A fault of the engine in the active language, after its column where the sentence does not name it."""
    column = f"{fault.unnamed_column}: " if fault.unnamed_column else ""
    return f"{column}{_(fault.text) % fault.values}"


@transaction.atomic
def activate_deck(*, actor: Actor, deck: Deck) -> Deck:
    """Let a checked deck count from its date on, at once where that has passed. The one before ends there; calls that
    have begun keep their price. Raises Denied, Conflict unless it is checked and its date is free."""
    require_permission(actor, MANAGE)
    locked = list(Deck.objects.select_for_update().filter(currency=deck.currency).order_by("pk"))
    deck = next(item for item in locked if item.pk == deck.pk)
    if deck.state == Deck.State.ACTIVE:
        return deck
    if deck.state != Deck.State.READY:
        raise Conflict(_("Only a deck that passed its check can be activated."))
    now = datetime.now(UTC)
    active = [item for item in locked if item.state == Deck.State.ACTIVE]
    if active:  # the first of a currency may begin in the past: there was no price that it could change
        deck.valid_from = max(deck.valid_from, now)
    if any(item.valid_from == deck.valid_from for item in active):
        raise Conflict(_("Another deck begins at that moment."))
    for item in active:
        if item.valid_from < deck.valid_from and (item.valid_until is None or item.valid_until > deck.valid_from):
            item.valid_until = deck.valid_from
            item.save(update_fields=["valid_until"])
    after = [item.valid_from for item in active if item.valid_from > deck.valid_from]
    deck.valid_until = min(after, default=None)
    deck.state = Deck.State.ACTIVE
    deck.activated_by, deck.activated_at = actor.display_name, now
    deck.save(update_fields=["state", "valid_from", "valid_until", "activated_by", "activated_at"])
    audit.record(actor, action="rating.deck.activate", ref=_ref(deck), note=str(deck))
    book.changed()
    return deck


@transaction.atomic
def withdraw_deck(*, actor: Actor, deck: Deck) -> Deck:
    """Take back a deck whose day has not come, or one that was never activated. The one before it goes on.

    Raises Denied, Conflict for a deck in force: activate another one instead, a gap would stop all calls.
    """
    require_permission(actor, MANAGE)
    locked = list(Deck.objects.select_for_update().filter(currency=deck.currency).order_by("pk"))
    deck = next(item for item in locked if item.pk == deck.pk)
    if deck.state == Deck.State.ACTIVE:
        if deck.valid_from <= datetime.now(UTC) + timedelta(seconds=1):
            raise Conflict(_("This deck is in force. Activate another one in its place."))
        for item in locked:
            if item.state == Deck.State.ACTIVE and item.valid_until == deck.valid_from:
                item.valid_until = deck.valid_until
                item.save(update_fields=["valid_until"])
    deck.state = Deck.State.WITHDRAWN
    deck.save(update_fields=["state"])
    audit.record(actor, action="rating.deck.withdraw", ref=_ref(deck), note=str(deck))
    book.changed()
    return deck


def decks_in_use() -> Iterator[tuple[str, None]]:
    """Keys of the files of all decks uploaded in the entered portal."""
    own = Deck.objects.filter(file_key__startswith=portal_key("rating/decks"))
    yield from ((key, None) for key in own.values_list("file_key", flat=True))


def deck_by_id(deck_id: int) -> Deck:
    """Raises NotFound."""
    deck = Deck.objects.filter(pk=deck_id).first()
    if deck is None:
        raise NotFound
    return deck


def _ref(deck: Deck) -> RecordRef:
    return RecordRef("rating", "deck", deck.pk)


def recent_decks(limit: int = 100) -> list[Deck]:
    """The newest decks, those in force among them."""
    return list(Deck.objects.order_by("-pk")[:limit])


def active_decks(currency: str = "") -> list[Deck]:
    """Decks that calls can be rated by again, newest first."""
    rows = Deck.objects.filter(state__in=[Deck.State.ACTIVE, Deck.State.READY]).order_by("-pk")
    return list(rows.filter(currency=currency) if currency else rows)


SHOWN_RATES = 50


def rates_of(deck: Deck, text: str, limit: int = SHOWN_RATES) -> list[DeckRate]:
    """Rates of a deck by prefix or name, in the order of prefixes."""
    rows = deck.rates.order_by("prefix")
    digits = text.lstrip("+")
    if digits.isdecimal():
        rows = rows.filter(prefix__startswith=digits)
    elif text:
        rows = rows.filter(destination__icontains=text)
    return list(rows[:limit])


def faults_of(deck: Deck) -> list[tuple[int | None, str]]:
    """What the check found, as (line, sentence in the active language)."""
    faults = [
        Fault(item["text"], line=item["line"], column=item.get("column", ""), **item["values"])
        for item in deck.report.get("faults", [])
    ]
    return [(fault.line, said(fault)) for fault in faults]
