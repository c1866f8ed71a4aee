"""What Prometheus and /readyz learn about backups (promises 43, 84)."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from infra.ops.dependencies import warn_about
from infra.ops.metrics import Reading, gauge
from tenants.portals.domain import backups

NEVER = 10 * 365 * 86_400.0  # seconds; a rule with a threshold then fires too


def register() -> None:
    """Connect the readings; called once, when the apps are ready."""
    gauge("portal_backup_age_seconds", "Since a backup, or a trial restore, last went well", _ages)
    gauge("portal_backup_overdue", "1 where that is too long ago", _overdue)
    warn_about("backups", _warning)


def _ages() -> Iterator[Reading]:
    for kind, at in backups.last_good().items():
        yield {"kind": kind}, (timezone.now() - at).total_seconds() if at else NEVER


def _overdue() -> Iterator[Reading]:
    late = backups.overdue()
    for kind in backups.last_good():
        yield {"kind": kind}, float(kind in late)


def _warning() -> str:
    late = backups.overdue() if settings.BACKUPS_EXPECTED else []
    return f"too old: {', '.join(late)}" if late else ""
