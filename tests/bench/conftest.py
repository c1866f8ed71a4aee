"""Every bench notes its figures; the whole table is printed when the last one has ended."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest

from tests.bench.figures import figure, machine, table


@pytest.fixture(scope="session", autouse=True)
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The file that gathers them. The same piece of work before and after tells how busy the machine was."""
    gathered = tmp_path_factory.mktemp("bench") / "figures"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_FIGURES", str(gathered))
        before = machine()
        yield
        busy = f"before: {before:.1f} ms; load {os.getloadavg()[2]:.1f} on {os.cpu_count()} cores"
        figure("the machine: a fixed piece of Python", machine(), "ms", beside=busy)
    print(f"\n\n{table(gathered)}\n")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A line of log for each request would hide the figures."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)
