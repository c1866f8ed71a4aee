"""10,000 forms of one company at once: is each stored once, and how long do another company's pages take (54, 76)?"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.db.current import enter
from modules.crm.models import Lead
from modules.sites.domain import spam
from modules.sites.models import Submission
from tenants.portals.models import Portal
from tests.bench.figures import figure, p95, walls
from tests.factories.flood import Flood
from tests.infra.webserver import Visitor, web

pytestmark = [pytest.mark.bench, pytest.mark.commits]
POSTS, VISITORS = 10_000, 300


def test_ten_thousand_forms_beside_another_company(
    fresh_portal: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(spam, "WORK", 20)
    flood, other = Flood(fresh_portal("Big"), POSTS), fresh_portal("Small")
    with web(tmp_path / "web.log", workers=2) as port:
        visitor = Visitor(other, port)
        walls(lambda: visitor.ask("/crm/leads/"), 30)
        alone = p95(walls(lambda: visitor.ask("/crm/leads/"), 100))
        storm, beside = threading.Thread(target=flood.send, args=(port, VISITORS)), []
        began = time.perf_counter()
        storm.start()
        while storm.is_alive():
            beside += walls(lambda: visitor.ask("/crm/leads/"))
        took, refused = time.perf_counter() - began, Counter(flood.told.values())[503]
        while 503 in flood.told.values():
            flood.send(port, 4)
    with enter(flood.portal):
        stored = Counter(Submission.objects.values_list("title", flat=True))
        leads = Counter(Lead.objects.values_list("person_name", flat=True))
    assert {name: (stored[name], leads[name]) for name in flood.thanked} == dict.fromkeys(flood.thanked, (1, 1))
    figure(f"{POSTS:,} forms at once over {VISITORS} connections: thanked and stored once", len(flood.thanked))
    figure("… taken or refused a second, two processes", POSTS / took, beside=f"{refused:,} told to come back, who did")
    figure(
        "another company's list meanwhile, p95 of that without the storm",
        p95(beside) / alone,
        "x",
        at_most=2,
        beside=f"{alone * 1000:.0f} ms alone, {p95(beside) * 1000:.0f} ms beside, {len(beside)} pages",
    )
