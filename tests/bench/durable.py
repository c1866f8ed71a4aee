"""The tests' PostgreSQL made to flush every commit to disk, as one that is used does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.support.servers import SUPERUSER_URL

_FLUSHING = ("fsync", "full_page_writes")


@contextmanager
def durable() -> Iterator[None]:
    """Inside the block a commit is answered when the disk has it (`fsync`, `synchronous_commit` on)."""
    with psycopg.connect(os.environ[SUPERUSER_URL], autocommit=True) as superuser:

        def shown(name: str) -> str:
            return str(superuser.execute(f"SHOW {name}").fetchone()[0])

        def reload(wanted: str) -> None:
            superuser.execute("SELECT pg_reload_conf()")
            while {shown(name) for name in _FLUSHING} != {wanted}:
                pass

        for name in _FLUSHING:
            superuser.execute(f"ALTER SYSTEM SET {name} = on")
        reload("on")
        superuser.execute("CHECKPOINT")
        assert shown("synchronous_commit") == "on"
        try:
            yield
        finally:
            for name in _FLUSHING:
                superuser.execute(f"ALTER SYSTEM RESET {name}")
            reload("off")
