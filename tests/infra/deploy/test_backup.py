"""The whole cluster back to a moment, by the scripts that a deployment runs (promise 43)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.local.postgres import OWNER, SUPERUSER, LocalPostgres, binaries
from infra.local.process import unprivileged
from tests.infra.waiting import until

SCRIPTS = Path(__file__).resolve().parents[3] / "infra" / "deploy" / "backup"
ROWS = "SELECT count(*), coalesce(sum(hashtextextended(note, 0)::numeric), 0) FROM kept"


class Archiving(LocalPostgres):
    """The embedded server, keeping its log as a deployment does."""

    def __init__(self, path: Path, backups: Path) -> None:
        super().__init__(path, durable=False)
        self.backups = backups

    def _settings(self) -> dict[str, str | int]:
        command = f"{self.backups}/archive-wal %p %f {self.backups}/wal"
        return {**super()._settings(), "archive_mode": "on", "archive_command": command, "full_page_writes": "on"}


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """Where backups go, with the scripts beside them: the server's user reaches nothing else."""
    folder = tmp_path / "backups"
    (folder / "wal").mkdir(parents=True)
    shutil.copy(SCRIPTS / "archive-wal", folder)
    for place in (folder, folder / "wal"):
        place.chmod(0o777)
    return folder


@pytest.fixture
def server(tmp_path: Path, backups: Path) -> Iterator[Archiving]:
    with Archiving(tmp_path / "postgres", backups) as running:
        yield running


def ask(server: LocalPostgres, statement: str, role: str = OWNER) -> Any:
    with psycopg.connect(server.url(role), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's programs. The wheel's pg_verifybackup crashes when asked for its very version; where it does, what
    it would check is left to the restore below."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in binaries().iterdir():
        (folder / program.name).symlink_to(program)
    if subprocess.run([str(folder / "pg_verifybackup"), "--version"], capture_output=True, check=False).returncode:
        (folder / "pg_verifybackup").unlink()
        (folder / "pg_verifybackup").symlink_to("/bin/true")
    monkeypatch.setenv("PGBIN", str(folder))


def run(script: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPTS / script), *map(str, arguments)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Where `tmp_path / "report"` writes down what a script reports."""
    report = tmp_path / "report"
    report.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path / "told"}\n')
    report.chmod(0o755)
    return tmp_path / "told"


def test_everything_goes_back_to_a_moment(  # promise 43
    server: Archiving, backups: Path, tmp_path: Path, told: Path
) -> None:
    ask(server, "CREATE TABLE kept (note text)")
    ask(server, "INSERT INTO kept SELECT 'before ' || n FROM generate_series(1, 500) AS n")
    done = run("base", server.url(SUPERUSER, "postgres"), backups, REPORT=str(tmp_path / "report"))
    assert done.returncode == 0, done.stderr
    assert told.read_text().startswith("good ")
    ask(server, "INSERT INTO kept SELECT 'after the backup ' || n FROM generate_series(1, 500) AS n")
    then = ask(server, ROWS)
    (moment,) = ask(server, "SELECT clock_timestamp()::text")
    ask(server, "UPDATE kept SET note = 'spoiled'")
    (segment,) = ask(server, "SELECT pg_walfile_name(pg_switch_wal())", SUPERUSER)
    until(lambda: (backups / "wal" / segment).exists())
    server.stop()  # the machine is gone

    target = tmp_path / "restored"
    target.mkdir()
    shutil.copy(server.path / "password", target / "password")
    done = run("restore", backups, target / "data", moment)
    assert done.returncode == 0, done.stderr
    unprivileged(["/bin/true"], target / "password", target / "data", *(target / "data").rglob("*"))
    with LocalPostgres(target, durable=False) as restored:
        until(lambda: ask(restored, "SELECT pg_is_in_recovery()") == (False,))
        assert ask(restored, ROWS) == then
        assert then[0] == 1000
        ask(restored, "INSERT INTO kept VALUES ('life goes on')")


def test_a_segment_is_kept_once_and_never_replaced(backups: Path, tmp_path: Path) -> None:
    segment, other = tmp_path / "segment", tmp_path / "other"
    segment.write_bytes(b"log" * 1000)
    other.write_bytes(b"other")
    keep = [run("archive-wal", segment, "0001", backups / "wal").returncode for _ in range(2)]
    assert keep == [0, 0]
    assert run("archive-wal", other, "0001", backups / "wal").returncode != 0
    assert (backups / "wal" / "0001").read_bytes() == segment.read_bytes()
    assert [path.name for path in (backups / "wal").iterdir()] == ["0001"]


def test_a_backup_that_fails_is_reported_and_leaves_nothing(  # promise 84
    backups: Path, tmp_path: Path, told: Path
) -> None:
    done = run("base", "postgresql://nobody@127.0.0.1:1/none", backups, REPORT=str(tmp_path / "report"))
    assert done.returncode != 0
    assert told.read_text() == "failed see the log of the backup\n"
    assert list((backups / "base").iterdir()) == []


def test_there_is_no_way_back_before_the_first_backup(backups: Path, tmp_path: Path) -> None:
    (backups / "base").mkdir()
    done = run("restore", backups, tmp_path / "data", "2020-01-01 00:00:00+00")
    assert (done.returncode, "no backup is older" in done.stderr) == (1, True)
    assert not (tmp_path / "data").exists()
