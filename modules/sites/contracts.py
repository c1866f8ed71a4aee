"""What crosses the door of the sites room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from infra.kit.events import Event


@dataclass(frozen=True, kw_only=True)
class FormSubmitted(Event):
    """A visitor's form was accepted. Everything a CRM needs is inside; the submission itself stays in this room.

    `person_name`, `phones` and `emails` are as typed (trimmed, already valid for their kind); `answers` are all other
    answers as (label, value); `utm` has keys like `utm_source`; `responsible_id` is the person the form names.
    """

    name: ClassVar[str] = "sites.form_submitted"

    submission_id: int
    form_name: str
    site_name: str
    person_name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    utm: dict[str, str] = field(default_factory=dict)
    referrer: str = ""
    page_url: str = ""
    responsible_id: int | None = None
    submitted_at: datetime
