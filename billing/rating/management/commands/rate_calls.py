"""`manage.py rate_calls DECK.csv CALLS.csv`: the engine alone, on files, for whoever wants to check a bill."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError

from billing.rating.engine import written
from billing.rating.engine.calls import Rated, rate_calls, read_calls
from billing.rating.engine.decks import Defaults, read_deck
from billing.rating.engine.faults import Fault
from billing.rating.engine.rounding import Rounding

HEAD = (
    "id", "number", "prefix", "destination", "answered_at", "seconds", "bundle_seconds", "billed_seconds", "exact",
    "amount",
)  # fmt: skip


class Command(BaseCommand):
    """Rates every call of a file by a deck; needs neither database nor settings of a portal."""

    help = "Rate CALLS.csv by DECK.csv (formats: billing/rating/README.md). Nothing is written where a line is wrong."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deck", type=Path, metavar="DECK.csv")
        parser.add_argument("calls", type=Path, metavar="CALLS.csv", help=".gz is unpacked")
        parser.add_argument("--out", type=Path, help="write here instead of to the screen")
        parser.add_argument("--zone", default="UTC", help="zone of the deck's periods and of times without a zone")
        parser.add_argument("--holidays", default="", help="days with commas: 2026-01-01,2026-01-07")
        parser.add_argument("--rounding", default="", help='JSON, such as {"mode": "half_up", "places": 4}')

    def handle(self, *args: Any, **options: Any) -> None:
        deck_path, calls_path = cast(Path, options["deck"]), cast(Path, options["calls"])
        where = deck_path
        try:
            defaults = Defaults(
                zone=options["zone"],
                holidays=frozenset(written.day(text) for text in options["holidays"].split(",") if text.strip()),
                rounding=written.rounding_from(written.parse(options["rounding"]))
                if options["rounding"]
                else Rounding(),
            )
            with opened(deck_path) as lines:
                deck = read_deck(lines, defaults)
            where = calls_path
            table = io.StringIO()
            with opened(calls_path) as lines:
                count, total = write(table, rate_calls(deck, read_calls(lines, options["zone"])))
        except Fault as fault:
            raise CommandError(f"{where}: {fault}. Nothing was rated.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{where}: {error}. Nothing was rated.") from None
        if options["out"]:
            options["out"].write_text(table.getvalue(), encoding="utf-8", newline="")
        else:
            self.stdout.write(table.getvalue(), ending="")
        self.stderr.write(f"{count} calls, {total} in all", self.style.SUCCESS if sys.stderr.isatty() else None)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The text of a file, unpacked where its name ends in .gz."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield cast(TextIO, text)
    else:
        with path.open(encoding="utf-8-sig", newline="") as text:
            yield text


def write(table: TextIO, rated: Iterator[Rated]) -> tuple[int, Decimal]:
    """Every call as a line of CSV; how many there are, and the exact sum of what they cost."""
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEAD)
    count, total = 0, Decimal(0)
    for item in rated:
        call, rate = item.call, item.rate
        writer.writerow(
            (
                call.id, call.number, rate.prefix if rate else "", rate.destination if rate else "",
                call.answered_at.isoformat() if call.answered_at else "", call.seconds, item.bundle_seconds,
                item.billed_seconds, item.exact, format(item.amount, "f"),
            )
        )  # fmt: skip
        count, total = count + 1, total + item.amount
    return count, total
