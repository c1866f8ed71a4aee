"""How fast portals are made, entered and migrated. BENCH_PORTALS says how many there are (300; 1,000 in full)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import sql

import infra.jobs.migrations
from infra.local import APP, OWNER
from tests.support import servers

LATER = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("jobs", "{last}")]
    operations = [migrations.AddField("job", "probe", models.CharField(max_length=9, null=True))]
"""


@pytest.mark.bench
def test_portals(django_db_setup: None, tmp_path: Path) -> None:
    database = "portal_bench"
    servers._execute_as_superuser(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(servers.TEMPLATE)
        )
    )
    package = tmp_path / "later_jobs"
    shutil.copytree(Path(infra.jobs.migrations.__file__).parent, package)
    last = max(path.stem for path in package.glob("0*.py"))
    (package / "0999_later.py").write_text(LATER.format(last=last))
    environment = os.environ | {
        "DATABASE_URL": servers.database_url(APP, database),
        "DATABASE_OWNER_URL": servers.database_url(OWNER, database),
        "LATER_MIGRATIONS": "later_jobs",
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}",
    }
    module = [sys.executable, "-m", "tests.bench.portals_figures"]
    subprocess.run([*module, "build", os.environ.get("BENCH_PORTALS", "300")], env=environment, check=True)
    later = environment | {"DJANGO_SETTINGS_MODULE": "tests.tenants.portals.later_settings"}
    subprocess.run([*module, "migrate"], env=later, check=True)
