"""Every address of a portal answers with the headers that keep browsers safe, refusals included (promise 78)."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client

from tenants.people.models import User
from tests.isolation.addresses import addresses
from tests.isolation.test_matrix import ENDS_SESSION, Companies
from tests.support import clients

_PLACES = {"/healthz", "/readyz", "/metrics"}  # for machines; they answer before any page is made


def test_every_answer_is_locked(companies: Companies, as_: Callable[[User], Client]) -> None:
    acme = companies[0]
    wrong, seen = [], 0
    for client in (clients.anonymous(acme.portal), as_(acme.owner)):
        for address in addresses(acme.samples):
            if address.route.name in ENDS_SESSION or "GET" not in address.methods or address.path in _PLACES:
                continue
            answer = client.get(address.path)
            seen += 1
            policy = answer.headers.get("Content-Security-Policy", "")
            if answer.headers.get("X-Content-Type-Options") != "nosniff":
                wrong.append(f"{address.path}: types may be guessed")
            if "frame-ancestors 'none'" not in policy and "frame-ancestors 'self'" not in policy:
                wrong.append(f"{address.path}: {answer.status_code}, may be framed: {policy!r}")
            if re.search(r"script-src[^;]*('unsafe|\*|https?:)", policy):
                wrong.append(f"{address.path}: takes any script: {policy!r}")
    assert wrong == []
    assert seen > 150
