"""After a restore of the whole database: what was forgotten since is forgotten again (promise 51)."""

from __future__ import annotations

import structlog
from django.utils import timezone

from infra.adapters.storage import get_storage
from infra.db.current import enter_public
from tenants.portals.domain.erase import erase_portal
from tenants.portals.domain.erasures import FOLDER, apply_erasures, copied
from tenants.portals.models import MigrationState, Portal

_log = structlog.get_logger(__name__)


def reapply_all() -> tuple[int, int]:
    """After a restore of the whole database: erase again every portal and person noted outside of it.

    Answers how many portals and how many people. May be repeated.
    """
    portals = people = 0
    with enter_public():
        schemas = {found.key.split("/")[1] for found in get_storage().iterate(FOLDER)}
    for schema in sorted(schemas):
        if None in copied(schema):
            due = {"status": Portal.Status.CLOSING, "erase_after": timezone.now()}
            if Portal.objects.existing().filter(schema_name=schema).update(**due):
                erase_portal(portal=Portal.objects.get(schema_name=schema))
                portals += 1
        elif MigrationState.objects.filter(pk=schema).exists():
            people += apply_erasures(schema)
    _log.info("portals.erasures_applied", portals=portals, people=people)
    return portals, people
