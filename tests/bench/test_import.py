"""An import of 100,000 contacts with their companies, five in a hundred known already, as the worker runs it.

BENCH_IMPORT says how many rows the file has.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.db.current import enter
from infra.jobs.domain.running import run
from modules.crm.domain.importing import running
from modules.crm.domain.importing.imports import start_import
from modules.crm.domain.kinds import CONTACT
from modules.crm.models import Company, Contact
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.bench.figures import figure
from tests.factories.importing import taken

pytestmark = [pytest.mark.bench, pytest.mark.commits]
ROWS = int(os.environ.get("BENCH_IMPORT", "100000"))
_FIRST = ("Anna", "Sergey", "Olga", "Oliver", "Grace", "Daniel", "Chloe", "Мария", "Пётр")


def lines(rows: int) -> str:
    """The file: every twentieth row is a contact that an earlier one has made."""
    made = ["First name;Last name;Company;Job title;Work phone;E-mail;Birthday;City;Comment"]
    for n in range(rows):
        who = n if n % 20 else n // 2
        made.append(
            f"{_FIRST[who % 9]};Surname{who % 20011};Company {who % 5003} Ltd;Buyer;"
            f"8 (495) {who // 10000 % 1000:03d}-{who // 100 % 100:02d}-{who % 100:02d};"
            f"person{who}@example{who % 97}.com;{1 + who % 28:02d}.{1 + who % 12:02d}.{1960 + who % 40};Москва;Row {n}"
        )
    return "\n".join(made)


def resident() -> float:
    """Megabytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_import(fresh_portal: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[float] = []
    written = running._write_sound

    def watched(*given: object) -> object:
        held.append(resident())
        return written(*given)

    monkeypatch.setattr(running, "_write_sound", watched)
    with enter(fresh_portal("Bench")):
        owner = User.objects.owners().get()
        started = time.perf_counter()
        made = taken(owner, CONTACT, "contacts.csv", lines(ROWS))
        figure(f"{ROWS:,} rows: upload, read and matched", time.perf_counter() - started, "s")
        job = start_import(actor=owner, made=made).job_id
        assert job is not None
        wall, cpu = time.perf_counter(), time.process_time()
        run(job, running.run_import, resumable=True)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        made.refresh_from_db()
        assert (made.state, made.created_count + made.updated_count + made.skipped_count) == ("done", ROWS)
        assert Contact.objects.count() == made.created_count
        beside = f"CPU {cpu:.0f} s; {made.created_count:,} made, {Company.objects.count():,} companies along"
        figure(f"{ROWS:,} rows imported with duplicate check", wall, "s", at_most=120 * ROWS / 100_000, beside=beside)
        early, late = held[len(held) // 10], max(held[len(held) // 10 :])
        figure(
            "memory gained from a tenth to the end", late - early, "MB", at_most=20, beside=f"at the end {late:.0f} MB"
        )
