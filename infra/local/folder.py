"""The one folder everything local lives in: data, logs, ports and secrets."""

import fcntl
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import IO, Self

from infra.local.process import free_port


class FolderInUse(Exception):
    """Another run holds the folder."""


class LocalFolder:
    """A folder that one run at a time may hold, and that remembers ports and secrets for the next one."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: IO[str] | None = None
        self._ports: list[IO[str]] = []

    def __enter__(self) -> Self:
        """Take the folder.

        Raises:
            FolderInUse: another process has it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise FolderInUse(
                f"{self.path} is in use by another run. Stop that one, or set PORTAL_LOCAL to another folder."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        for lock in self._ports:
            Path(lock.name).unlink(missing_ok=True)
            lock.close()
        self._ports.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def part(self, name: str) -> Path:
        """A folder of its own for one server or purpose, made when missing."""
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def secret(self, name: str) -> str:
        """A random secret, made once and readable by its owner alone."""
        path = self.part("secrets") / name
        if not path.exists():
            with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text()

    def port(self, name: str, preferred: int = 0) -> int:
        """A free loopback port, the one of the last run where possible (bookmarks keep working).

        It is kept for this folder while the folder is held, so that a run that starts at the same time takes another.
        """
        path = self.path / "ports.json"
        known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        port = free_port(known.get(name, preferred))
        while not self._keep(port):
            port = free_port()
        path.write_text(json.dumps(known | {name: port}, indent=1, sort_keys=True))
        return port

    def _keep(self, port: int) -> bool:
        """False where another folder keeps `port`; the file system's lock ends with the process that holds it."""
        path = Path(tempfile.gettempdir()) / f"portal-port-{port}.{os.getuid()}"
        lock = path.open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._ports.append(lock)
        return True
