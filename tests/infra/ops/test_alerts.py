"""Every alert fires on what it is for, and is silent otherwise (promise 84)."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from billing.models import LedgerCheck
from infra.db.current import enter
from infra.db.errors import WrongSchema
from infra.deploy.gunicorn import REFUSED
from infra.jobs.broker import broker
from infra.ops import certificate, metrics
from infra.outbox.domain.waking import MARKS
from modules.crm.models import Lead
from tenants.people.models import User
from tenants.portals.domain.backups import report_backup
from tenants.portals.models import Portal
from tests.factories.lead import lead

FILE = Path(__file__).resolve().parents[3] / "infra" / "deploy" / "alerts.yml"
RULES: dict[str, str] = {
    rule["alert"]: rule["expr"] for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]
}
_EXPR = re.compile(r"(?:increase\((?P<counter>\w+)\[\w+\]\)|(?P<gauge>\w+)) (?P<how>[<>]) (?P<limit>[\d.]+)")


def values(name: str) -> list[float]:
    """What /metrics tells under that name."""
    found = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", metrics.exposition().decode(), re.MULTILINE)
    return [float(value) for value in found]


def fires(alert: str, before: dict[str, float]) -> bool:
    rule = _EXPR.fullmatch(RULES[alert])
    assert rule is not None, RULES[alert]
    name = rule["counter"] or rule["gauge"]
    told = [value - before.get(name, 0.0) for value in values(name)] if rule["counter"] else values(name)
    limit = float(rule["limit"])
    return any(value > limit if rule["how"] == ">" else value < limit for value in told)


def counters() -> dict[str, float]:
    names = {rule["counter"] for text in RULES.values() if (rule := _EXPR.fullmatch(text)) and rule["counter"]}
    return {name: sum(values(name)) for name in names}


@pytest.fixture
def quiet(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is wrong: the certificate is fresh, backups are made, queues are empty."""
    settings.PUBLIC_SCHEME = "https"
    monkeypatch.setattr(certificate, "_last", (time.monotonic(), 60.0))
    report_backup(kind="base", good=True)
    report_backup(kind="proof", good=True)
    broker().flushdb()
    yield
    broker().flushdb()


def old_job(acme: Portal, alice: User, patch: pytest.MonkeyPatch) -> None:
    broker().lpush("celery:default", json.dumps({"headers": {"sent_at": time.time() - 301}}))


def old_delivery(acme: Portal, alice: User, patch: pytest.MonkeyPatch) -> None:
    MARKS.leave(timezone.now() - timedelta(seconds=121), schema=acme.schema_name)


def old_backup(acme: Portal, alice: User, patch: pytest.MonkeyPatch) -> None:
    from tenants.portals.models import Backup

    Backup.objects.filter(kind="base").update(at=timezone.now() - timedelta(hours=27))


def old_certificate(acme: Portal, alice: User, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(certificate, "_last", (time.monotonic(), 13.9))


def crossing(acme: Portal, alice: User, patch: pytest.MonkeyPatch) -> None:
    found = lead(alice)
    with enter(Portal.objects.get(slug="globex")), pytest.raises(WrongSchema):
        found.save()
    with enter(acme):
        assert Lead.objects.filter(pk=found.pk).exists()


def wrong_books(acme: Portal, alice: User, patch: pytest.MonkeyPatch) -> None:
    LedgerCheck.objects.create(wallets=1, postings=1, differences=[{"where": "wallet 1"}])


def flood(acme: Portal, alice: User, patch: pytest.MonkeyPatch) -> None:
    REFUSED.inc(101)


TRIGGERS: dict[str, Callable[[Portal, User, pytest.MonkeyPatch], None]] = {
    "QueueWaits": old_job,
    "DeliveriesWait": old_delivery,
    "BackupTooOld": old_backup,
    "CertificateEnds": old_certificate,
    "LedgerGap": wrong_books,
    "IsolationGuard": crossing,
    "RequestsRefused": flood,
}


def test_every_alert_has_its_trigger() -> None:
    assert set(TRIGGERS) == set(RULES)


@pytest.mark.parametrize("alert", list(TRIGGERS))
def test_an_alert_fires_alone(
    quiet: None, acme: Portal, alice: User, monkeypatch: pytest.MonkeyPatch, alert: str
) -> None:  # promise 84
    before = counters()
    assert [name for name in RULES if fires(name, before)] == []
    TRIGGERS[alert](acme, alice, monkeypatch)
    assert [name for name in RULES if fires(name, before)] == [alert]


@pytest.mark.parametrize("days", [10, 100])
def test_the_certificate_is_read_as_visitors_see_it(tmp_path: Path, days: int) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for _ in range(2):
                plain, _address = listener.accept()
                try:
                    server.wrap_socket(plain, server_side=True).close()
                except OSError:
                    plain.close()

        threading.Thread(target=answer, daemon=True).start()
        port = listener.getsockname()[1]
        assert days - 1 < certificate.days_left("localhost", port, roots=str(file)) <= days
        assert certificate.days_left("localhost", port) == 0.0  # nobody vouches for it
