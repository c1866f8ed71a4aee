"""What every object storage of the house can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

import structlog
from django.utils.translation import gettext_lazy as _

from infra.kit.errors import Unavailable

_log = structlog.get_logger(__name__)

#: Links to files live five minutes at most, so that a right taken away bites soon.
LONGEST_LINK_S = 300


class StorageError(Exception):
    """Something is wrong with the storage or with how it was asked."""


class BadKey(StorageError, ValueError):
    """A key that is not a plain relative name; nothing was read or written."""


class MissingObject(StorageError, LookupError):
    """There is no object under this key."""


class StorageUnavailable(StorageError, Unavailable):
    """The storage did not answer, is full or refused us; trying again later may help. `detail` is for the log."""

    default_message = _("Files cannot be stored or read at the moment. Nothing was saved; try again in a minute.")

    def __init__(self, detail: str = "") -> None:
        Unavailable.__init__(self)
        self.detail = detail
        _log.error("storage.unavailable", detail=detail)


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: its key, size in bytes and SHA-256 in hex, computed while writing."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """What lies under a key: size in bytes and when it was written (aware UTC)."""

    key: str
    size: int
    modified: datetime


class Storage(Protocol):
    """Objects by key. A key is a relative name like ``p_k3x/files/9f2c``; see :mod:`infra.adapters.storage.keys`."""

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> Stored:
        """Write an object whole or not at all; an object under the same key is replaced.

        ``content`` is bytes or a readable binary stream of any length. Raises BadKey, StorageUnavailable.
        """

    def open(self, key: str) -> BinaryIO:
        """A readable binary stream of the object; the caller closes it. Raises BadKey, MissingObject."""

    def read(self, key: str) -> bytes:
        """The whole object, for small ones. Raises BadKey, MissingObject."""

    def stat(self, key: str) -> ObjectStat:
        """Size and time of the object. Raises BadKey, MissingObject."""

    def delete(self, key: str) -> None:
        """Remove the object; a missing one is no error. Raises BadKey."""

    def delete_prefix(self, prefix: str) -> int:
        """Remove everything under a folder (``p_k3x/sites``), return how many objects went. Raises BadKey."""

    def iterate(self, prefix: str) -> Iterator[ObjectStat]:
        """All objects under a folder, in no promised order. Raises BadKey."""

    def url(self, key: str, *, expires_s: int = LONGEST_LINK_S, filename: str = "", content_type: str = "") -> str:
        """A link that lets its bearer fetch this one object for ``expires_s`` seconds (1 to 300).

        The answer carries ``content_type`` only if it is on the safe list, otherwise it is a download of
        unknown type; everything a browser would run is sent as an attachment. Raises BadKey, ValueError.
        """
