"""Published pages beside a bare static server, and public forms that become leads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from infra.db.current import enter
from modules.crm.models import Lead
from modules.sites.domain import hosts, spam
from modules.sites.models import Status, Submission
from tenants.portals.models import Portal
from tests.bench.figures import ROUNDS, figure
from tests.bench.web import Request, gunicorn
from tests.factories import site as sites

pytestmark = [pytest.mark.bench, pytest.mark.commits]
PAGES, POSTS = 1500, 300
ODOO = 20  # posts a second per core of its website form


def test_published_page_beside_a_bare_static_server(fresh_portal: Callable[..., Portal], tmp_path: Path) -> None:
    portal = fresh_portal("Bench")
    with enter(portal):
        site = sites.site("bench-page")
    page = tmp_path / "page.html"
    page.write_bytes(sites.visitor(site).get("/").content)
    request: Request = ("GET", "/", b"", {"Host": hosts.host_of(site)})
    best, floor_best = (0.0, 0.0), (0.0, 0.0)
    with gunicorn("saas.wsgi:application") as ours, gunicorn("tests.bench.sites_floor", BENCH_PAGE=str(page)) as floor:
        for server in (ours, floor):
            server.send([request] * 50)
        for _ in range(ROUNDS):
            best = max(best, ours.measure([request] * PAGES))
            floor_best = max(floor_best, floor.measure([request] * PAGES))
    figure(
        f"published page ({best[0]:,.0f}/s, {best[1]:.2f} ms CPU) of a bare static server",
        best[0] / floor_best[0] * 100,
        "%",
        at_least=70,
        beside=f"bare server {floor_best[0]:,.0f}/s, {floor_best[1]:.2f} ms CPU",
    )


def test_form_posts_with_lead(fresh_portal: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spam, "WORK", 20)
    portal = fresh_portal("Bench")
    with enter(portal):
        site = sites.site("bench-form")
        form = sites.form_of(site)
        warm, *rounds = [
            [_post(portal, hosts.host_of(site), form.public_id, turn * POSTS + number) for number in range(POSTS)]
            for turn in range(ROUNDS + 1)
        ]
    with gunicorn("saas.wsgi:application") as server:
        server.send(warm)
        measured = [server.measure(requests) for requests in rounds]
    rate, cpu = max(rate for rate, _cpu in measured), min(cpu for _rate, cpu in measured)
    figure(
        "public form with lead: posts a second of CPU",
        1000 / cpu,
        at_least=10 * ODOO,
        beside=f"Odoo {ODOO} (51 ms CPU)",
    )
    figure("public form with lead: CPU of the web process", cpu, "ms", at_most=1000 / (10 * ODOO))
    figure("public form with lead: posts a second, one process", rate)
    with enter(portal):
        sent = POSTS * (ROUNDS + 1)
        assert Submission.objects.filter(status=Status.FORWARDED).count() == sent
        assert Lead.objects.count() == sent


def _post(portal: Portal, host: str, public_id: str, number: int) -> Request:
    """A form as a visitor's script sends it, each from a network of its own."""
    values = {
        **sites.ANSWERS,
        "f1": f"Visitor {number}",
        "f2": f"+4420794{number:05d}",
        "f3": f"visitor{number}@example.com",
        "proof": sites.ripe_proof(portal.schema_name, public_id),
    }
    headers = {
        "Host": host,
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "X-Forwarded-For": f"10.{number // 250}.{number % 250}.1",
    }
    return ("POST", f"/_f/{public_id}", urlencode(values).encode(), headers)
