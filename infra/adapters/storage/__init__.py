"""Object storage: one small interface, a local folder or any S3 endpoint behind it. See README.md."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from infra.adapters.storage.interface import (
    LONGEST_LINK_S,
    BadKey,
    MissingObject,
    ObjectStat,
    Storage,
    StorageError,
    StorageUnavailable,
    Stored,
)
from infra.adapters.storage.keys import portal_key, random_name

__all__ = [
    "LONGEST_LINK_S",
    "BadKey",
    "MissingObject",
    "ObjectStat",
    "Storage",
    "StorageError",
    "StorageUnavailable",
    "Stored",
    "get_storage",
    "portal_key",
    "random_name",
]


@cache
def get_storage() -> Storage:
    """The storage the settings name: S3 when ``S3_BUCKET`` is set, else the folder ``STORAGE_ROOT``."""
    if settings.S3_BUCKET:
        from infra.adapters.storage.s3 import S3Storage

        return S3Storage(
            bucket=settings.S3_BUCKET,
            endpoint_url=settings.S3_ENDPOINT_URL,
            access_key=settings.S3_ACCESS_KEY,
            secret_key=settings.S3_SECRET_KEY,
            region=settings.S3_REGION,
        )
    from infra.adapters.storage.local import LocalStorage

    return LocalStorage(Path(settings.STORAGE_ROOT))
