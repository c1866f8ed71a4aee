"""How many tabs, groups and words the live gateway takes."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed

from infra.db.current import enter
from infra.live.door import Visitor
from infra.live.gateway import MAX_GROUPS, MESSAGES_PER_MINUTE
from infra.live.hub import PER_PERSON, PER_PORTAL, Hub
from infra.live.socket import Socket
from modules.crm.domain.lead import NewLead, create_lead
from tests.infra.live.tabs import Company, Gateway, closed_with, join, read
from tests.infra.waiting import until

pytestmark = pytest.mark.commits


def test_a_person_has_so_many_tabs_and_then_may_close_one(gateway: Gateway, company: Company) -> None:
    with ExitStack() as stack:
        tabs = [stack.enter_context(gateway.tab(company.host, company.cookie)) for _ in range(PER_PERSON)]
        for tab in tabs:
            join(tab, company.group)
        with gateway.tab(company.host, company.cookie) as refused:
            assert closed_with(refused) == 4429
        company.send(1)
        assert [read(tab)["data"] for tab in tabs] == [{"n": 1}] * PER_PERSON  # the others stay
        tabs[0].close()

        def let_in() -> bool:
            with gateway.tab(company.host, company.cookie) as tab:
                tab.send('{"ping": 1}')
                try:
                    return read(tab) == {"pong": 1}
                except ConnectionClosed:
                    return False

        until(let_in)


def test_a_portal_has_so_many_tabs_and_others_have_their_own() -> None:
    async def nobody(frame: Any) -> None: ...

    async def crowd() -> None:
        hub = Hub(settings.REDIS_LIVE_URL)
        ours = [Socket(Visitor("p_one", number, "s"), nobody) for number in range(PER_PORTAL + 1)]
        assert [hub.admit(socket) for socket in ours] == [True] * PER_PORTAL + [False]
        assert hub.admit(Socket(Visitor("p_two", 1, "s"), nobody))
        await hub.remove(ours[0])
        assert hub.admit(ours[-1])
        assert len(hub.everyone()) == PER_PORTAL + 1

    asyncio.run(crowd())


def test_a_tab_that_talks_too_much_is_sent_away(gateway: Gateway, company: Company) -> None:
    with gateway.tab(company.host, company.cookie) as tab, gateway.tab(company.host, company.cookie) as other:
        for number in range(MESSAGES_PER_MINUTE):
            tab.send(json.dumps({"ping": number}))
        assert [read(tab)["pong"] for _ in range(MESSAGES_PER_MINUTE)] == list(range(MESSAGES_PER_MINUTE))
        tab.send('{"ping": 0}')
        assert closed_with(tab) == 1008
        other.send('{"ping": 7}')
        assert read(other) == {"pong": 7}


def test_a_tab_joins_so_many_groups(gateway: Gateway, company: Company) -> None:
    groups = ["portal", *(f"user:{company.owner.pk}:{number}" for number in range(MAX_GROUPS))]
    with gateway.tab(company.host, company.cookie) as tab:
        tab.send(json.dumps({"join": groups}))
        assert closed_with(tab) == 1008


def test_groups_are_counted_over_all_joins(gateway: Gateway, company: Company) -> None:
    """Ten at a time, until there is no room; leaving one makes room for one."""
    with enter(company.portal):
        leads = [create_lead(actor=company.owner, new=NewLead(title=f"Lead {n}")).pk for n in range(MAX_GROUPS + 5)]
    groups = [f"record:crm.lead:{pk}" for pk in leads]
    with gateway.tab(company.host, company.cookie) as tab:
        answers = []
        for start in range(0, len(groups), 10):
            wanted = groups[start : start + 10]
            tab.send(json.dumps({"join": wanted}))
            answers += [next(iter(read(tab).items())) for _ in wanted]
        assert answers == [("joined", group) for group in groups[:MAX_GROUPS]] + [
            ("denied", group) for group in groups[MAX_GROUPS:]
        ]
        tab.send(json.dumps({"join": groups[:1]}))  # a group once more takes no room, and is not answered
        tab.send(json.dumps({"leave": groups[:1], "join": groups[-2:]}))
        assert [next(iter(read(tab).items())) for _ in range(2)] == [("joined", groups[-2]), ("denied", groups[-1])]
