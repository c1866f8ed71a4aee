"""The blocks a page is made of: typed values with a JSON form, checked and cleaned on the way in and on the way out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from modules.sites.domain.markup import clean_html, many_lines, one_line, safe_link

LONGEST_TEXT = 20_000
MOST_BLOCKS = 100
LEVELS = (2, 3)
ALIGNMENTS = ("start", "center")
_ASSET = re.compile(r"[0-9a-f]{32}")
_PUBLIC_ID = re.compile(r"[0-9a-f]{20}")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Base of all blocks; `type` names the block in JSON."""

    type: ClassVar[str] = ""

    def to_json(self) -> dict[str, Any]:
        """The block as JSON; `parse_block` gives an equal one back."""
        values = dataclasses.asdict(self)
        return {
            "type": self.type,
            **{name: [list(item) for item in value] if name == "items" else value for name, value in values.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Hero(Block):
    """The opening of a page: a big heading, a sentence, a button."""

    type: ClassVar[str] = "hero"
    title: str = ""
    text: str = ""
    button: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Heading(Block):
    """A heading inside the page; the page's title is level 1."""

    type: ClassVar[str] = "heading"
    text: str = ""
    level: int = 2
    align: str = "start"


@dataclass(frozen=True, kw_only=True)
class RichText(Block):
    """Paragraphs, lists and links as clean HTML."""

    type: ClassVar[str] = "text"
    html: str = ""


@dataclass(frozen=True, kw_only=True)
class Cards(Block):
    """Up to six short points side by side."""

    type: ClassVar[str] = "cards"
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Image(Block):
    """An uploaded image; `asset` is its name, `alt` says what it shows (empty: decoration)."""

    type: ClassVar[str] = "image"
    asset: str = ""
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Button(Block):
    """A link drawn as a button."""

    type: ClassVar[str] = "button"
    text: str = ""
    link: str = ""
    align: str = "start"


@dataclass(frozen=True, kw_only=True)
class FormBlock(Block):
    """A form of this site, by its public id."""

    type: ClassVar[str] = "form"
    form: str = ""
    title: str = ""


BLOCKS: dict[str, type[Block]] = {
    block.type: block for block in (Hero, Heading, RichText, Cards, Image, Button, FormBlock)
}


def parse_blocks(values: Sequence[Any]) -> tuple[Block, ...]:
    """The blocks that `values` (JSON) describe, cleaned. Raises Invalid, each fault under `blocks.<number>.<name>`."""
    if len(values) > MOST_BLOCKS:
        raise Invalid(fields={"blocks": [_("A page has at most %(count)d blocks.") % {"count": MOST_BLOCKS}]})
    blocks, errors = [], {}
    for number, value in enumerate(values):
        try:
            blocks.append(parse_block(value))
        except Invalid as error:
            errors.update({f"blocks.{number}.{name}": texts for name, texts in error.fields.items()})
    if errors:
        raise Invalid(fields=errors)
    return tuple(blocks)


def parse_block(value: Any) -> Block:
    """One block from its JSON form, cleaned. Raises Invalid with faults under the names of its fields."""
    kind = BLOCKS.get(str(value.get("type", ""))) if isinstance(value, dict) else None
    if kind is None:
        raise Invalid(fields={"type": [_("There is no such block.")]})
    known = {item.name for item in dataclasses.fields(kind)}
    given = {name: item for name, item in value.items() if name in known}
    errors: dict[str, list[str]] = {}
    clean = {name: _clean(name, item, errors) for name, item in given.items()}
    if errors:
        raise Invalid(fields=errors)
    return kind(**clean)


def _clean(name: str, value: Any, errors: dict[str, list[str]]) -> Any:
    match name:
        case "level":
            return value if value in LEVELS else LEVELS[0]
        case "align":
            return value if value in ALIGNMENTS else ALIGNMENTS[0]
        case "items":
            return _clean_items(value)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        errors[name] = [_("This text is too long.")]
        return ""
    text = many_lines(value)
    match name:
        case "html":
            return clean_html(text)
        case "link" if text and not safe_link(text):
            errors[name] = [
                _("Write a full address (https://…), a page of this site (/…), a place on it (#…), mailto: or tel:.")
            ]
        case "asset" if text and not _ASSET.fullmatch(text):
            errors[name] = [_("Upload the image again.")]
        case "form" if text and not _PUBLIC_ID.fullmatch(text):
            errors[name] = [_("Choose a form of this site.")]
    return text


def _clean_items(value: Any) -> tuple[tuple[str, str], ...]:
    rows: Iterable[Any] = value if isinstance(value, list | tuple) else ()
    items = tuple(
        (one_line(str(row[0]))[:120], many_lines(str(row[1]))[:600])
        for row in rows
        if isinstance(row, list | tuple) and len(row) == 2
    )
    return tuple(item for item in items if any(item))[:6]
