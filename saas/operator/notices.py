"""What the console says to those who run the service, above its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from infra.kit.access import may
from saas.operator.domain.support import CONSOLE
from tenants.portals.domain import backups
from tenants.portals.models import Backup


def backups_overdue(request: HttpRequest) -> Sequence[dict[str, Any]]:
    """On the console's pages: that the last good backup, or the last proof of one, is too old."""
    person: Any = request.user
    if not settings.BACKUPS_EXPECTED or not request.path.startswith("/operator/") or not may(person, CONSOLE):
        return []
    late = ", ".join(str(Backup.Kind(kind).label) for kind in backups.overdue())
    return [{"text": _("Too long ago, or never: %(what)s.") % {"what": late}}] if late else []
