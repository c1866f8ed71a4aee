"""Asking every address of a company, and what it answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.test import Client

from infra.db.current import enter
from tests.isolation.addresses import Address, addresses
from tests.isolation.world import Company

# Signing out in the middle would end the session that the rest of the walk needs.
ENDS_SESSION = {"account_logout"}
_CHANGES = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE")


@dataclass(frozen=True)
class Answer:
    """What one method of one address answered, and the statements that wrote anything before it was taken back."""

    address: Address
    method: str
    status: int
    headers: Mapping[str, str]
    text: str
    wrote: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.address.path}: {self.status}"

    def shows(self, canary: str) -> bool:
        """Whether body or headers hold `canary`, in capitals or not."""
        return canary.lower() in self.text


def body(response: Any) -> str:
    """All that a response says, its headers too, in small letters."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return (content.decode("utf-8", "replace") + str(dict(response.headers))).lower()


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


def ask(client: Client, address: Address, method: str) -> Answer:
    """The answer, taken back: whatever the request changed is undone before the next."""
    wrote: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if str(sql).lstrip(" (").upper().startswith(_CHANGES):
            wrote.append(str(sql))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        response: Any = client.generic(
            method, address.path, b"{}" if address.api else b"", "application/json" if address.api else "text/plain"
        )
        text = body(response)
        transaction.set_rollback(True)
    return Answer(address, method, response.status_code, dict(response.headers), text, tuple(wrote))


def arrived(client: Client) -> Client:
    """`client` after a visit that is not taken back: no later one has to note that the person was seen today."""
    client.get("/")
    return client


def every(company: Company, shift: int = 0) -> Iterator[tuple[Address, str]]:
    """Each method of each address of `company`, the numbers of its records moved on by `shift`."""
    for address in addresses(company.samples, shift):
        if address.route.name not in ENDS_SESSION:
            for method in address.methods:
                yield address, method
