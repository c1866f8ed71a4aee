"""Typst in a folder of its own: neither the rest of the disk nor the network is reachable from a paper."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from font_roboto import font_directory

if TYPE_CHECKING:
    import typst

KIT = Path(__file__).with_name("templates")
DATA = "data.json"
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)
_PACKAGE = re.compile(rb'(?:import|include)\s*\(?\s*"@')


class BadTemplate(Exception):
    """A paper could not be made: what Typst says, with the line of the template it stumbled over."""


def render(template: Path, data: Mapping[str, Any], *, files: Mapping[str, bytes] | None = None) -> bytes:
    """The paper as PDF bytes.

    `template` is a `.typ` file; it may import its neighbours and the kit's `paper.typ`, and reads `data` with
    `json("data.json")`. `files` are pictures and the like under plain relative names ("logo.png"). The one font is
    Roboto (Latin, Cyrillic, Greek, Vietnamese); missing signs come from Typst's own fonts.

    Raises BadTemplate: for an error in the template, data it misses, a package from the network, an odd file name.
    """
    import typst  # seven megabytes, needed by processes that make papers alone

    sources = {path.name: path.read_bytes() for folder in (KIT, template.parent) for path in folder.glob("*.typ")}
    if template.name not in sources:
        raise BadTemplate(f"no template {template.name}")
    for name, source in sources.items():
        if _PACKAGE.search(source):
            raise BadTemplate(f"{name} imports a package; papers are made without the network")
    project = {**sources, **_checked(files or {}), DATA: json.dumps(dict(data), allow_nan=False).encode()}
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        root = Path(folder)
        for name, content in project.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            return typst.compile(
                root / template.name,
                root=root,
                font_paths=_fonts(),
                ignore_system_fonts=True,
                package_path=root,
                package_cache_path=root,
                format="pdf",
            )
        except typst.TypstError as error:
            raise BadTemplate(f"{template.name}: {error.diagnostic or error.message}") from error


def _checked(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    for name in files:
        if not _NAME.fullmatch(name) or ".." in PurePosixPath(name).parts or name.endswith(".typ"):
            raise BadTemplate(f"{name!r} is no plain relative name of a file")
    return files


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[font_directory])
