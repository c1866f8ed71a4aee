"""Somebody is told when the last good backup is too old (promises 43, 84)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from infra.ops import dependencies, metrics
from tenants.portals.domain.backups import report_backup
from tenants.portals.models import Backup


def ready(service: Client, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setattr(dependencies, "_warned", (float("-inf"), {}))
    answer = service.get("/readyz")
    assert answer.status_code == 200  # a late backup is no reason to answer nobody
    return dict(answer.json())


def test_an_old_backup_is_told(db: None, service: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BACKUPS_EXPECTED = True
    assert ready(service, monkeypatch)["warnings"] == {"backups": "too old: base, proof"}
    for kind in Backup.Kind:
        report_backup(kind=kind, good=True)
    assert "warnings" not in ready(service, monkeypatch)
    report_backup(kind="base", good=False, note="disk full")
    Backup.objects.filter(kind="base", good=True).update(at=timezone.now() - timedelta(hours=27))
    assert ready(service, monkeypatch)["warnings"] == {"backups": "too old: base"}
    text = metrics.exposition().decode()
    assert re.search(r'^portal_backup_age_seconds\{kind="base"\} 972\d\d\.', text, re.MULTILINE)
    assert 'portal_backup_overdue{kind="base"} 1.0' in text
    assert 'portal_backup_overdue{kind="proof"} 0.0' in text
