"""The warm pool: schemas made in advance, so that registering a company runs no DDL."""

from __future__ import annotations

import secrets

import structlog
from psycopg import sql

from infra.db.current import TEMPLATE
from infra.db.grants import grant_statements
from infra.db.owner import owner_connection
from infra.kit.errors import Unavailable
from tenants.portals.domain.retired import digest_of
from tenants.portals.migrating.dump import schema_sql
from tenants.portals.models import MigrationState, RetiredName, SchemaRelease, SpareSchema

log = structlog.get_logger(__name__)

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def new_schema_name() -> str:
    """`p_` and 16 random letters and digits (80 bits); never one that was used before."""
    while True:
        name = "p_" + "".join(secrets.choice(_LETTERS) for _ in range(16))
        if not RetiredName.objects.filter(kind=RetiredName.Kind.SCHEMA, digest=digest_of(name)).exists():
            return name


def create_spare() -> str:
    """Make one ready schema from the template's dump and put it into the pool; answers its name.

    Runs as owner on a connection of its own, in one transaction: after a crash at any point there is either a whole
    spare in the pool or nothing (promise 45). Raises Unavailable while no template has been built.
    """
    template = MigrationState.objects.filter(pk=TEMPLATE).first()
    dump = (
        SchemaRelease.objects.filter(pk=template.fingerprint).values_list("dump", flat=True).first() if template else ""
    )
    if template is None or not dump:
        raise Unavailable
    schema = new_schema_name()
    with owner_connection() as raw:
        raw.execute(schema_sql(dump, schema).encode())
        grants = grant_statements(schema).as_string(raw)
        if grants:
            raw.execute(grants.encode())
        raw.execute(
            sql.SQL(
                "INSERT INTO public.{states} (schema_name, fingerprint, broken, error, seeded, updated_at)"
                " SELECT {schema}, fingerprint, false, '', seeded, now()"
                " FROM public.{states} WHERE schema_name = {template};"
                "INSERT INTO public.{spares} (schema_name, created_at) VALUES ({schema}, now())"
            ).format(
                states=sql.Identifier(MigrationState._meta.db_table),
                spares=sql.Identifier(SpareSchema._meta.db_table),
                schema=sql.Literal(schema),
                template=sql.Literal(TEMPLATE),
            )
        )
    return schema


def fill_pool(*, size: int) -> int:
    """Make spares until `size` are ready; answers how many were made. Two at once may make some more, which is fine."""
    made = 0
    while ready_spares() < size:
        create_spare()
        made += 1
    if made:
        log.info("portals.pool_filled", made=made, size=size)
    return made


def ready_spares() -> int:
    """How many spares a registration could take now."""
    fingerprint = MigrationState.objects.filter(pk=TEMPLATE).values("fingerprint")
    ready = MigrationState.objects.filter(fingerprint__in=fingerprint, broken=False).values("schema_name")
    return SpareSchema.objects.filter(schema_name__in=ready).count()


def take_spare() -> str:
    """Take the oldest ready spare out of the pool, in the caller's transaction; answers its schema.

    Rows other registrations hold are skipped. An empty pool is answered by making one at once, which the log says.
    """
    for _attempt in range(3):
        taken = _lock_one()
        if taken is not None:
            taken.delete()
            return taken.schema_name
        log.warning("portals.pool_empty", hint="raise PORTALS_WARM_POOL")
        create_spare()
    raise Unavailable


def _lock_one() -> SpareSchema | None:
    fingerprint = MigrationState.objects.filter(pk=TEMPLATE).values("fingerprint")
    ready = MigrationState.objects.filter(fingerprint__in=fingerprint, broken=False).values("schema_name")
    rows = SpareSchema.objects.select_for_update(skip_locked=True).filter(schema_name__in=ready)
    return rows.order_by("id").first()
