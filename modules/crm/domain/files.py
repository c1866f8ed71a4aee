"""Files kept with records: stored whole, counted against the portal's disk, given only to who may see the record."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra.adapters.storage import get_storage, portal_key, random_name
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid, NotFound
from modules.crm.domain.access import require_on, seen
from modules.crm.domain.kinds import kind_of
from modules.crm.models import OWNERS, Activity, File

LARGEST = 50 * 1024 * 1024
_SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp", "image/gif", "text/plain"})


def keep_upload(*, actor: Actor, record: Any, upload: Any, comment: Activity | None = None) -> File:
    """Store an upload with `record`; with a `comment` on it, whoever may see the record may.

    Raises Denied, Invalid (empty, or above 50 MB), LimitReached, ReadOnly.
    """
    gates.require_writable()
    require_on(actor, kind_of(record).permission("edit" if comment is None else "view"), record)
    name = str(upload.name).replace("\\", "/").rpartition("/")[2].replace("\0", "").strip()[-200:]
    if not upload.size or upload.size > LARGEST or not name:
        raise Invalid(_("A file has at most %(most)s MB and is not empty.") % {"most": LARGEST // 1024 // 1024})
    guessed = mimetypes.guess_type(name)[0] or ""
    key = random_name()
    content_type = guessed if guessed in _SHOWN else "application/octet-stream"
    with transaction.atomic():
        gates.reserve("portals.disk_bytes", upload.size)
        file = File.objects.create(
            **{record.link: record},
            activity=comment,
            key=key,
            name=name,
            size=upload.size,
            content_type=content_type,
            author_id=actor.id,
        )
        get_storage().put(storage_key(file), upload, content_type)
    return file


def keep_bytes(*, record: Any, activity: Any, name: str, content: bytes, content_type: str, author_id: Any) -> File:
    """Store what was made, such as a PDF that is sent, with an activity of `record`. Raises LimitReached."""
    with transaction.atomic():
        gates.reserve("portals.disk_bytes", len(content))
        file = File.objects.create(
            **{record.kind: record},
            activity=activity,
            key=random_name(),
            name=name[-200:],
            size=len(content),
            content_type=content_type,
            author_id=author_id,
        )
        get_storage().put(storage_key(file), content, content_type)
    return file


def drop_files(files: Iterable[File]) -> None:
    """Remove files inside the caller's transaction: their room is free again, their bytes go after the commit."""
    for file in files:
        key = storage_key(file)
        gates.release("portals.disk_bytes", file.size)
        transaction.on_commit(lambda key=key: get_storage().delete(key))  # type: ignore[misc]  # bound in the loop
        file.delete()


def storage_key(file: File) -> str:
    """Where the bytes are."""
    return portal_key(f"crm/files/{file.key}")


def file_url(file: File) -> str:
    """A link to the bytes that is good for some minutes."""
    return get_storage().url(storage_key(file), expires_s=300, filename=file.name, content_type=file.content_type)


def access_file(actor: Actor, file_id: int) -> File:
    """The file if `actor` may see the record that it is kept with. Raises NotFound."""
    file = File.objects.filter(pk=file_id).first()
    if file is not None:
        for name in OWNERS:
            pk = getattr(file, f"{name}_id")
            if pk is not None and seen(actor, name, pk) is not None:
                return file
    raise NotFound
