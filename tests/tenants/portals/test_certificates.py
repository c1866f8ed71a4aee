"""Caddy, with the configuration that is deployed, gets certificates for proven names alone (promise 15)."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.local import caddy, free_port
from modules.sites.domain import hosts
from modules.sites.domain.own_domain import set_domain
from tenants.portals.domain.custom_domain import claim_domain, prove_domain
from tenants.portals.models import Portal
from tests.bench.web import gunicorn
from tests.factories import site as sites
from tests.tenants.portals.conftest import Zone

CADDYFILE = Path(__file__).parents[3] / "infra" / "deploy" / "Caddyfile"
PROVEN, UNPROVEN = "www.rye-bakery.example", "www.somebody.example"


@contextmanager
def serving(web: int, folder: Path) -> Iterator[int]:
    """Caddy before the web process at port `web`, with a certificate authority of its own; gives the port for TLS."""
    urllib.request.urlopen(f"http://127.0.0.1:{web}/healthz", timeout=180).close()  # loaded
    program = caddy.find()
    assert program is not None, caddy.MISSING
    tls, ask = free_port(), free_port()
    own = f"admin off\n\tlocal_certs\n\tskip_install_trust\n\thttps_port {tls}\n\thttp_port {free_port()}"
    text = CADDYFILE.read_text()
    assert "email {$ACME_EMAIL}" in text
    text = text.replace("email {$ACME_EMAIL}", own).replace("127.0.0.1:9000", f"127.0.0.1:{ask}")
    (folder / "Caddyfile").write_text(text)
    environment = {
        **os.environ, "WEB": f"127.0.0.1:{web}", "LIVE": f"127.0.0.1:{web}", "BASE_DOMAIN": "portal.localhost",
        "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder),
    }  # fmt: skip
    command = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=environment, stderr=log, stdout=log) as server,
    ):
        try:
            deadline = time.monotonic() + 120
            while not (folder / "caddy/pki/authorities/local/root.crt").exists() or not _answers(tls):
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.05)
            yield tls
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(host: str, port: int, folder: Path) -> tuple[str, str]:
    """The certificate's name and the answer to GET / of `host`, trusted by Caddy's own authority alone."""
    context = ssl.create_default_context(cafile=str(folder / "caddy/pki/authorities/local/root.crt"))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=120) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        names = [value for kind, value in secure.getpeercert()["subjectAltName"] if kind == "DNS"]
        secure.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: secure.recv(65536), b"")).decode()
    return names[0], answer


@pytest.mark.commits
def test_a_site_at_a_proven_domain_gets_a_certificate_and_no_other_name_does(
    fresh_portal: Callable[..., Portal], zone: Zone, tmp_path: Path
) -> None:  # promise 15
    portal = fresh_portal("Rye")
    with enter(portal):
        site = sites.site("rye-certified")
        claim = claim_domain(actor=SYSTEM, portal=portal, domain=PROVEN)
        claim_domain(actor=SYSTEM, portal=portal, domain=UNPROVEN)
        zone.publish(claim)
        prove_domain(actor=SYSTEM, portal=portal, claim_id=claim.pk)
        set_domain(actor=SYSTEM, site=site, domain=PROVEN)
    with gunicorn("saas.wsgi:application") as web, serving(web.port, tmp_path) as port:
        for host in (PROVEN, hosts.host_of(site), "portal.localhost"):
            name, answer = get(host, port, tmp_path)
            assert (name, answer[:15]) == (host, "HTTP/1.1 200 OK")
            assert ("<title>Bakery</title>" in answer) == (host != "portal.localhost")
        for host in (UNPROVEN, "nobody.pages.localhost", "rye.example"):
            with pytest.raises(ssl.SSLError, match="alert internal error"):
                get(host, port, tmp_path)
    issued = re.findall(r"/certificates/local/([^/]+)/", "\n".join(f"{path}/" for path in tmp_path.rglob("local/*")))
    assert sorted(issued) == sorted([PROVEN, hosts.host_of(site), "portal.localhost"])
