"""A form that everybody sends at once, through the real web server (promise 54); the full storm is in tests/bench."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.db.current import enter
from modules.crm.models import Lead
from modules.sites.domain import spam
from modules.sites.models import Submission
from tenants.portals.models import Portal
from tests.factories.flood import Flood
from tests.infra.webserver import web

pytestmark = pytest.mark.long

POSTS, VISITORS = 400, 140


@pytest.mark.commits
def test_every_form_that_was_taken_is_stored_once(
    fresh_portal: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # promise 54
    monkeypatch.setattr(spam, "WORK", 20)
    flood = Flood(fresh_portal(), POSTS)
    with web(tmp_path / "web.log") as port:
        flood.send(port, VISITORS)
        assert set(flood.told.values()) <= {200, 201, 303, 503, 0}
        flood.send(port, 4)  # whoever was told to come back does so
    assert set(flood.told.values()) <= {200, 201, 303, 0}
    thanked = flood.thanked
    assert len(flood.told) == POSTS
    assert len(thanked) > POSTS * 0.9
    with enter(flood.portal):
        titles = Counter(Submission.objects.values_list("title", flat=True))
        names = Counter(Lead.objects.values_list("person_name", flat=True))
    assert {name: titles[name] for name in thanked} == dict.fromkeys(thanked, 1)
    assert titles == names
    assert set(titles.values()) == {1}
    unanswered = {name for name, status in flood.told.items() if status == 0}
    assert set(titles) - thanked <= unanswered  # only who got no answer may be there without thanks
