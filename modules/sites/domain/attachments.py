"""Files that visitors attach: harmless kinds, bounded, within the company's disk, handed out only as downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from infra.adapters.storage import get_storage, portal_key, random_name
from infra.kit import gates
from infra.kit.errors import LimitReached, Unavailable
from modules.sites.domain.markup import one_line
from modules.sites.models import Submission, SubmissionFile

LARGEST = 10 * 1024**2
#: Endings we take, with the type a browser may be told.
TAKEN = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv",
    "txt": "text/plain",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "application/octet-stream",
    "zip": "application/zip",
}


def name_of(files: Mapping[str, UploadedFile] | None, key: str) -> str:
    """The name of the file sent for a field, without any folder; "" when none came."""
    file = (files or {}).get(key)
    return one_line(PurePosixPath((file.name or "").replace("\\", "/")).name)[-200:] if file else ""


def problem(files: Mapping[str, UploadedFile] | None, key: str) -> str:
    """What is wrong with the file sent for a field, in a sentence; "" when nothing is."""
    file = (files or {}).get(key)
    if file is None:
        return ""
    if not file.size:
        return _("This file is empty. Choose another one.")
    if file.size > LARGEST:
        return _("This file is over 10 MB. Make it smaller, or send a link.")
    if _ending(name_of(files, key)) not in TAKEN:
        return _("Files of this kind are not taken. Send a PDF, a document, a table or a picture.")
    return ""


def keep(submission: Submission, keys: Sequence[str], files: Mapping[str, UploadedFile]) -> None:
    """Store the files of a submission in its transaction.

    Raises Unavailable, with what to do, when the company has no room left or storage does not answer.
    """
    for key in keys:
        file = files.get(key)
        if file is None:
            continue
        name = name_of(files, key)
        try:
            gates.reserve("portals.disk_bytes", file.size or 0)
        except LimitReached as error:
            raise Unavailable(
                _("Files cannot be taken now. Send the form without the file, or write to us.")
            ) from error
        kind = TAKEN[_ending(name)]
        stored = get_storage().put(portal_key(f"sites/sent/{random_name()}"), cast(BinaryIO, file.file), kind)
        SubmissionFile.objects.create(
            submission=submission, field_key=key, name=name, key=stored.key, size=stored.size, content_type=kind
        )


def drop(submission: Submission) -> None:
    """Give the room of a submission's files back, and remove them once the transaction is through."""
    for row in submission.files.all():
        gates.release("portals.disk_bytes", row.size)
        transaction.on_commit(partial(get_storage().delete, row.key))


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
