"""The end of a portal: schema, files, cache, waiting jobs and names go, and none of the names ever comes back."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.cache import caches
from django.db import transaction
from django.utils import timezone
from psycopg import sql

from infra import live
from infra.adapters.storage import get_storage
from infra.db import changes
from infra.db.current import enter_public
from infra.db.owner import owner_connection
from infra.jobs import window
from infra.kit.errors import Conflict
from infra.wakeups.models import WakeUp
from tenants.portals.domain.erasures import note_erasure
from tenants.portals.domain.locking import lock_portal
from tenants.portals.domain.retired import retire
from tenants.portals.domain.shared_rows import rows_that_go
from tenants.portals.models import Domain, DomainClaim, EmailIndex, MigrationState, Portal, PublicHost, RetiredName

log = structlog.get_logger(__name__)


def erase_due_portals() -> int:
    """Erase every portal whose day has come; answers how many. One that fails is tried again by the next run."""
    erased = 0
    for portal in Portal.objects.filter(status=Portal.Status.CLOSING, erase_after__lte=timezone.now()).order_by("id"):
        try:
            erase_portal(portal=portal)
        except Exception:  # the others must not wait for this one
            log.exception("portals.erase_failed", portal=portal.schema_name)
        else:
            erased += 1
    return erased


def erase_portal(*, portal: Portal) -> None:
    """Remove everything of a closing portal whose grace is over. Raises Conflict otherwise, NotFound when it is gone.

    Every step may be repeated: a run that was killed leaves the portal closing, and the next run ends the work. The row
    itself stays, without name or address, so that its schema's name cannot be used again.
    """
    schema = portal.schema_name
    with enter_public():
        _shut_doors(portal)
        window.forget(schema)
        live.forget(schema)
        get_storage().delete_prefix(schema)
        _drop_schema(schema)
        _forget_cached(schema)
        changes.announce(schema)
    log.info("portals.erased", portal=schema)


def _shut_doors(portal: Portal) -> None:
    """From here on no host, letter or search leads to the portal."""
    with transaction.atomic():
        portal = lock_portal(portal)
        if portal.status != Portal.Status.CLOSING or portal.erase_after is None or portal.erase_after > timezone.now():
            raise Conflict("the portal is not due")
        retire(RetiredName.Kind.SCHEMA, portal.schema_name)
        note_erasure(portal.schema_name)
        for host in Domain.objects.filter(tenant=portal, kind=Domain.Kind.ADDRESS).values_list("domain", flat=True):
            retire(RetiredName.Kind.ADDRESS, host.split(".")[0])
        for rows in (Domain.objects.filter(tenant=portal), DomainClaim.objects.filter(portal=portal)):
            rows.delete()
        PublicHost.objects.filter(portal=portal).delete()
        EmailIndex.objects.filter(portal=portal).delete()
        changes.announce(portal.schema_name)


def _drop_schema(schema: str) -> None:
    """The schema and all that the shared tables hold about it, in one transaction of the owner."""
    with owner_connection() as raw:
        raw.execute("SET LOCAL lock_timeout = '10s'")
        raw.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
        for model in (MigrationState, WakeUp):
            raw.execute(
                sql.SQL("DELETE FROM public.{} WHERE schema_name = %s").format(sql.Identifier(model._meta.db_table)),
                [schema],
            )
        for table, column in rows_that_go():
            raw.execute(
                sql.SQL("DELETE FROM public.{} WHERE {} = (SELECT id FROM public.{} WHERE schema_name = %s)").format(
                    sql.Identifier(table), sql.Identifier(column), sql.Identifier(Portal._meta.db_table)
                ),
                [schema],
            )
        raw.execute(
            sql.SQL(
                "UPDATE public.{} SET status = 'erased', name = '', slug = NULL, status_note = '', logo_key = '',"
                " region = '', erase_after = NULL, erased_at = now() WHERE schema_name = %s AND status = 'closing'"
            ).format(sql.Identifier(Portal._meta.db_table)),
            [schema],
        )


def _forget_cached(schema: str) -> None:
    """Keys begin with the schema on every alias (promise 9), so they can be found."""
    for alias in caches:
        client: Any = getattr(caches[alias], "_cache", None)
        if client is not None and hasattr(client, "get_client"):
            redis = client.get_client(None, write=True)
            for key in redis.scan_iter(match=f"{schema}:*", count=1000):
                redis.delete(key)
