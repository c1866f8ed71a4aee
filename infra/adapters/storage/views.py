"""The door behind the links of ``LocalStorage.url``."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase

from infra.adapters.storage import get_storage
from infra.adapters.storage.interface import MissingObject
from infra.adapters.storage.local import LocalStorage, read_link
from infra.adapters.storage.safety import safe_headers
from infra.db.current import portal_schema
from infra.kit.screens import guest_page


@guest_page(reason="A signed link of five minutes is the right itself; it was given to a person who may read the file.")
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer one stored file. A forged or stale link, or one of another portal, is a plain 404."""
    storage = get_storage()
    link = read_link(token)
    if link is None or not isinstance(storage, LocalStorage):
        raise Http404
    key, filename, content_type = link
    if not key.startswith(f"{portal_schema()}/"):
        raise Http404
    try:
        response = FileResponse(storage.open(key))
    except MissingObject as error:
        raise Http404 from error
    for name, value in safe_headers(content_type, filename).items():
        response[name] = value
    return response
