"""The look of the papers of our own companies: colour, who signs, logo, signatures and stamp."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit, files
from infra.adapters.storage import get_storage, portal_key, random_name
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid
from modules.crm.domain.selling.settings import MANAGE
from modules.crm.models import Company, Letterhead

PICTURES = ("logo", "signature", "second_signature", "stamp")
_LINES = {"signer": 150, "signer_post": 150, "second_signer": 150, "second_post": 150, "footer": 300}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LARGEST_FILE, MOST_PIXELS, LONGEST_SIDE = 5 * 1024 * 1024, 40_000_000, 1_200


def letterhead_of(company: Company | None) -> Letterhead:
    """The letterhead of one of our companies; the usual one, not saved, where it has none."""
    found = Letterhead.objects.filter(company=company).first() if company is not None else None
    return found or Letterhead(company=company)


def set_letterhead(
    *,
    actor: Actor,
    company: Company,
    lines: Mapping[str, str],
    pictures: Mapping[str, BinaryIO | None] | None = None,
) -> Letterhead:
    """Change lines (colour, signer, signer_post, second_signer, second_post, footer) and PICTURES; None removes one.

    Pictures are kept as PNG of at most 1,200 pixels a side, without metadata, their transparency too. Raises Denied,
    Invalid (naming the field), LimitReached (disk), ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    if not company.is_own:
        raise Invalid(_("Only companies of our own have a letterhead."))
    values = _checked(lines)
    made = {name: None if file is None else _picture(name, file) for name, file in (pictures or {}).items()}
    keys = {name: "" if content is None else random_name() for name, content in made.items()}
    with transaction.atomic():
        Letterhead.objects.bulk_create([Letterhead(company=company)], ignore_conflicts=True)
        row = Letterhead.objects.select_for_update().get(company=company)
        before = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        old = [key for name in keys if (key := getattr(row, f"{name}_key"))]
        for name, key in keys.items():
            setattr(row, f"{name}_key", key)
        row.save()
        for name, content in made.items():
            if content is not None:
                files.keep(storage_key(keys[name]), content, "image/png")
        files.let_go([storage_key(key) for key in old])
        told: dict[str, Any] = {name: (before[name], value) for name, value in values.items() if before[name] != value}
        told |= {name: (None, bool(key)) for name, key in keys.items()}
        if told:
            audit.record(actor, "letterhead.set", company.ref, told)
    return row


def storage_key(name: str) -> str:
    """Where a picture of a letterhead is kept."""
    return portal_key(f"crm/letterheads/{name}.png")


def picture_bytes(name: str) -> bytes:
    """A picture's PNG, b"" where there is none."""
    return get_storage().read(storage_key(name)) if name else b""


def _checked(lines: Mapping[str, str]) -> dict[str, str]:
    wrong: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for name, raw in lines.items():
        text = str(raw or "").strip()
        if name == "colour":
            if not _COLOUR.fullmatch(text):
                wrong[name] = [_("Write a colour like #0b7285.")]
        elif name not in _LINES:
            wrong[name] = [_("This field cannot be set.")]
        elif len(text) > _LINES[name] or "\0" in text:
            wrong[name] = [_("At most %(most)s characters.") % {"most": _LINES[name]}]
        values[name] = text
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _picture(name: str, file: BinaryIO) -> bytes:
    if name not in PICTURES:
        raise Invalid(fields={name: [_("This field cannot be set.")]})
    return small_png(name, file, LONGEST_SIDE)


def small_png(field: str, file: BinaryIO, longest: int) -> bytes:
    """An uploaded picture as PNG without metadata, at most `longest` pixels a side. Raises Invalid(field)."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    size = getattr(file, "size", 0)
    if size > LARGEST_FILE:
        raise Invalid(fields={field: [_("The picture may be 5 MB at most.")]})
    try:
        with Image.open(file, formats=("PNG", "JPEG", "WEBP", "GIF")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Invalid(fields={field: [_("The picture has too many pixels.")]})
            turned = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Invalid(fields={field: [_("Choose a picture: PNG, JPEG, WebP or GIF.")]}) from error
    turned.thumbnail((longest, longest))
    out = BytesIO()
    turned.save(out, "PNG", optimize=True)
    return out.getvalue()
