"""What happened to a record, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from infra.kit.errors import Text


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One line of a timeline: when, who (a name, or a person with a picture), what; `body` is what they wrote.

    `body` is shown as plain text with its line breaks; `html_slot` is markup of the module's own making.
    """

    at: datetime
    text: Text
    who: str = ""
    person: Any = None
    icon: str = "point"
    body: str = ""
    html_slot: SafeString | str = ""
