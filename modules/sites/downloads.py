"""Files of strangers on their way to a person."""

from __future__ import annotations

from django.http import FileResponse
from django.utils.http import content_disposition_header

from infra.adapters.storage import get_storage
from infra.adapters.storage.safety import safe_headers
from modules.sites.models import SubmissionFile


def downloaded(file: SubmissionFile) -> FileResponse:
    """A file that a visitor attached, only ever as a download (promise 62)."""
    response = FileResponse(get_storage().open(file.key))
    for header, value in safe_headers(file.content_type, file.name).items():
        response[header] = value
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    return response
