"""promise 4: a proxy that shares sessions between transactions is refused at start-up."""

import re
import shutil
import signal
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.local import APP, free_port
from infra.local.process import spawn, stop, unprivileged, wait_until
from infra.ops.pooling import TransactionPooling, check_sessions, refuse_transaction_pooling
from tests.support.servers import database_url

URL = database_url(APP, "portal")


class Pool:
    """Two real server connections, lent for one transaction at a time: what a transaction-pooling proxy does."""

    def __init__(self, size: int, oldest_first: bool) -> None:
        self.servers = deque(psycopg.connect(URL, autocommit=True) for _ in range(size))
        self.oldest_first = oldest_first

    def take(self) -> "psycopg.Connection[Any]":
        return self.servers.popleft() if self.oldest_first else self.servers.pop()


class Client:
    """One client of the pool, with the calls the check makes."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.held: psycopg.Connection[Any] | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        if self.held is not None:
            self.execute("ROLLBACK")

    def execute(self, query: str, parameters: Any = None) -> Any:
        server = self.held or self.pool.take()
        answer = server.execute(query, parameters)
        if query == "BEGIN":
            self.held = server
        elif self.held is None or query in ("COMMIT", "ROLLBACK"):
            self.held = None
            self.pool.servers.append(server)
        return answer

    def cursor(self, **options: Any) -> "Client":
        return self


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("size", [2, 3])
def test_a_pool_of_sessions_is_recognised(size: int, oldest_first: bool) -> None:
    pool = Pool(size, oldest_first)
    with pytest.raises(TransactionPooling, match="pool_mode=transaction"):
        check_sessions(lambda: Client(pool))
    for server in pool.servers:
        server.close()


def test_postgres_itself_is_accepted() -> None:
    refuse_transaction_pooling(URL)


@pytest.fixture
def pgbouncer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a real PgBouncer in front of the test database, in the pool mode the test names."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        pytest.skip("pgbouncer is not installed (Debian: apt-get install pgbouncer); the pool above stands in for it")
    url = re.fullmatch(r"postgresql://(\w+):([^@]+)@([\d.]+):(\d+)/(\w+)", URL)
    assert url is not None
    role, password, host, server_port, database = url.groups()
    port = free_port()
    users, configuration, log = tmp_path / "users.txt", tmp_path / "pgbouncer.ini", tmp_path / "log"
    users.write_text(f'"{role}" "{password}"\n')
    configuration.write_text(
        f"[databases]\n{database} = host={host} port={server_port} password={password}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = plain\nauth_file = {users}\npool_mode = {request.param}\ndefault_pool_size = 2\n"
        "ignore_startup_parameters = options\n"
    )
    process = spawn(
        unprivileged([program, str(configuration)], users, configuration), log=log, stop_signal=signal.SIGINT
    )
    wait_until(lambda: b"process up" in log.read_bytes(), process, log, patience=60)
    yield f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"
    stop(process, signal.SIGKILL)


@pytest.mark.parametrize("pgbouncer", ["transaction"], indirect=True)
def test_a_real_pgbouncer_in_transaction_mode_is_refused(pgbouncer: str) -> None:
    with pytest.raises(TransactionPooling):
        refuse_transaction_pooling(pgbouncer)


@pytest.mark.parametrize("pgbouncer", ["session"], indirect=True)
def test_a_real_pgbouncer_in_session_mode_is_accepted(pgbouncer: str) -> None:
    refuse_transaction_pooling(pgbouncer)
