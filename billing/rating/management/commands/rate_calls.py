"""`manage.py rate_calls DECK.csv CALLS.csv`: the engine alone, on files, for whoever wants to check a bill."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO, cast
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError

from billing.rating.engine import written
from billing.rating.engine.calls import Rated, rate_calls, read_calls
from billing.rating.engine.deck import Deck, Rate
from billing.rating.engine.decks import Defaults, read_rates
from billing.rating.engine.faults import Fault
from billing.rating.engine.files import lines_of
from billing.rating.engine.rounding import PLACES, Rounding

HEAD = (
    "id", "account", "number", "prefix", "destination", "answered_at", "seconds", "bundle_seconds", "billed_seconds",
    "exact", "amount",
)  # fmt: skip
TOLD = 20
"""Wrong lines that are named before the rest of a file is left."""
CHUNK = 2**16


@dataclass
class Wrong:
    """Gathers what is wrong with a file, to name many lines at once. Calling it raises Fault when there are enough."""

    faults: list[Fault] = field(default_factory=list)

    def __call__(self, fault: Fault) -> None:
        self.faults.append(fault)
        if len(self.faults) == TOLD:
            raise fault


class Command(BaseCommand):
    """Rates every call of a file by a deck; needs neither database nor settings of a portal."""

    help = "Rate CALLS.csv by DECK.csv (formats: billing/rating/README.md). Nothing is written where a line is wrong."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deck", type=Path, metavar="DECK.csv", help="prices by prefix; may be packed (gzip)")
        parser.add_argument("calls", type=Path, metavar="CALLS.csv", help="calls to rate; may be packed (gzip)")
        parser.add_argument("--out", type=Path, help="write here instead of to the screen")
        parser.add_argument("--zone", default="UTC", help="zone of the deck's periods and of times without a zone")
        parser.add_argument("--holidays", default="", help="days with commas: 2026-01-01,2026-01-07")
        parser.add_argument("--rounding", default="", help='JSON, such as {"mode": "half_up", "places": 4}')

    def handle(self, *args: Any, **options: Any) -> None:
        defaults = _defaults(options)
        deck_path, calls_path = cast(Path, options["deck"]), cast(Path, options["calls"])
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as table:
            with _naming(deck_path) as wrong:
                deck = _deck(deck_path, defaults, wrong)
            with _naming(calls_path) as wrong:
                calls = read_calls(lines_of(calls_path), defaults.zone, wrong)
                said = write(cast(TextIO, table), rate_calls(deck, calls, wrong))
            table.seek(0)
            if options["out"]:
                with _naming(options["out"]), options["out"].open("w", encoding="utf-8", newline="") as out:
                    while chunk := table.read(CHUNK):
                        out.write(chunk)
            else:
                try:
                    while chunk := table.read(CHUNK):
                        self.stdout.write(chunk, ending="")
                    self.stdout.flush()
                except BrokenPipeError:  # whoever reads has seen enough
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        self.stderr.write(said, self.style.SUCCESS if sys.stderr.isatty() else None)


def _defaults(options: dict[str, Any]) -> Defaults:
    if options["zone"] not in available_timezones():
        raise CommandError(
            f"--zone: there is no time zone “{options['zone']}”, write Europe/Moscow. Nothing was rated."
        )
    try:
        holidays = frozenset(written.day(text) for text in options["holidays"].split(",") if text.strip())
    except Fault as fault:
        raise CommandError(f"--holidays: {fault}. Nothing was rated.") from None
    try:
        rounding = written.rounding_from(written.parse(options["rounding"])) if options["rounding"] else Rounding()
        if rounding.places > PLACES:
            raise Fault("round to 0 to 6 places, not %(places)s", places=rounding.places)
    except Fault as fault:
        raise CommandError(f"--rounding: {fault}. Nothing was rated.") from None
    return Defaults(zone=options["zone"], holidays=holidays, rounding=rounding)


@contextmanager
def _naming(path: Path) -> Iterator[Wrong]:
    """What goes wrong inside is told with the file's name, each line of its own. Raises CommandError."""
    wrong = Wrong()
    try:
        yield wrong
    except Fault as fault:
        if fault not in wrong.faults:
            wrong.faults.append(fault)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}. Nothing was rated.") from None
    if wrong.faults:
        more = ["and more after these"] if len(wrong.faults) == TOLD else []
        raise CommandError("\n".join([*(f"{path}: {fault}" for fault in wrong.faults), *more]) + ". Nothing was rated.")


def _deck(path: Path, defaults: Defaults, wrong: Wrong) -> Deck:
    rates: list[Rate] = []
    for found in read_rates(lines_of(path), defaults):
        if isinstance(found, Fault):
            wrong(found)
        else:
            rates.append(found)
    if not rates and not wrong.faults:
        raise Fault("the deck has no rates")
    return Deck(rates)


def write(table: TextIO, rated: Iterator[Rated]) -> str:
    """Every call as a line of CSV, in the order of the file; the totals, as a sentence."""
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEAD)
    count = billed = bundled = 0
    total = Decimal(0)
    for item in rated:
        call, rate = item.call, item.rate
        writer.writerow(
            (
                call.id, call.account, call.number, rate.prefix if rate else "", rate.destination if rate else "",
                call.answered_at.isoformat() if call.answered_at else "", call.seconds, item.bundle_seconds,
                item.billed_seconds, item.exact, format(item.amount, "f"),
            )
        )  # fmt: skip
        count, total = count + 1, total + item.amount
        billed, bundled = billed + item.billed_seconds, bundled + item.bundle_seconds
    return f"{count} calls, {billed} s billed ({bundled} s of them from bundles), {total:f} in all"
