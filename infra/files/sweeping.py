"""Stored objects and the rows that name them kept in step, both ways (promise 47), and counted (promise 65)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.utils import timezone
from django.utils.module_loading import import_string

from infra.adapters.storage import get_storage, portal_key
from infra.files.keeping import DISK
from infra.kit import gates
from infra.kit.registry import registry
from infra.kit.spec import StoredFiles

#: Younger objects may belong to an upload that has not committed yet.
GRACE = timedelta(hours=24)
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Swept:
    """Objects that no row named, removed; objects that rows name and that are not there, or are not as large as was
    written down: both told in the log."""

    orphans: int = 0
    missing: int = 0
    damaged: int = 0


def sweep() -> Swept:
    """Remove what lost workers left behind in the portal's folders, tell of what is gone, and count the disk anew.

    Safe to run twice, and while people work.
    """
    swept = Swept()

    def measured() -> int:
        return sum([_folder(stored, swept) for stored in registry.stored_files])

    gates.recount(DISK, measured)
    return swept


def _folder(stored: StoredFiles, swept: Swept) -> int:
    """Sweep one folder; the bytes in it that count."""
    storage, young, room = get_storage(), timezone.now() - GRACE, 0
    named = _named(stored)
    lost = set(named)
    for stat in storage.iterate(portal_key(stored.folder)):
        name = stat.key if stat.key in named else f"{stat.key.rpartition('/')[0]}/"
        if name in named:
            room += stat.size
            lost.discard(name)
            if named[name] not in (None, stat.size):
                swept.damaged += 1
                _log.error("files.object_damaged", key=stat.key, size=stat.size, expected=named[name])
        elif stat.modified < young:
            storage.delete(stat.key)
            swept.orphans += 1
    lost &= set(_named(stored)) if lost else set()  # what people removed while we looked is not lost
    for key in sorted(lost):
        _log.error("files.object_missing", key=key)
    swept.missing += len(lost)
    return room if stored.counted else 0


def _named(stored: StoredFiles) -> dict[str, int | None]:
    in_use: Callable[[], Iterable[tuple[str, int | None]]] = import_string(stored.in_use)
    return dict(in_use())
