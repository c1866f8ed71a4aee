"""Objects as files in one local folder: the default, for one machine."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.core import signing
from django.urls import reverse

from infra.adapters.storage.interface import (
    LONGEST_LINK_S,
    MissingObject,
    ObjectStat,
    StorageUnavailable,
    Stored,
)
from infra.adapters.storage.keys import checked_key, checked_lifetime

_CHUNK = 1024 * 1024
_SALT = "infra.adapters.storage.link"


class LocalStorage:
    """Keeps objects under ``root``; a write is a temporary file, an fsync and a rename."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._incoming = self._root / ".incoming"

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> Stored:
        target = self._path(key)
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        digest, size = hashlib.sha256(), 0
        temporary = ""
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._incoming, delete=False) as file:
                temporary = file.name
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            self._move(temporary, target)
        except OSError as error:
            raise StorageUnavailable(f"Could not write {key}: {error.strerror}") from error
        finally:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
        return Stored(key=key, size=size, sha256=digest.hexdigest())

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise MissingObject(key) from error

    def read(self, key: str) -> bytes:
        with self.open(key) as stream:
            return stream.read()

    def stat(self, key: str) -> ObjectStat:
        path = self._path(key)
        if not path.is_file():
            raise MissingObject(key)
        return self._stat(path)

    def delete(self, key: str) -> None:
        path = self._path(key)
        if path.is_file():
            path.unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> int:
        folder = self._path(prefix)
        gone = sum(1 for _ in self.iterate(prefix))
        shutil.rmtree(folder, ignore_errors=True)
        return gone

    def iterate(self, prefix: str) -> Iterator[ObjectStat]:
        for folder, _, names in os.walk(self._path(prefix)):
            for name in names:
                try:
                    yield self._stat(Path(folder) / name)
                except FileNotFoundError:  # removed while we were walking
                    continue

    def url(self, key: str, *, expires_s: int = LONGEST_LINK_S, filename: str = "", content_type: str = "") -> str:
        checked_lifetime(expires_s)
        until = int(datetime.now(UTC).timestamp()) + expires_s
        token = signing.dumps([checked_key(key), filename, content_type, until], salt=_SALT, compress=True)
        return reverse("storage:file", args=[token])

    def _path(self, key: str) -> Path:
        path = self._root / checked_key(key)
        if not path.resolve().is_relative_to(self._root):  # a symbolic link planted inside the root
            raise MissingObject(key)
        return path

    def _stat(self, path: Path) -> ObjectStat:
        status = path.stat()
        return ObjectStat(
            key=path.relative_to(self._root).as_posix(),
            size=status.st_size,
            modified=datetime.fromtimestamp(status.st_mtime, UTC),
        )

    def _move(self, temporary: str, target: Path) -> None:
        """Rename into place and make the name itself durable; folders may vanish while we make them."""
        for attempt in (1, 2, 3):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.replace(temporary, target)
                break
            except FileNotFoundError:
                if attempt == 3:
                    raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_link(token: str) -> tuple[str, str, str] | None:
    """(key, filename, content type) of a link made by ``LocalStorage.url``, or None if forged or past its time."""
    try:
        key, filename, content_type, until = signing.loads(token, salt=_SALT, max_age=LONGEST_LINK_S)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (key, filename, content_type) if datetime.now(UTC).timestamp() < until else None
