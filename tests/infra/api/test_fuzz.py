"""Every operation of the OpenAPI document, fed with what its schema allows and what it does not: no answer is a 5xx."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import pytest
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok

from tests.isolation.addresses import addresses
from tests.isolation.world import Company, align_sequences, furnish
from tests.support import clients, portals

pytestmark = pytest.mark.long

EXAMPLES = 4
#: What well-meant values never are; one of them takes the place of one value of a request that was right.
NASTY: tuple[Any, ...] = (
    "\0",
    "a\0b",
    "",
    " ",
    "x" * 5000,
    "🜚\u202e\ufeff",
    "9" * 400,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "NaN",
    "1e999",
    "-0",
    -1,
    0,
    2**31,
    2**63 - 1,
    1.5,
    True,
    None,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": ""},
)
BROKEN_BODIES = (b"", b"\xff\xfe", b"[]", b"null", b'"x"', b"{", b"[" * 100_000, b'{"name": "\\ud800"}', b"1" * 5000)


@pytest.fixture
def company(db: None) -> Company:
    """acme with one record of every kind, so that operations find what they name."""
    align_sequences(portals.get("acme"))
    return furnish("acme")


def operations(client: Client) -> Iterator[APIOperation]:
    """What the document describes."""
    document = client.get("/api/v1/schema").json()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


def ask(client: Client, method: str, path: str, query: dict[str, Any], body: bytes) -> None:
    """Send it to the application and take back whatever it changed. Raises what would have been answered with 500."""
    with transaction.atomic():
        answer = client.generic(
            method, path, body, content_type="application/json", query_params=query, headers={"If-Match": "*"}
        )
        transaction.set_rollback(True)
    assert answer.status_code < 500, answer.content


def _sendable(value: Any) -> Any:
    """A value as a query string can hold it: there is no null in one."""
    if isinstance(value, list):
        return [_sendable(one) for one in value]
    return "" if value is None else value


@st.composite
def requests(draw: st.DrawFn, operation: APIOperation) -> tuple[dict[str, Any], bytes]:
    """Query and body: as described, not as described, as described but for one value, or no JSON at all."""
    kind = draw(st.sampled_from(("right", "wrong", "poisoned", "poisoned", "broken")))
    mode = GenerationMode.NEGATIVE if kind == "wrong" else GenerationMode.POSITIVE
    case: Case = draw(operation.as_strategy(generation_mode=mode, headers={}, cookies={}))
    query = dict(case.query or {})
    described = [parameter.name for parameter in operation.query]
    if kind == "poisoned" and described:
        query[draw(st.sampled_from(described))] = draw(st.sampled_from(NASTY))
    query = {name: _sendable(value) for name, value in query.items()}
    if kind == "broken":
        return query, draw(st.sampled_from(BROKEN_BODIES))
    body = case.body
    if kind == "poisoned" and isinstance(body, dict) and body:
        body = {**body, draw(st.sampled_from(sorted(body))): draw(st.sampled_from(NASTY))}
    try:
        return query, orjson.dumps(body)
    except TypeError:  # nothing to send, or numbers that JSON of ours does not know
        return query, b""


def fuzz(client: Client, operation: APIOperation, path: str) -> int:
    """How many requests the operation answered in peace. Raises what the first of the others raised."""
    asked = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(request=requests(operation))
    def hold(request: tuple[dict[str, Any], bytes]) -> None:
        nonlocal asked
        asked += 1
        ask(client, operation.method.upper(), path, *request)

    hold()
    return asked


def filled(templates: Iterable[str], company: Company) -> dict[str, str]:
    """Each path of the document, led to records of the company; what two could be is the one that says more."""
    shapes = [(path, re.compile("[^/]+".join(map(re.escape, re.split(r"\{\w+\}", path))))) for path in templates]
    shapes.sort(key=lambda shape: len(re.sub(r"\{\w+\}", "", shape[0])), reverse=True)
    found = {}
    for address in addresses(company.samples):
        path = next((path for path, shape in shapes if shape.fullmatch(address.path)), None)
        if path is not None:
            found[path] = address.path
    return found


class Fuzzing:
    """Every third operation, from the `first` on: workers share what takes a minute and a half."""

    first: int

    def test_nothing_that_is_sent_breaks_the_api(self, company: Company) -> None:  # promise 77
        client = clients.with_token(company.owner)
        described = list(operations(client))
        real = filled([operation.path for operation in described], company)
        asked, broken = 0, []
        for operation in described[self.first :: 3]:
            try:
                asked += fuzz(client, operation, real[operation.path])
            except Exception as error:  # the next operation may break differently
                broken.append(f"{operation.method} {operation.path}: {error!r} {getattr(error, '__notes__', '')}")
        assert broken == []
        assert asked > 250


class TestFirstThird(Fuzzing):
    first = 0


class TestSecondThird(Fuzzing):
    first = 1


class TestLastThird(Fuzzing):
    first = 2
