"""What workers do with large tables: rules of time and the search for duplicates, beside 200,000 contacts.

BENCH_CONTACTS says how many there are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from infra.db.current import enter
from modules.crm.domain.kinds import CONTACT
from modules.crm.domain.pairs import scan
from modules.crm.domain.rules import timing
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.bench.figures import figure, walls
from tests.bench.filling import bare, spread
from tests.modules.crm.rules import note, rule

pytestmark = [pytest.mark.bench, pytest.mark.commits]
CONTACTS = int(os.environ.get("BENCH_CONTACTS", "200000"))

# Every fiftieth has the phone of the one before; names repeat some hundred times, as among real people.
_CONTACTS = """
INSERT INTO crm_contact (id, version, created_at, updated_at, honorific, first_name, middle_name, last_name, name,
  post, type, source, source_detail, comment, origin, discount, birthday)
SELECT n, 1, at, at, '', 'Anna', '', 'Surname' || n %% 20011, 'Anna Surname' || n %% 20011, '',
  'client', 'other', '', '', '', 0, '1950-01-01'::date + (n * 7 %% 25000)
FROM generate_series(%(first)s::int, %(last)s::int) AS n, LATERAL (SELECT now() - n * interval '1 minute' AS at) AS t
"""
_POINTS = """
INSERT INTO crm_contactpoint (contact_id, kind, typed, value, position)
SELECT n, 'phone', v, v, 0 FROM (SELECT n, '+7495' || lpad((n - (n %% 50 = 0)::int)::text, 7, '0') AS v
  FROM generate_series(%(first)s::int, %(last)s::int) AS n) AS points
"""


def test_background(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal("Bench")
    with enter(portal):
        owner = User.objects.owners().get()
        with bare(portal.schema_name, "crm_contact", "crm_contactpoint"):
            spread(portal.schema_name, _CONTACTS, {}, CONTACTS)
            spread(portal.schema_name, _POINTS, {}, CONTACTS)
        details = {"field": "birthday", "shift": 0, "at": "09:00", "yearly": True}
        yearly = rule(owner, "day", note("{{client}}"), kind=CONTACT, details=details, on=False)
        rows = timing.on_day(yearly, CONTACT, date(2026, 6, 15)).order_by("pk")
        plan = rows.explain()
        assert "Seq Scan on crm_contact" not in plan, plan
        wall = min(walls(lambda: list(rows.values_list("pk", flat=True)), 5)) * 1000
        figure(f"{CONTACTS:,} contacts: birthdays of a day", wall, "ms", at_most=50, beside=f"{rows.count()} found")
        began, cpu = time.perf_counter(), time.process_time()
        found = scan(CONTACT)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        assert found >= CONTACTS // 50
        figure(f"{CONTACTS:,} contacts: duplicates found", wall, "s", beside=f"CPU {cpu:.1f} s; {found:,} pairs")
        connection.close()
