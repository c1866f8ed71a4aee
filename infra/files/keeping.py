"""Bytes stored and let go with the room they take under the plan."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from infra.adapters.storage import MissingObject, Stored, get_storage
from infra.kit import gates

DISK = "portals.disk_bytes"


def keep(key: str, content: bytes, content_type: str) -> Stored:
    """Take room for `content` and store it, in the transaction of the row that will name `key`.

    A transaction undone later gives the room back; the bytes it leaves go with the sweep. Raises LimitReached and
    StorageUnavailable: then nothing is kept.
    """
    gates.reserve(DISK, len(content))
    return get_storage().put(key, content, content_type)


def let_go(keys: Sequence[str]) -> None:
    """Give the room of objects back in the caller's transaction, and remove them once it is through."""
    storage, freed = get_storage(), 0
    for key in keys:
        try:
            freed += storage.stat(key).size
        except MissingObject:
            continue
    if freed:
        gates.release(DISK, freed)

    def remove() -> None:
        for key in keys:
            storage.delete(key)

    transaction.on_commit(remove)
