"""One row a figure: what was measured, beside its target and its floor or peer.

Rows are gathered in the file that BENCH_FIGURES names, because some benches run in processes of their own; `table`
shows them all when the run ends (conftest.py). Targets are those of infra/docs/speed.md.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS = 3
_HEADINGS = ("figure", "measured", "target", "", "floor or peer")


def figure(
    what: str,
    got: float,
    unit: str = "",
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    beside: str = "",
) -> None:
    """Note that `what` is `got` `unit`; `beside` says what the floor or a peer gives."""
    target = at_most if at_most is not None else at_least
    met = (at_most is None or got <= at_most) and (at_least is None or got >= at_least)
    row = (
        what,
        _number(got, unit),
        "" if target is None else f"{'≤' if at_most is not None else '≥'} {_number(target, unit)}",
        "" if target is None else "met" if met else "MISSED",
        beside,
    )
    with Path(os.environ["BENCH_FIGURES"]).open("a") as file:
        file.write(json.dumps(row) + "\n")


def table(path: Path) -> str:
    """All rows as one table in Markdown, "" when nothing was measured."""
    rows = [tuple(json.loads(line)) for line in path.read_text().splitlines()]
    if not rows:
        return ""
    widths = [max(len(row[place]) for row in [_HEADINGS, *rows]) for place in range(len(_HEADINGS))]
    ruled = [_HEADINGS, tuple("-" * width for width in widths), *rows]
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in ruled)


def p95(taken: list[float]) -> float:
    """What 95 of 100 stay under."""
    return statistics.quantiles(taken, n=20, method="inclusive")[-1]


def walls(work: Callable[[], object], times: int = 1) -> list[float]:
    """Seconds each of `times` calls took."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def cpu_of(work: Callable[[], object], times: int) -> float:
    """Seconds of this process's CPU for one call: the best of three rounds of `times`."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        rounds.append((time.process_time() - began) / times)
    return min(rounds)


def machine() -> float:
    """Milliseconds of CPU for a fixed piece of Python: shows how fast the machine is at this moment."""
    return cpu_of(lambda: sum(number * number for number in range(100_000)), 5) * 1000


def _number(value: float, unit: str) -> str:
    digits = 0 if value == int(value) or value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()
