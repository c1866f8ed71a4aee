"""A site and its pages as they are to be rendered, apart from the rows that they were read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.sites.contracts import Goods
from modules.sites.domain.filling import Picture
from modules.sites.domain.form import FormDesign
from modules.sites.domain.theme import Theme


@dataclass(frozen=True, kw_only=True)
class PageText:
    """A page as it is to be rendered; ``rival`` is the HTML of its second version, where two are compared."""

    title: str
    path: str
    description: str = ""
    html: str = ""
    id: int = 0
    in_menu: bool = True
    menu_title: str = ""
    hidden: bool = False
    bare: bool = False
    language: str = ""
    translation_of: int | None = None
    share_image: str = ""
    rival: str = ""


@dataclass(frozen=True, kw_only=True)
class SiteText:
    """A whole site as it is to be rendered; ``forms`` by public id, ``pictures`` by name.

    ``header``, ``footer`` and ``missing`` are HTML of pages of that kind. A draft is drawn for the editor: nothing
    in it works, and only the portal may frame it.
    """

    id: int = 0
    name: str
    language: str
    theme: Theme
    address: str
    number: int
    pages: Sequence[PageText] = ()
    header: str = ""
    footer: str = ""
    missing: str = ""
    head: str = ""
    share_image: str = ""
    forms: Mapping[str, FormDesign] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    goods: Mapping[tuple[str, str], Sequence[Goods]] = field(default_factory=dict)
    foreign_pages: bool = False
    draft: bool = False
