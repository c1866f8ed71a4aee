"""The live gateway through real sockets: who gets in, and what arrives."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from websockets.exceptions import InvalidStatus

from infra.db.current import enter
from infra.live.clock import moment_of
from infra.live.sending import KEPT, KEPT_SECONDS
from tenants.portals.models import Portal
from tests.infra.live.tabs import Company, Gateway, closed_with, join, read

pytestmark = pytest.mark.commits


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


def test_a_new_page_hears_what_happened_since_it_was_begun(gateway: Gateway, company: Company) -> None:  # promise 48
    begun = moment_of(time.time())
    assert begun is not None

    def first_answer(moment: int) -> dict[str, Any]:
        with gateway.tab(company.host, company.cookie) as tab:
            tab.send(json.dumps({"join": [company.group], "last": {company.group: str(moment)}}))
            return read(tab)

    assert set(first_answer(begun)) == {"joined", "id"}
    company.send(1)
    heard = first_answer(begun)
    assert heard["data"] == {"n": 1}
    assert first_answer(int(heard["id"].partition("-")[0]) + 1) == {"joined": company.group, "id": heard["id"]}
    assert first_answer(begun - (KEPT_SECONDS + 1) * 1000) == {"reset": company.group}
    for number in range(KEPT):
        company.send(number)
    assert first_answer(begun) == {"reset": company.group}


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


def test_probe_answers_without_a_portal(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port)) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert raw.makefile("rb").readline().startswith(b"HTTP/1.1 200")
