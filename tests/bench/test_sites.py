"""Published pages beside a bare static server, and public forms: requests a second and CPU for each."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from infra.db.current import enter
from modules.crm.models import Lead
from modules.sites.domain import hosts, spam
from modules.sites.models import Status, Submission
from tests.factories import site as sites

pytestmark = [pytest.mark.bench, pytest.mark.commits]
CLIENTS, PAGES, POSTS, ROUNDS = 4, 1500, 400, 3


@contextmanager
def gunicorn(application: str, **more: str) -> Iterator[tuple[int, Callable[[], float]]]:
    """One worker of four threads; gives its port and a function that reads the seconds of CPU it has used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-w1",
        "-k",
        "gthread",
        "--threads=4",
        "--keep-alive=30",
        "-b",
        f"127.0.0.1:{port}",
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "saas.settings.test", "TRUSTED_PROXY_HOPS": "1", **more}
    server = subprocess.Popen(
        [*command, application], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

        def cpu() -> float:
            children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
            fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in children]
            return sum(int(row[11]) + int(row[12]) for row in fields) / os.sysconf("SC_CLK_TCK")

        yield port, cpu
    finally:
        server.terminate()
        server.wait(20)


def drive(port: int, requests: list[tuple[str, str, bytes, dict[str, str]]]) -> list[int]:
    """Send all requests over a few kept connections; answers the statuses."""
    statuses: list[int] = []

    def work(mine: list[tuple[str, str, bytes, dict[str, str]]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for method, path, body, headers in mine:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=work, args=(requests[number::CLIENTS],)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def measure(port: int, cpu: Callable[[], float], requests: list[Any]) -> tuple[float, float]:
    """Requests a second and milliseconds of CPU for each."""
    before, began = cpu(), time.perf_counter()
    statuses = drive(port, requests)
    took, used = time.perf_counter() - began, cpu() - before
    assert set(statuses) == {200}
    return len(requests) / took, used / len(requests) * 1000


def test_published_page_beside_a_bare_static_server(fresh_portal: Any, tmp_path: Path) -> None:
    portal = fresh_portal("Bench")
    with enter(portal):
        site = sites.site("bench-page")
    host = hosts.host_of(site)
    page = tmp_path / "page.html"
    page.write_bytes(sites.visitor(site).get("/").content)
    request = ("GET", "/", b"", {"Host": host})
    best = {"page": (0.0, 0.0), "floor": (0.0, 0.0)}
    with gunicorn("saas.wsgi:application") as ours, gunicorn("tests.bench.sites_floor", BENCH_PAGE=str(page)) as floor:
        for server in (ours, floor):
            drive(server[0], [request] * 50)
        for _ in range(ROUNDS):
            for name, server in (("page", ours), ("floor", floor)):
                best[name] = max(best[name], measure(*server, [request] * PAGES))
    (rate, cpu), (floor_rate, floor_cpu) = best["page"], best["floor"]
    print(f"\npublished page      {rate:7.0f}/s  {cpu:5.2f} ms CPU")
    print(f"bare static server  {floor_rate:7.0f}/s  {floor_cpu:5.2f} ms CPU   {rate / floor_rate:.0%} (target 70 %)")


def test_form_posts_with_lead(fresh_portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spam, "WORK", 20)
    portal = fresh_portal("Bench")
    with enter(portal):
        site = sites.site("bench-form")
        form = sites.form_of(site)
        total = POSTS * ROUNDS
        requests = []
        for number in range(total):
            values = {
                **sites.ANSWERS,
                "f1": f"Visitor {number}",
                "f2": f"+4420794{number:05d}",
                "f3": f"visitor{number}@example.com",
                "proof": sites.ripe_proof(portal.schema_name, form.public_id),
            }
            headers = {
                "Host": hosts.host_of(site),
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                "X-Forwarded-For": f"10.{number // 250}.{number % 250}.1",
            }
            requests.append(("POST", f"/_f/{form.public_id}", urlencode(values).encode(), headers))
    best = (0.0, 0.0)
    with gunicorn("saas.wsgi:application") as server:
        for number in range(ROUNDS):
            best = max(best, measure(*server, requests[number * POSTS : (number + 1) * POSTS]))
    print(f"\npublic form with lead  {best[0]:6.0f}/s  {best[1]:5.2f} ms CPU   (target: 200/s a core)")
    with enter(portal):
        assert Submission.objects.filter(status=Status.FORWARDED).count() == total
        assert Lead.objects.count() == total
