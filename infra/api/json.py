"""JSON in and out by orjson: 4 to 5 times the standard library on hot lists."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from infra.kit.errors import TooLarge
from infra.kit.refs import RecordRef


class JSONRenderer(BaseRenderer):
    """UTF-8 JSON; Decimal as a string (money is never a float), times in ISO 8601."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else dump(data)


class JSONParser(BaseParser):
    """Reads JSON; anything broken is a 400 that says where."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(_("This is not JSON: %(reason)s.") % {"reason": error}) from error


def dump(data: Any) -> bytes:
    """`data` as JSON bytes."""
    return orjson.dumps(data, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | Promise | RecordRef):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
