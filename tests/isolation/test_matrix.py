"""Every address × every kind of person: nobody sees or changes what is not theirs (promises 1, 8 and 18)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from infra.db.current import enter
from infra.kit.screens import Audience
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tests.isolation.addresses import PORTAL, Address, addresses
from tests.isolation.world import Company
from tests.support import clients

As = Callable[[User], Client]
Companies = tuple[Company, Company]
# Opens for anybody, and answers a stranger with its own page rather than with the way to sign-in.
REFUSED = {401, 403, 404, 405}
# Signing out in the middle would end the session the rest of the matrix needs.
ENDS_SESSION = {"account_logout"}


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace") + str(dict(response.headers))


def ask(client: Client, address: Address, method: str) -> Any:
    """The answer, taken back: whatever the request changed is undone before the next."""
    with transaction.atomic():
        response = client.generic(
            method, address.path, b"{}" if address.api else b"", "application/json" if address.api else "text/plain"
        )
        text = body(response)
        transaction.set_rollback(True)
    response.text_body = text
    return response


def every(company: Company, shift: int = 0) -> Iterator[tuple[Address, str]]:
    for address in addresses(company.samples, shift):
        if address.route.name not in ENDS_SESSION:
            for method in address.methods:
                yield address, method


def counted(company: Company) -> dict[str, int]:
    """How many rows each table of the portal holds."""
    with enter(company.portal), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [company.portal.schema_name])
        tables = [row[0] for row in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{company.portal.schema_name}"."{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


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


def test_the_owner_reaches_everything_and_sees_nothing_of_another_company(companies: Companies, as_: As) -> None:
    acme, globex = companies
    client = as_(acme.owner)
    seen, wrong = 0, []
    for address, method in every(acme):
        response = ask(client, address, method)
        if response.status_code >= 500:
            wrong.append(f"{method} {address.path}: {response.status_code}")
        if globex.canary.lower() in response.text_body.lower():
            wrong.append(f"{method} {address.path}: shows {globex.canary}")
        seen += acme.canary.lower() in response.text_body.lower()
        own_page = method == "GET" and address.gate.audience is Audience.PERSON and address.records
        if own_page and response.status_code not in (200, 302):
            wrong.append(f"{method} {address.path}: {response.status_code} for the owner")
    assert wrong == []
    assert seen > 25, "the canary is hardly ever shown: this test would not see a leak either"


@pytest.mark.parametrize("who", ["nobody", "a stranger with a session of another company"])
def test_who_is_not_signed_in_here_gets_nothing(companies: Companies, as_: As, who: str) -> None:
    acme, globex = companies
    client = clients.anonymous(acme.portal)
    if who != "nobody":
        client.cookies = as_(globex.owner).cookies
    before, wrong = counted(acme), []
    for address, method in every(acme):
        response = ask(client, address, method)
        text = response.text_body.lower()
        if acme.canary in text or globex.canary in text:
            wrong.append(f"{method} {address.path}: shows a canary")
        if response.status_code >= 500:
            wrong.append(f"{method} {address.path}: {response.status_code}")
        if address.api and address.route.name not in ("api-v1:schema",) and response.status_code != 401:
            wrong.append(f"{method} {address.path}: {response.status_code}, not 401")
        if address.gate.audience is Audience.PERSON:
            to_sign_in = response.status_code == 302 and response.headers["Location"].startswith("/account/login/")
            if not to_sign_in and response.status_code not in REFUSED:
                wrong.append(f"{method} {address.path}: {response.status_code}")
    assert wrong == []
    assert counted(acme) == before


def test_a_token_opens_nothing_at_another_company(companies: Companies) -> None:
    acme, globex = companies
    stranger = clients.with_token(globex.owner)
    stranger.defaults["SERVER_NAME"] = stranger.defaults["HTTP_HOST"] = acme.portal.host
    answers = {
        f"{method} {address.path}": ask(stranger, address, method).status_code
        for address, method in every(acme)
        if address.api and address.route.name != "api-v1:schema"
    }
    assert set(answers.values()) == {401}, answers


def test_a_role_without_rights_is_refused_by_name(companies: Companies, as_: As) -> None:
    acme, _globex = companies
    with enter(acme.portal), transaction.atomic():
        from infra.kit.registry import registry
        from infra.kit.spec import Scope

        nothing = {permission.key: Scope.NONE for permission in registry.permissions}
        role = create_role(actor=acme.owner, name="Nothing", base="guest", permissions=nothing)
        acme.employee.role = role
        acme.employee.save()
    client, wrong = as_(acme.employee), []
    before = counted(acme)
    for address, method in every(acme):
        permission = address.gate.permission
        if address.api:
            actions = getattr(address.route.view, "actions", {})
            declared = getattr(getattr(address.route.view, "cls", None), "permissions", {})
            permission = declared.get(actions.get(method.lower(), ""))
            permission = None if permission == "*" else permission
        if permission is None:
            continue
        response = ask(client, address, method)
        if response.status_code not in (403, 404):
            wrong.append(f"{method} {address.path}: {response.status_code} without {permission}")
        if acme.canary in response.text_body.replace(acme.employee.last_name, ""):
            wrong.append(f"{method} {address.path}: shows {acme.canary}")
    assert wrong == []
    assert counted(acme) == before


@pytest.mark.parametrize("person", ["owner", "guest"])
def test_a_number_of_another_company_is_not_found(companies: Companies, as_: As, person: str) -> None:
    """Numbers that acme never gave out. 400 is fine: a body is read before the record is looked for, whoever has it."""
    acme, globex = companies
    client, wrong = as_(getattr(acme, person)), []
    for address, method in every(globex, shift=200_000):
        if not address.records or address.route.name == "people:photo":
            continue
        response = ask(client, address, method)
        if response.status_code not in (400, 403, 404, 405, 428) and not (
            response.status_code == 302 and person == "guest"
        ):
            wrong.append(f"{method} {address.path}: {response.status_code}")
        if person == "owner" and response.status_code == 403:
            wrong.append(f"{method} {address.path}: 403 tells that it is there")
        if globex.canary in response.text_body:
            wrong.append(f"{method} {address.path}: shows {globex.canary}")
    assert wrong == []


def test_the_console_is_elsewhere(companies: Companies, as_: As) -> None:
    """The operator's pages open in no company's own portal, not even for its owner (promise 17)."""
    acme, _globex = companies
    answers = {
        f"{method} {address.path}": ask(as_(acme.owner), address, method).status_code
        for address, method in every(acme)
        if address.path.startswith("/operator/")
    }
    assert len(answers) > 5
    assert set(answers.values()) <= {403, 404}, answers


def test_files_of_another_company_are_not_found(companies: Companies, as_: As) -> None:
    acme, globex = companies
    client = as_(acme.owner)
    paths = [
        globex.samples["storage:url"],
        f"/people/photos/{globex.samples['people:photo']}/small.webp",
    ]
    assert [client.get(path).status_code for path in paths] == [404, 404]
    own = [acme.samples["storage:url"], f"/people/photos/{acme.samples['people:photo']}/small.webp"]
    assert [client.get(path).status_code for path in own] == [200, 200]


def test_every_route_is_in_the_matrix(companies: Companies) -> None:
    """A route whose parameters nothing fills raises NotReached (promise 1)."""
    from saas.checks import routes

    reached = {address.route.name for address in addresses(companies[0].samples)}
    assert {route.name for route in routes(PORTAL)} - reached == {"api-v1:nowhere"}
