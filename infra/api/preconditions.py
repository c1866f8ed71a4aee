"""ETag and If-Match (RFC 9110, 13.1.1): a change says which version it was made on."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request

from infra.api.problems import BadRequest
from infra.kit.errors import PreconditionFailed, PreconditionRequired

_ETAG = re.compile(r'"([0-9]{1,10})"')


def etag_of(row: Any) -> str:
    """The strong entity tag of a row with a `version` (attribute or key)."""
    version = row["version"] if isinstance(row, dict) else row.version
    return f'"{version}"'


def expected_version(request: Request) -> int | None:
    """The version that If-Match names; None for `*` (any). Raises PreconditionRequired, BadRequest."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise PreconditionRequired
    if header == "*":
        return None
    match = _ETAG.fullmatch(header)
    if match is None:
        raise BadRequest(_('If-Match takes the ETag as it came, like "3", or *.'), code="bad_if_match")
    return int(match[1])


def check_match(request: Request, row: Any) -> int | None:
    """The expected version, when `row` still has it. Raises PreconditionFailed with the current ETag."""
    expected = expected_version(request)
    if expected is not None and expected != row.version:
        raise PreconditionFailed(current=etag_of(row))
    return expected
