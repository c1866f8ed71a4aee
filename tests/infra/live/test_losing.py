"""What ends a tab: lost rights, a lost Redis, a gateway that goes, a reader that is too slow."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from infra import live
from infra.db.current import enter
from infra.live import keys
from infra.live.gateway import RECHECK_SECONDS
from infra.live.sending import redis
from tenants.people.domain.account import make_account
from tenants.people.domain.role import built_in_role
from tenants.people.models import Role
from tests.infra.live.tabs import Company, Gateway, closed_with, join, read
from tests.infra.waiting import until
from tests.support import clients, portals

pytestmark = [pytest.mark.commits, pytest.mark.long]


def test_disconnect_closes_all_tabs_of_the_person(gateway: Gateway, company: Company) -> None:  # promise 19
    with gateway.tab(company.host, company.cookie) as one, gateway.tab(company.host, company.cookie) as two:
        join(one, company.group)
        join(two, company.group)
        with enter(company.portal):
            live.disconnect(company.owner.pk)
        assert (closed_with(one), closed_with(two)) == (4401, 4401)


def test_a_deactivated_person_is_out_within_five_seconds(gateway: Gateway, company: Company) -> None:  # promise 19
    with enter(company.portal):
        colleague = make_account(
            email="erin@initech.example",
            role=built_in_role(Role.Base.EMPLOYEE),
            password=portals.PASSWORD,
            email_verified=True,
            first_name="Erin",
        )
    cookie = clients.signed_in(colleague).cookies[settings.SESSION_COOKIE_NAME].value
    with gateway.tab(company.host, cookie) as tab, gateway.tab(company.host, company.cookie) as owners:
        join(tab, f"user:{colleague.pk}")
        join(owners, company.group)
        assert company.browser.post(f"/people/{colleague.pk}/deactivate/").status_code in (200, 302)
        told = time.monotonic()
        assert closed_with(tab) == 4401
        assert time.monotonic() - told < RECHECK_SECONDS / 2  # by a word, not by the next look at the sessions
        company.send(1)
        assert read(owners)["data"] == {"n": 1}  # nobody else was sent away
    with gateway.tab(company.host, cookie) as tab:
        assert closed_with(tab) == 4401


def test_an_ended_session_is_closed_at_the_next_recheck_even_without_a_word(company: Company, tmp_path: Path) -> None:
    # promise 19: Redis comes back from being away, nobody said anything, the session is gone
    gateway = Gateway(tmp_path / "gateway.log")
    try:
        with gateway.tab(company.host, company.cookie) as tab:
            join(tab, company.group)
            with enter(company.portal):
                company.browser.logout()
            redis().execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            assert closed_with(tab) == 4401
    finally:
        gateway.process.kill()


def test_losing_redis_is_a_reset_and_then_goes_on(gateway: Gateway, company: Company) -> None:  # promise 75
    with gateway.tab(company.host, company.cookie) as tab:
        join(tab, company.group)
        redis().execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        assert read(tab) == {"reset": company.group}

        def heard() -> bool:
            return redis().execute_command("PUBSUB", "NUMSUB", keys.channel(company.portal.schema_name))[1] == 1

        until(heard)
        company.send(5)
        assert read(tab)["data"] == {"n": 5}


def test_sigterm_sends_every_tab_away_to_come_back(company: Company, tmp_path: Path) -> None:  # promise 80
    gateway = Gateway(tmp_path / "gateway.log")
    with gateway.tab(company.host, company.cookie) as tab:
        last = join(tab, company.group)
        gateway.process.send_signal(signal.SIGTERM)
        assert closed_with(tab) == 1012
    assert gateway.process.wait(60) in (0, -signal.SIGTERM)
    company.send(8)
    after = Gateway(tmp_path / "gateway.log")
    try:
        with after.tab(company.host, company.cookie) as tab:
            tab.send(json.dumps({"join": [company.group], "last": {company.group: last}}))
            assert read(tab)["data"] == {"n": 8}
    finally:
        after.process.kill()


def test_a_tab_that_reads_too_slowly_starts_over(gateway: Gateway, company: Company) -> None:
    blob = "x" * 12_000
    with gateway.tab(company.host, company.cookie, room=8192) as tab:
        join(tab, company.group)
        with enter(company.portal):
            for number in range(1000):
                live.send_now(company.group, "test.big", {"n": number, "blob": blob})
        seen: list[Any] = []
        while {"reset": company.group} not in seen:
            frame = read(tab)
            seen.append(frame if "reset" in frame else frame["data"]["n"])
    numbers = [item for item in seen if isinstance(item, int)]
    assert numbers == sorted(numbers)
    assert len(numbers) < 1000
