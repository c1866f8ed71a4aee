"""How a value of a shared table is shown; what is a secret is not."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from infra.ui import formats

_SECRETS = re.compile(r"(^|_)(secret|token|password|digest|hash|key_hash|dump|nonce|ha1)(_|$)")
_LONGEST = 20_000


def is_secret(field: models.Field[Any, Any]) -> bool:
    """Whether the field's value is nobody's business: a secret, or the hash of one or of a person's address."""
    return bool(_SECRETS.search(field.name))


def shown(row: models.Model, field: models.Field[Any, Any], *, whole: bool = False) -> str:
    """The value of `field` in words, shortened for a list unless `whole`."""
    if is_secret(field):
        return _("hidden")
    value = getattr(row, field.name)
    if value is None or value == "":
        return "—"
    if field.choices:
        text = str(getattr(row, f"get_{field.name}_display")())
    elif isinstance(value, bool):
        text = _("yes") if value else _("no")
    elif isinstance(value, datetime):
        text = formats.full_moment(value)
    elif isinstance(value, date):
        text = formats.day(value)
    elif isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    else:
        text = str(value)
    return Truncator(text).chars(_LONGEST if whole else 60)
