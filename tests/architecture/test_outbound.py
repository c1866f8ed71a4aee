"""Only the adapters meant to ask the network do: no address that a person typed is fetched (promise 53)."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("saas", "modules", "billing", "tenants", "infra")
CLIENTS = {
    "aiohttp",
    "boto3",
    "botocore",
    "dns",
    "ftplib",
    "httpx",
    "imaplib",
    "poplib",
    "pycurl",
    "requests",
    "smtplib",
    "socket",
    "stripe",
    "telnetlib",
    "urllib3",
    "webbrowser",
    "xmlrpc",
}
ALLOWED = {
    "infra/adapters/storage/s3.py": "the operator's own object storage",
    "infra/adapters/mail/sending.py": "the operator's own mail server",
    "infra/adapters/payments/connection.py": "Stripe, at the one address of the settings",
    "infra/adapters/web/addresses.py": "resolves the name of an address before it is asked",
    "infra/adapters/web/requests.py": "webhooks, to checked public addresses alone",
    "tenants/portals/domain/proof.py": "TXT records of a domain that a company claims; no connection to it",
}
MACHINE_ROOM = (
    "infra/local/",
    "infra/deploy/",
    "saas/run/",
    "infra/ops/",
)  # starts and probes the servers of the house


def asks_the_network(tree: ast.AST) -> set[str]:
    """Network clients that the module imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    roots = {name for name in names if name.partition(".")[0] in CLIENTS}
    return roots | {name for name in names if name.startswith(("urllib.request", "http.client"))}


def test_only_adapters_ask_the_network() -> None:
    found = {}
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            place = path.relative_to(ROOT).as_posix()
            if not place.startswith(MACHINE_ROOM) and (names := asks_the_network(ast.parse(path.read_text()))):
                found[place] = names
    assert {place: names for place, names in found.items() if place not in ALLOWED} == {}
    assert set(ALLOWED) - set(found) == set(), "allowed, but asks nobody"


def test_the_search_sees_every_spelling() -> None:
    for line in ("import requests", "from urllib import request", "import urllib.request", "from http.client import x"):
        assert asks_the_network(ast.parse(line)), line
    assert not asks_the_network(ast.parse("from urllib.parse import urlsplit"))
