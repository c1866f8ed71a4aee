"""Every address × every kind of person: nobody sees or changes what is not theirs (promises 1, 8, 18 and 78)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from infra.adapters.storage import get_storage
from infra.db.current import enter
from infra.kit.registry import registry
from infra.kit.screens import Audience
from infra.kit.spec import Scope
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tests.isolation.addresses import PORTAL, Address, addresses
from tests.isolation.walk import Answer, arrived, ask, every
from tests.isolation.world import Company
from tests.support import clients, portals

pytestmark = pytest.mark.long

As = Callable[[User], Client]
Companies = tuple[Company, Company]
# Opens for anybody, and answers a stranger with its own page rather than with the way to sign-in.
REFUSED = {401, 403, 404, 405}
_PLACES = {"/healthz", "/readyz", "/metrics"}  # for machines; they answer before any page is made


@pytest.fixture(scope="module")
def to_owner(companies: Companies) -> list[Answer]:
    """What acme's addresses answer acme's owner."""
    client = arrived(clients.signed_in(companies[0].owner))
    return [ask(client, address, method) for address, method in every(companies[0])]


@pytest.fixture(scope="module")
def to_nobody(companies: Companies) -> list[Answer]:
    """What acme's addresses answer a browser that nobody signed in with."""
    client = clients.anonymous(companies[0].portal)
    return [ask(client, address, method) for address, method in every(companies[0])]


@pytest.fixture(scope="module")
def to_stranger(companies: Companies) -> list[Answer]:
    """What acme's addresses answer a browser with a session of globex's owner."""
    client = clients.anonymous(companies[0].portal)
    client.cookies = arrived(clients.signed_in(companies[1].owner)).cookies
    return [ask(client, address, method) for address, method in every(companies[0])]


def test_ids_are_equal_in_both(companies: Companies) -> None:
    acme, globex = companies
    shared = {
        "portals:claim",
        "operator:access",
        "billing:posting",
        "billing:invoice",
        "rating:call",
        "rating:device",
        "rating:pack",
    }  # rows of the public schema, which knows no equal ids
    numbers = {key: value for key, value in acme.samples.items() if isinstance(value, int) and key not in shared}
    assert numbers == {key: globex.samples[key] for key in numbers}
    assert len(numbers) > 10


def test_the_owner_reaches_everything_and_sees_nothing_of_another_company(
    companies: Companies, to_owner: list[Answer]
) -> None:
    acme, globex = companies
    wrong = []
    for answer in to_owner:
        if answer.status >= 500:
            wrong.append(str(answer))
        if answer.shows(globex.canary):
            wrong.append(f"{answer}, shows {globex.canary}")
        own_page = answer.method == "GET" and answer.address.gate.audience is Audience.PERSON and answer.address.records
        if own_page and answer.status not in (200, 302):
            wrong.append(f"{answer} for the owner")
    assert wrong == []
    seen = sum(answer.shows(acme.canary) for answer in to_owner)
    assert seen > 25, "the canary is hardly ever shown: this test would not see a leak either"


def test_the_walk_notices_what_is_written(to_owner: list[Answer]) -> None:
    """Else nobody would be caught writing in the tests below."""
    assert sum(bool(answer.wrote) for answer in to_owner) > 25


@pytest.mark.parametrize("who", ["nobody", "stranger"])
def test_who_is_not_signed_in_here_gets_nothing(companies: Companies, who: str, request: pytest.FixtureRequest) -> None:
    acme, globex = companies
    answers: list[Answer] = request.getfixturevalue(f"to_{who}")
    wrong = []
    for answer in answers:
        if answer.shows(acme.canary) or answer.shows(globex.canary):
            wrong.append(f"{answer}, shows a canary")
        if answer.status >= 500:
            wrong.append(str(answer))
        if answer.wrote:
            wrong.append(f"{answer}, wrote {answer.wrote}")
        if answer.address.api and answer.address.route.name != "api-v1:schema" and answer.status != 401:
            wrong.append(f"{answer}, not 401")
        if answer.address.gate.audience is Audience.PERSON:
            to_sign_in = answer.status == 302 and answer.headers["Location"].startswith("/account/login/")
            if not to_sign_in and answer.status not in REFUSED:
                wrong.append(str(answer))
    assert wrong == []


def test_every_answer_is_locked(to_owner: list[Answer], to_nobody: list[Answer]) -> None:  # promise 78
    """Refusals too carry the headers that keep browsers safe."""
    wrong = []
    for answer in (*to_owner, *to_nobody):
        if answer.address.path in _PLACES:
            continue
        policy = answer.headers.get("Content-Security-Policy", "")
        if answer.headers.get("X-Content-Type-Options") != "nosniff":
            wrong.append(f"{answer}: types may be guessed")
        if "frame-ancestors 'none'" not in policy and "frame-ancestors 'self'" not in policy:
            wrong.append(f"{answer}, may be framed: {policy!r}")
        if re.search(r"script-src[^;]*('unsafe|\*|https?:)", policy):
            wrong.append(f"{answer}, takes any script: {policy!r}")
    assert wrong == []


def test_a_token_opens_nothing_at_another_company(companies: Companies, db: None) -> None:
    acme, globex = companies
    stranger = clients.with_token(globex.owner)
    stranger.defaults["SERVER_NAME"] = stranger.defaults["HTTP_HOST"] = acme.portal.host
    answers = [
        ask(stranger, address, method)
        for address, method in every(acme)
        if address.api and address.route.name != "api-v1:schema"
    ]
    assert {answer.status for answer in answers} == {401}, [str(one) for one in answers if one.status != 401]


def permission_of(address: Address, method: str) -> str | None:
    """What the address asks of a person before it answers `method`."""
    if not address.api:
        return address.gate.permission
    action = getattr(address.route.view, "actions", {}).get(method.lower(), "")
    declared: str | None = getattr(getattr(address.route.view, "cls", None), "permissions", {}).get(action)
    return None if declared == "*" else declared


def test_a_role_without_rights_is_refused_by_name(companies: Companies, as_: As) -> None:
    acme, _globex = companies
    employee = portals.person(acme.portal, "bob")
    with enter(acme.portal), transaction.atomic():
        nothing = {permission.key: Scope.NONE for permission in registry.permissions}
        employee.role = create_role(actor=acme.owner, name="Nothing", base="guest", permissions=nothing)
        employee.last_name = "Powerless"  # not the canary: their own name stands on every page
        employee.save()
    client, wrong = arrived(as_(employee)), []
    for address, method in every(acme):
        answer, permission = ask(client, address, method), permission_of(address, method)
        if permission is not None and answer.status not in (403, 404):
            wrong.append(f"{answer} without {permission}")
        named = answer.status == 403 and "/items/" in address.path  # a refusal names the right, here to an own object
        if answer.shows(acme.canary) and not named:
            wrong.append(f"{answer}, shows {acme.canary}")
        if permission is not None and answer.wrote:
            wrong.append(f"{answer}, wrote {answer.wrote}")
    assert wrong == []


@pytest.mark.parametrize("person", ["owner", "guest"])
def test_a_number_of_another_company_is_not_found(companies: Companies, as_: As, person: str) -> None:
    """Numbers that acme never gave out. 400 is fine: a body is read before the record is looked for, whoever has it."""
    acme, globex = companies
    client, wrong = arrived(as_(getattr(acme, person))), []
    for address, method in every(globex, shift=200_000):
        if not address.records or address.route.name == "people:photo":
            continue
        answer = ask(client, address, method)
        if answer.status not in (400, 403, 404, 405, 428) and not (answer.status == 302 and person == "guest"):
            wrong.append(str(answer))
        if person == "owner" and answer.status == 403:
            wrong.append(f"{answer} tells that it is there")
        if answer.shows(globex.canary):
            wrong.append(f"{answer}, shows {globex.canary}")
    assert wrong == []


def test_the_console_is_elsewhere(to_owner: list[Answer]) -> None:
    """The operator's pages open in no company's own portal, not even for its owner (promise 17)."""
    console = [answer for answer in to_owner if answer.address.path.startswith("/operator/")]
    assert len(console) > 5
    assert {answer.status for answer in console} <= {403, 404}, [str(one) for one in console]


def files(company: Company) -> list[str]:
    """Where a stored file and a photo of `company` are fetched."""
    with enter(company.portal):
        key = company.samples["storage:key"]
        stored = get_storage().url(key, expires_s=60, filename="canary.txt", content_type="text/plain")
    return [stored, f"/people/photos/{company.samples['people:photo']}/small.webp"]


def test_files_of_another_company_are_not_found(companies: Companies, as_: As) -> None:
    acme, globex = companies
    client = as_(acme.owner)
    assert [client.get(path).status_code for path in files(globex)] == [404, 404]
    assert [client.get(path).status_code for path in files(acme)] == [200, 200]


def test_every_route_is_in_the_matrix(companies: Companies) -> None:
    """A route whose parameters nothing fills raises NotReached (promise 1)."""
    from saas.checks import routes

    reached = {address.route.name for address in addresses(companies[0].samples)}
    assert {route.name for route in routes(PORTAL)} - reached == {"api-v1:nowhere"}
