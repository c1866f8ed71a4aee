"""Migrating many portals: each whole or untouched, whatever happens to the run (promise 44)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import psycopg
import pytest
from psycopg import sql

import infra.jobs.migrations
from infra.local import OWNER
from tests.support import servers

pytestmark = pytest.mark.long

SPARES = 3
COLUMN = 'migrations.AddField("job", "probe", models.CharField(max_length=9, default="x"))'
KEY = 'models.ForeignKey("jobs.Job", models.CASCADE, null=True)'
TABLE = f'migrations.CreateModel("Probe", [("id", models.BigAutoField(primary_key=True)), ("job", {KEY})])'
PYTHON = "migrations.RunPython(fill)"
FILL = '''
def fill(apps, editor):
    """Data of each portal; the third one kills the run where the test wants it."""
    Job = apps.get_model("jobs", "Job")
    Job.objects.update(probe="y")
    with editor.connection.cursor() as cursor:
        cursor.execute("INSERT INTO probe_log SELECT current_schema()")
        cursor.execute("SELECT count(*) FROM probe_log")
        if str(cursor.fetchone()[0]) == os.environ.get("KILL_AT"):
            os.kill(os.getpid(), 9)
'''


@dataclass
class Installation:
    """A database of its own, with two portals and spares, and the code of a later release."""

    database: str
    folder: Path

    def rows(self, query: str, *values: Any) -> list[Any]:
        with psycopg.connect(servers.database_url(OWNER, self.database), autocommit=True) as raw:
            cursor = raw.execute(query, values)
            return [row[0] if len(row) == 1 else row for row in cursor] if cursor.description else []

    def release(self, *operations: str) -> None:
        """Write the later release's migration."""
        package = self.folder / "later_jobs"
        shutil.copytree(Path(infra.jobs.migrations.__file__).parent, package, dirs_exist_ok=True)
        last = max(path.stem for path in package.glob("0*.py"))
        text = dedent(f"""
            import os
            from django.db import migrations, models
            {{fill}}
            class Migration(migrations.Migration):
                dependencies = [("jobs", "{last}")]
                operations = [{", ".join(operations)}]
        """)
        (package / "0999_later.py").write_text(text.replace("{fill}", FILL))

    def migrate(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command as the later release's code."""
        return subprocess.run(
            [sys.executable, "manage.py", "migrate_portals", *arguments],
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "tests.tenants.portals.later_settings",
                "LATER_MIGRATIONS": "later_jobs",
                "PYTHONPATH": str(self.folder),
                "DATABASE_URL": servers.database_url("portal_app", self.database),
                "DATABASE_OWNER_URL": servers.database_url(OWNER, self.database),
            }
            | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def schemas(self) -> list[str]:
        return self.rows("SELECT schema_name FROM portals_migrationstate WHERE schema_name LIKE 'p\\_%%' ORDER BY 1")

    def with_column(self) -> list[str]:
        return self.rows(
            "SELECT table_schema FROM information_schema.columns WHERE table_name = 'jobs_job'"
            " AND column_name = 'probe' AND table_schema LIKE 'p\\_%%' AND data_type = 'character varying' ORDER BY 1"
        )

    def up_to_date(self) -> list[str]:
        return self.rows(
            "SELECT schema_name FROM portals_migrationstate WHERE NOT broken AND schema_name LIKE 'p\\_%%'"
            " AND fingerprint = (SELECT fingerprint FROM portals_migrationstate WHERE schema_name = 'portal_template')"
            " ORDER BY 1"
        )


@pytest.fixture
def installation(django_db_setup: None, tmp_path: Path) -> Iterator[Installation]:
    name = f"portal_later_{servers.worker_name()}"
    create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    servers._execute_as_superuser(drop)
    servers._execute_as_superuser(
        create.format(sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(servers.TEMPLATE))
    )
    made = Installation(name, tmp_path)
    yield made
    servers._execute_as_superuser(drop)


# promise 44
def test_one_failing_portal_neither_stops_nor_harms_the_others(installation: Installation) -> None:
    installation.release(COLUMN, TABLE)
    schemas = installation.schemas()
    assert len(schemas) == 3
    ill = schemas[1]
    installation.rows(f"ALTER TABLE {ill}.jobs_job ADD COLUMN probe integer")

    dry = installation.migrate("--dry-run")
    assert "jobs.0999_later" in dry.stdout
    assert installation.with_column() == []

    done = installation.migrate()
    assert done.returncode == 1
    assert f"{ill}: " in done.stderr
    assert "already exists" in done.stderr
    well = [schema for schema in schemas if schema != ill]
    assert installation.with_column() == installation.up_to_date() == well
    assert installation.rows(f"SELECT count(*) FROM {ill}.django_migrations WHERE name = '0999_later'") == [0]
    assert installation.rows("SELECT to_regclass(%s)::text", f"{ill}.jobs_probe") == [None]

    installation.rows(f"ALTER TABLE {ill}.jobs_job DROP COLUMN probe")
    again = installation.migrate("--spares", "2")
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "1 schemas migrated, 0 failed")
    assert installation.up_to_date() == installation.with_column() == installation.schemas()
    names = "SELECT conname FROM pg_constraint WHERE connamespace = '{}'::regnamespace ORDER BY 1"
    template = installation.rows(names.format("portal_template"))
    assert len(template) > 50
    assert all(installation.rows(names.format(schema)) == template for schema in installation.schemas())
    allowed = "SELECT has_table_privilege('portal_app', '{}.jobs_probe', 'INSERT')"
    assert all(installation.rows(allowed.format(schema)) == [True] for schema in installation.schemas())


# promise 44
def test_killed_run_is_taken_up_where_it_stopped(installation: Installation) -> None:
    installation.rows("CREATE TABLE public.probe_log (schema_name text)")
    installation.rows("GRANT ALL ON public.probe_log TO portal_app")
    installation.release(COLUMN, PYTHON)
    schemas = installation.schemas()

    killed = installation.migrate("--workers", "1", KILL_AT="3")
    assert killed.returncode == -signal.SIGKILL
    assert installation.with_column() == installation.up_to_date() == schemas[:1]

    ended = installation.migrate()
    assert ended.returncode == 0, ended.stderr
    assert installation.with_column() == installation.up_to_date() == schemas
    assert installation.rows("SELECT schema_name FROM probe_log ORDER BY 1") == [*schemas, "portal_template"]


# promise 44
def test_schema_that_differs_is_not_served_until_it_is_mended(installation: Installation) -> None:
    installation.release(COLUMN)
    ill = installation.schemas()[0]
    installation.rows(f"DROP INDEX {ill}.people_user_by_name")
    differs = installation.migrate()
    assert differs.returncode == 1
    assert f"{ill}: its tables differ" in differs.stderr
    assert installation.up_to_date() == installation.schemas()[1:]
    installation.rows(f"CREATE INDEX people_user_by_name ON {ill}.people_user (last_name, first_name, id)")
    mended = installation.migrate()
    assert mended.returncode == 0, mended.stderr
    assert installation.up_to_date() == installation.schemas()


def test_second_run_at_the_same_time_is_refused(installation: Installation) -> None:
    installation.release(COLUMN)
    with psycopg.connect(servers.database_url(OWNER, installation.database), autocommit=True) as raw:
        raw.execute("SELECT pg_advisory_lock(%s)", [0x706F7274616C])
        refused = installation.migrate()
    assert refused.returncode == 1
    assert "Another migrate_portals is at work" in refused.stderr
    assert installation.with_column() == []
