"""The pages a visitor looked at before sending: kept by their own browser, handed over only with a form."""

from __future__ import annotations

import json
import re
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

MOST_VISITS = 30
_PATH = re.compile(r"/[a-z0-9/-]{0,80}")


def read_visits(text: str) -> list[list[str]]:
    """What came as ``text`` (JSON of [moment, path]) as a list, without whatever is no visit of a page of ours."""
    try:
        given = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return []
    if not isinstance(given, list):
        return []
    return [[row[0], row[1]] for row in given[-MOST_VISITS:] if _is_visit(row)]


def _is_visit(row: object) -> bool:
    if not isinstance(row, list) or len(row) != 2 or not all(isinstance(part, str) for part in row):
        return False
    return _moment(row[0]) is not None and bool(_PATH.fullmatch(row[1]))


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text[:30])
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None
