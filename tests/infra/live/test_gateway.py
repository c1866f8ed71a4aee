"""The live gateway through real sockets: who gets in, what arrives, what happens when things break."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from infra import live
from infra.db.current import enter
from infra.live import keys
from infra.live.door import Visitor
from infra.live.gateway import MAX_GROUPS, MESSAGES_PER_MINUTE
from infra.live.hub import PER_PERSON, PER_PORTAL, Hub
from infra.live.sending import KEPT, redis
from infra.live.socket import Socket
from infra.local.process import free_port
from modules.crm.domain.lead import NewLead, create_lead
from tenants.people.domain.account import make_account
from tenants.people.domain.role import built_in_role
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.infra.waiting import until
from tests.support import clients, portals

pytestmark = pytest.mark.commits


class Gateway:
    """`manage.py live` in a process of its own."""

    def __init__(self, log: Path) -> None:
        self.port, self.log = free_port(), log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "live", "--port", str(self.port)],
                env=os.environ,
                stdout=output,
                stderr=output,
            )
        until(self._answers, 30)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def tab(self, host: str, cookie: str = "", origin: str | None = "own", path: str = "/live") -> ClientConnection:
        """A browser tab of `host`."""
        return connect(
            f"ws://{host}:{self.port}{path}",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            origin=f"http://{host}" if origin == "own" else origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"} if cookie else {},
            open_timeout=10,
        )


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Gateway]:
    running = Gateway(tmp_path_factory.mktemp("live") / "gateway.log")
    yield running
    running.process.kill()
    running.process.wait()


class Company:
    """A portal with its owner signed in."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.host = portal, portal.host
        with enter(portal):
            owner = User.objects.order_by("pk").first()
            assert owner is not None
            self.owner = owner
        self.browser = clients.signed_in(self.owner)
        self.cookie = self.browser.cookies[settings.SESSION_COOKIE_NAME].value
        self.group = f"user:{self.owner.pk}"

    def send(self, number: int, group: str = "") -> None:
        with enter(self.portal):
            live.send(group or self.group, "test.number", {"n": number})


@pytest.fixture
def company(fresh_portal: Callable[..., Portal]) -> Company:
    return Company(fresh_portal())


def join(tab: ClientConnection, group: str, last: str = "") -> str:
    """Join and return the id to come back with; what was missed must be read before."""
    tab.send(json.dumps({"join": [group], "last": {group: last} if last else {}}))
    return str(read(tab)["id"])


def read(tab: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(tab.recv(timeout=10)))


def closed_with(tab: ClientConnection) -> int:
    try:
        while True:
            tab.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_messages_arrive_in_order_and_only_in_their_group(gateway: Gateway, company: Company) -> None:
    with gateway.tab(company.host, company.cookie) as tab:
        join(tab, company.group)
        company.send(0, "user:999")
        for number in range(20):
            company.send(number)
        frames = [read(tab) for _ in range(20)]
    assert [frame["data"]["n"] for frame in frames] == list(range(20))
    assert {(frame["group"], frame["type"]) for frame in frames} == {(company.group, "test.number")}


def test_nothing_is_sent_before_the_commit_or_after_a_rollback(gateway: Gateway, company: Company) -> None:
    with gateway.tab(company.host, company.cookie) as tab:
        join(tab, company.group)
        with enter(company.portal):
            with transaction.atomic():
                company.send(1)
                transaction.set_rollback(True)
            with transaction.atomic():
                company.send(2)
                company.send(3, "user:999")
        assert read(tab)["data"] == {"n": 2}


def test_what_was_missed_is_fetched_by_the_last_id(gateway: Gateway, company: Company) -> None:  # promise 48
    with gateway.tab(company.host, company.cookie) as tab:
        quiet = join(tab, company.group)
    company.send(1)
    with gateway.tab(company.host, company.cookie) as tab:
        tab.send(json.dumps({"join": [company.group], "last": {company.group: quiet}}))
        first = read(tab)
        assert (first["data"], set(read(tab))) == ({"n": 1}, {"joined", "id"})
    for number in (2, 3):
        company.send(number)
    with gateway.tab(company.host, company.cookie) as tab:
        tab.send(json.dumps({"join": [company.group], "last": {company.group: first["id"]}}))
        assert [read(tab)["data"]["n"] for _ in range(2)] == [2, 3]


def test_what_is_no_longer_kept_is_a_reset(gateway: Gateway, company: Company) -> None:  # promise 48
    with gateway.tab(company.host, company.cookie) as tab:
        last = join(tab, company.group)
    for number in range(KEPT + 1):
        company.send(number)
    with gateway.tab(company.host, company.cookie) as tab:
        tab.send(json.dumps({"join": [company.group], "last": {company.group: last}}))
        assert read(tab) == {"reset": company.group}


def test_two_portals_with_the_same_ids_never_cross(
    gateway: Gateway, company: Company, fresh_portal: Callable[..., Portal]
) -> None:  # promises 1, 11
    other = Company(fresh_portal("Hooli"))
    assert company.group == other.group
    with gateway.tab(company.host, company.cookie) as ours, gateway.tab(other.host, other.cookie) as theirs:
        join(ours, company.group)
        join(theirs, other.group)
        company.send(1)
        other.send(2)
        assert (read(ours)["data"], read(theirs)["data"]) == ({"n": 1}, {"n": 2})


def test_a_cookie_of_another_portal_is_nobody(
    gateway: Gateway, company: Company, fresh_portal: Callable[..., Portal]
) -> None:  # promises 1, 10
    other = fresh_portal("Hooli")
    with gateway.tab(other.host, company.cookie) as tab:
        assert closed_with(tab) == 4401


@pytest.mark.parametrize("cookie", ["", "forged"])
def test_without_a_session_the_tab_is_told_to_sign_in(gateway: Gateway, company: Company, cookie: str) -> None:
    with gateway.tab(company.host, cookie) as tab:
        assert closed_with(tab) == 4401


@pytest.mark.parametrize("origin", [None, "http://evil.example", "https://{host}", "http://{host}:81", "null"])
def test_a_foreign_page_is_refused(gateway: Gateway, company: Company, origin: str | None) -> None:  # promise 11
    with pytest.raises(InvalidStatus) as refused:
        gateway.tab(company.host, company.cookie, origin and origin.format(host=company.host))
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("host", ["portal.localhost", "nobody.portal.localhost", "127.0.0.1"])
def test_a_host_without_a_portal_is_refused(gateway: Gateway, company: Company, host: str) -> None:  # promise 14
    with pytest.raises(InvalidStatus):
        gateway.tab(host, company.cookie)


@pytest.mark.parametrize("group", ["user:999999", "user", "nonsense:1", "record:crm.lead:999999", "portal:x"])
def test_groups_one_may_not_join_are_denied(gateway: Gateway, company: Company, group: str) -> None:
    with gateway.tab(company.host, company.cookie) as tab:
        tab.send(json.dumps({"join": [group, "portal"]}))
        assert read(tab) == {"denied": group}
        assert read(tab)["joined"] == "portal"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"join":"user:1"}', '{"join":["USER 1"]}', '{"last":{"a":1}}', "[" * 99]
)
def test_what_is_not_of_the_protocol_ends_the_connection(gateway: Gateway, company: Company, text: str) -> None:
    with gateway.tab(company.host, company.cookie) as tab:
        tab.send(text)
        assert closed_with(tab) == 1008


def test_a_huge_message_ends_the_connection(gateway: Gateway, company: Company) -> None:
    with gateway.tab(company.host, company.cookie) as tab:
        tab.send("x" * 100_000)
        assert closed_with(tab) == 1009


def test_ping_is_answered(gateway: Gateway, company: Company) -> None:
    with gateway.tab(company.host, company.cookie) as tab:
        tab.send('{"ping": 7}')
        assert read(tab) == {"pong": 7}


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
        began = time.monotonic()
        assert company.browser.post(f"/people/{colleague.pk}/deactivate/").status_code in (200, 302)
        assert closed_with(tab) == 4401
        assert time.monotonic() - began < 5
        company.send(1)
        assert read(owners)["data"] == {"n": 1}  # nobody else was sent away
    with gateway.tab(company.host, cookie) as tab:
        assert closed_with(tab) == 4401


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
    assert gateway.process.wait(15) in (0, -signal.SIGTERM)
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
    with gateway.tab(company.host, company.cookie) as tab:
        join(tab, company.group)
        with enter(company.portal):
            for number in range(3000):
                live.send_now(company.group, "test.big", {"n": number, "blob": blob})
        seen: list[Any] = []
        while {"reset": company.group} not in seen:
            frame = read(tab)
            seen.append(frame if "reset" in frame else frame["data"]["n"])
    numbers = [item for item in seen if isinstance(item, int)]
    assert numbers == sorted(numbers)
    assert len(numbers) < 3000


def test_probe_answers_without_a_portal(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port)) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert raw.makefile("rb").readline().startswith(b"HTTP/1.1 200")
