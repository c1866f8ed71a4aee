"""What crosses the door of the sites room."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from infra.kit.events import Event


@dataclass(frozen=True, kw_only=True)
class FormSubmitted(Event):
    """A visitor's form was accepted. Everything a CRM needs is inside; the submission itself stays in this room.

    `person_name`, `phones` and `emails` are as typed (trimmed, already valid for their kind); `answers` are all other
    answers as (label, value); `utm` has keys like `utm_source`; `responsible_id` is the person the form names.
    `destination` is the kind of a `Target`, `values` are answers to its questions as (key, text). With `join` what is
    open for this visitor is gone on with. `visits` are pages looked at before, as (moment, path).
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
    destination: str = "lead"
    pipeline_id: int | None = None
    join: bool = False
    values: tuple[tuple[str, str], ...] = ()
    visits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """A field of the receiver that a form may ask for. `kind` is a kind of a form's fields that fits."""

    key: str
    title: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a submission can become: a kind of record, and its pipelines as (id, title)."""

    kind: str
    title: str
    pipelines: tuple[tuple[int, str], ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Goods:
    """A thing the company sells, as a page shows it: the price in words, `picture` as PNG, b"" for none."""

    id: int
    name: str
    text: str = ""
    price: str = ""
    picture: bytes = b""

    @property
    def picture_hash(self) -> str:
        """What changes with the picture."""
        return hashlib.sha256(self.picture).hexdigest()[:12]


class Catalogue(Protocol):
    """Who knows what the company sells."""

    def sections(self) -> Sequence[tuple[int, str]]:
        """Parts of the catalogue as (id, name)."""

    def goods(self, section_id: int | None, count: int) -> Sequence[Goods]:
        """The newest things for sale of a section, of all where none is named; prices in the active language."""

    def prices(self, ids: Sequence[int]) -> Mapping[int, str]:
        """Prices now, in words of the active language, of what is still for sale."""


class Receiver(Protocol):
    """Who takes what visitors send."""

    def targets(self) -> Sequence[Target]:
        """What a submission can become in the current portal, the usual target first."""
