"""The SQL that new portals are made from, beside what PostgreSQL's own pg_dump finds in them."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from infra.db.current import TEMPLATE
from infra.db.owner import owner_connection, owner_parameters
from infra.local.postgres import binaries
from tenants.portals.domain.spares import create_spare
from tenants.portals.migrating.dump import DumpFailed, dump_template

pytestmark = pytest.mark.commits


def by_pg_dump(schema: str, *, as_name: str) -> list[str]:
    """What pg_dump says of `schema`, with another name."""
    given = owner_parameters()
    options = ["--no-owner", "--no-privileges", "--no-comments", "--inserts", f"--schema={schema}"]
    done = subprocess.run(
        [str(binaries() / "pg_dump"), *options, f"--dbname={given['dbname']}"],
        env=os.environ | {f"PG{key.upper()}": value for key, value in given.items() if key != "dbname"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.replace(schema, as_name).splitlines()
    return [line for line in lines if line and not line.startswith(("--", "\\"))]


@pytest.fixture
def made_by_pg_dump(fresh_portal: object) -> Iterator[str]:
    """The template restored from pg_dump's own words: text that is read again is not always written the same."""
    with owner_connection() as raw:
        raw.execute("\n".join(by_pg_dump(TEMPLATE, as_name="by_pg_dump")).encode())
    yield "by_pg_dump"
    with owner_connection() as raw:
        raw.execute("DROP SCHEMA by_pg_dump CASCADE")


def test_a_new_portal_is_the_template_to_the_last_name_and_row(made_by_pg_dump: str) -> None:
    made = by_pg_dump(create_spare(), as_name=TEMPLATE)
    assert made == by_pg_dump(made_by_pg_dump, as_name=TEMPLATE)
    assert any(line.startswith("INSERT INTO") for line in made)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE VIEW {}.strange AS SELECT 1 AS one", "the relation strange"),
        ("CREATE FUNCTION {}.strange() RETURNS int LANGUAGE sql RETURN 1", "the function strange"),
        ("CREATE TYPE {}.strange AS ENUM ('a')", "the type strange"),
        ("CREATE SEQUENCE {}.strange", "the sequence portal_template.strange"),
    ],
)
def test_what_would_be_left_out_is_refused(fresh_portal: object, statement: str, name: str) -> None:
    with owner_connection(autocommit=True) as raw:
        raw.execute(statement.format(TEMPLATE))
        try:
            with pytest.raises(DumpFailed, match=name):
                dump_template()
        finally:
            kind = statement.split()[1]
            raw.execute(f"DROP {kind} {TEMPLATE}.strange".encode())
