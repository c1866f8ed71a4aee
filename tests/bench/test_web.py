"""What a web process weighs after it has shown every kind of page, and what the first page makes a browser load."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from infra.db.current import enter
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.bench.figures import figure
from tests.bench.web import Request, gunicorn
from tests.support.clients import signed_in

pytestmark = [pytest.mark.bench, pytest.mark.commits]
PAGES = (
    "/",
    "/crm/leads/",
    "/crm/leads/board/",
    "/sites/",
    "/people/",
    "/billing/",
    "/account/email/",
    "/api/v1/schema",
)


def test_a_web_process(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal("Bench")
    with enter(portal):
        client = signed_in(User.objects.owners().get())
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    asked: list[Request] = [("GET", path, b"", {"Host": portal.host, "Cookie": cookie}) for path in PAGES]
    with gunicorn("saas.wsgi:application") as server:
        server.send(asked * 20)
        beside = f"{server.megabytes('Pss'):.0f} with what it shares with the master shared out; Odoo 280 MB"
        figure("memory of a web process, all modules", server.megabytes(), "MB", at_most=150, beside=beside)
    first = client.get("/").content.decode()
    names = re.findall(r'<script[^>]* src="[^"]*?(ui/[^"?]+)', first)
    assert names
    found = [finders.find(name) for name in names]
    weight = sum(len(gzip.compress(Path(str(path)).read_bytes())) for path in found)
    figure("script of the first page, compressed", weight / 1000, "kB", at_most=150)
