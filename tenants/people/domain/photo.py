"""Photos of people: taken apart, made small, put together again without what a camera wrote into them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from infra import files
from infra.adapters.storage import get_storage, portal_key, random_name
from infra.audit import record
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from tenants.people.domain.access import require_can_manage
from tenants.people.domain.person import lock_person, ref_of
from tenants.people.models import User

LARGEST_FILE = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
SIDES = {"small": 96, "large": 512}
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def set_photo(*, actor: Actor, person: User, upload: BinaryIO, size: int) -> User:
    """Give the person a photo: the middle square, in two sizes, as WebP without metadata. Replaces the old one.

    Raises:
        Denied: not one's own, and no right over this person.
        Invalid (field `photo`): no picture of JPEG, PNG, WebP or GIF, above 10 MB or 50 megapixels (promise 66).
        LimitReached (disk), ReadOnly
    """
    _guard(actor, person)
    pictures = _pictures(upload, size)
    name = random_name()
    with transaction.atomic():
        locked = lock_person(person)
        old, locked.photo_key = locked.photo_key, name
        locked.save()
        for label, content in pictures.items():
            files.keep(_key(name, label), content, "image/webp")
        drop_photo(old)
        record(actor, action="people.person.photo", ref=ref_of(locked), changes={"photo": (bool(old), True)})
    return locked


def remove_photo(*, actor: Actor, person: User) -> User:
    """Show initials again. Raises Denied, ReadOnly."""
    _guard(actor, person)
    with transaction.atomic():
        locked = lock_person(person)
        old, locked.photo_key = locked.photo_key, ""
        if old:
            locked.save()
            drop_photo(old)
            record(actor, action="people.person.photo", ref=ref_of(locked), changes={"photo": (True, False)})
    return locked


def read_photo(name: str, label: str) -> bytes:
    """The picture's bytes (WebP). Raises MissingObject."""
    return get_storage().read(_key(name, label))


def _guard(actor: Actor, person: User) -> None:
    if person.id != actor.id:
        require_can_manage(actor, person)
    gates.require_writable()


def _key(name: str, label: str) -> str:
    return portal_key(f"people/photos/{name}/{label}.webp")


def drop_photo(name: str) -> None:
    """Let the pictures of a photo go in the caller's transaction; "" is none."""
    if name:
        files.let_go([_key(name, label) for label in SIDES])


def photos_in_use() -> Iterator[tuple[str, None]]:
    """Keys of all pictures that people show."""
    for name in User.objects.exclude(photo_key="").values_list("photo_key", flat=True).iterator():
        yield from ((_key(name, label), None) for label in SIDES)


def _pictures(upload: BinaryIO, size: int) -> dict[str, bytes]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    if size > LARGEST_FILE:
        raise Invalid(fields={"photo": [_("The photo may be 10 MB at most.")]})
    try:
        with Image.open(upload, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:  # read from the header, before anything is unpacked
                raise Invalid(fields={"photo": [_("The photo has too many pixels.")]})
            opened.draft("RGB", (1024, 1024))
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        raise Invalid(fields={"photo": [_("This is not a picture we can read. Use JPEG, PNG, WebP or GIF.")]}) from None
    made = {}
    for label, side in SIDES.items():
        square = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
        ground = Image.new("RGB", (side, side), "white")
        ground.paste(square, mask=square.getchannel("A"))
        content = io.BytesIO()
        ground.save(content, "WEBP", quality=82)
        made[label] = content.getvalue()
    return made
