"""Every page of a portal with values in its address and forms that no page of ours sends: never a 5xx (promise 77).

Two classes, so that workers share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.forms import BaseForm
from django.test import Client

from tenants.people.models import User
from tests.isolation.addresses import Address, addresses
from tests.isolation.walk import ENDS_SESSION, arrived
from tests.isolation.world import Company

pytestmark = pytest.mark.long

As = Callable[[User], Client]
Companies = tuple[Company, Company]
# What pages read from addresses and forms by name, beside the fields that their forms declare.
NAMES = (
    "action", "after", "amount_min", "before", "card", "column", "created_after", "currency", "delivery", "department",
    "do", "export", "ids", "next", "op", "order", "parent", "period", "pipeline", "q", "responsible", "role", "session",
    "shown", "stage", "status", "to", "totals", "version", "view",
)  # fmt: skip
ODD = ("\0", "9" * 5000, "9" * 30, "²", "NaN", "9999-12-31", "x" * 3000)
SCRIPT = "'\"><script>"


def pages(companies: Companies, method: str) -> Iterator[Address]:
    for address in addresses(companies[0].samples):
        if address.route.name not in ENDS_SESSION and not address.api and method in address.methods:
            yield address


def ask(client: Client, method: str, path: str, values: dict[str, str]) -> tuple[int, bytes]:
    with transaction.atomic():
        answer: Any = client.get(path, values) if method == "GET" else client.post(path, values)
        said = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer.status_code, said


class TestAddresses:
    def test_none_breaks_a_page(self, companies: Companies, as_: As) -> None:
        client, asked, broken = arrived(as_(companies[0].owner)), 0, []
        client.raise_request_exception = False
        for number, address in enumerate(pages(companies, "GET")):  # from page to page a name meets another value
            values = {name: ODD[(place + number) % len(ODD)] for place, name in enumerate(NAMES)}
            status, _said = ask(client, "GET", address.path, values)
            asked += 1
            if status >= 500:
                broken.append(f"{address.path}: {status}")
            if SCRIPT.encode() in ask(client, "GET", address.path, dict.fromkeys(NAMES, SCRIPT))[1]:
                broken.append(f"{address.path}: says a script back")
        assert broken == []
        assert asked > 100


class TestForms:
    def test_none_breaks_a_page(self, companies: Companies, as_: As) -> None:
        client, asked, broken = arrived(as_(companies[0].owner)), 0, []
        client.raise_request_exception = False
        for number, address in enumerate(pages(companies, "POST")):  # one field has one value, the next the other
            names = [*NAMES, *fields(client, address)]
            values = {name: ("\0", "9" * 5000)[(place + number) % 2] for place, name in enumerate(names)}
            status, _said = ask(client, "POST", address.path, values)
            asked += 1
            if status >= 500:
                broken.append(f"{address.path}: {status}")
        assert broken == []
        assert asked > 80


def fields(client: Client, address: Address) -> list[str]:
    """The names that the forms of the page declare."""
    context: Any = client.get(address.path).context if "GET" in address.methods else None
    values = [value for part in context or () for layer in part.dicts for value in layer.values()]
    return sorted({name for value in values if isinstance(value, BaseForm) for name in value.fields})
