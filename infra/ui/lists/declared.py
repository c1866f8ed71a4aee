"""What a list declares besides its columns."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms

from infra.kit.access import Actor, may
from infra.kit.errors import Text
from infra.ui.context import address


@dataclass(frozen=True)
class Order:
    """A way to sort: a column of the model ("-" = descending first) that has an index together with the id.

    The column may hold NULLs; they come last ascending and first descending, as in PostgreSQL's index.
    """

    key: str
    title: Text

    @property
    def field(self) -> str:
        """The column without its direction."""
        return self.key.lstrip("-")


@dataclass(frozen=True)
class Export:
    """A format of export besides CSV and XLSX, answered by the screen's `export_<key>()`."""

    key: str
    title: Text
    icon: str = "download"


@dataclass(frozen=True)
class BulkAction:
    """Something done to all chosen rows by the screen's `bulk_<key>(rows, form) -> int`.

    `form` (a form class, called like any form) asks for what is needed; without one a dangerous action asks to confirm.
    """

    key: str
    title: Text
    icon: str = ""
    permission: str | None = None
    tone: str = "secondary"
    form: type[forms.BaseForm] | None = None
    confirm: Text = ""

    @property
    def asks(self) -> bool:
        """Whether a dialog comes before it."""
        return self.form is not None or self.tone == "danger" or bool(self.confirm)


@dataclass(frozen=True, kw_only=True)
class Empty:
    """What an empty list teaches, with one action."""

    icon: str = "inbox"
    title: Text
    text: Text = ""
    url_name: str = ""
    action: Text = ""
    permission: str | None = None


def empty_address(empty: Empty | None, actor: Actor) -> str:
    """Where the action of `empty` leads, "" where there is none or `actor` may not take it."""
    if empty is None or not empty.url_name or (empty.permission and not may(actor, empty.permission)):
        return ""
    return address(empty.url_name)
