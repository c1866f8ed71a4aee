"""Somebody is told when the last good backup is too old (promises 43, 84)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from infra.ops import dependencies, metrics
from tenants.people.models import User
from tenants.portals.domain.backups import report_backup
from tenants.portals.models import Backup, Portal


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


def test_the_console_says_so_to_those_who_run_the_service(
    as_: Callable[[User], Client], globex: Portal, charlie: User, settings: Any
) -> None:
    settings.BACKUPS_EXPECTED = True
    Portal.objects.filter(pk=globex.pk).update(is_operator=True)
    warning = "Too long ago, or never: Backup of the database"
    assert warning in as_(charlie).get("/operator/").content.decode()
    assert warning not in as_(charlie).get("/").content.decode()
    for kind in Backup.Kind:
        report_backup(kind=kind, good=True)
    assert "Too long ago" not in as_(charlie).get("/operator/").content.decode()
