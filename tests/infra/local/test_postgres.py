"""The embedded PostgreSQL survives what happens on a desk: killed servers, killed supervisors, stale pid files."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from infra.local import APP, OWNER, LocalPostgres


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[LocalPostgres]:
    with LocalPostgres(tmp_path / "postgres", durable=False) as server:
        yield server


def answer(server: LocalPostgres, query: str, role: str = APP) -> object:
    with psycopg.connect(server.url(role)) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_the_owner_makes_tables_and_the_app_role_cannot(postgres: LocalPostgres) -> None:
    with psycopg.connect(postgres.url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    with psycopg.connect(postgres.url(APP)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE refused (id int)")
    assert answer(postgres, "SELECT count(*) FROM pg_tables WHERE tablename IN ('kept', 'refused')") == 1
    assert answer(postgres, "SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname LIKE 'portal%'") is False


def test_committed_rows_outlive_kill_9_of_the_server(postgres: LocalPostgres) -> None:  # promise 39
    with psycopg.connect(postgres.url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("GRANT SELECT ON kept TO portal_app")
        connection.execute("INSERT INTO kept VALUES (7)")
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    postgres.start()
    assert answer(postgres, "SELECT id FROM kept") == 7


def test_a_server_left_behind_by_a_killed_run_is_replaced(postgres: LocalPostgres) -> None:
    """Whoever held the first object is gone; a new run over the same folder takes the data over."""
    assert postgres.process is not None
    left_behind = postgres.process
    with LocalPostgres(postgres.path, durable=False) as second:
        assert left_behind.wait(60) is not None
        assert answer(second, "SELECT current_user") == APP


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(tmp_path: Path) -> None:
    with LocalPostgres(tmp_path / "postgres", durable=False) as first:
        lines = (first.data / "postmaster.pid").read_text().splitlines()
    (first.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with LocalPostgres(tmp_path / "postgres", durable=False) as second:
        assert answer(second, "SELECT 1") == 1
    assert psutil.pid_exists(os.getpid())


def test_it_listens_on_loopback_only_and_asks_for_a_password(postgres: LocalPostgres) -> None:
    assert answer(postgres, "SHOW listen_addresses") == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres.url().replace(postgres.password, "guess"))


def test_a_durable_server_flushes_every_commit(tmp_path: Path) -> None:  # promise 39
    with LocalPostgres(tmp_path / "postgres") as server:
        assert [answer(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == [
            "on",
            "on",
            "on",
        ]


def test_it_runs_for_nobody_but_itself(postgres: LocalPostgres) -> None:
    assert postgres.process is not None
    assert psutil.Process(postgres.process.pid).uids().effective != 0
    postgres.process.send_signal(signal.SIGINT)
    assert postgres.process.wait(60) == 0
