"""Images people upload: decoded, bounded and written anew, so that what we serve is an image and nothing else."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.adapters.storage import get_storage, portal_key, random_name
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, LimitReached
from modules.sites.domain.access import ref_of
from modules.sites.domain.markup import one_line
from modules.sites.models import Asset, Site

if TYPE_CHECKING:  # loaded where a picture is read: 2 MB that most processes never need
    from PIL import Image as Pillow

LARGEST_UPLOAD = 20 * 1024**2
MOST_PIXELS = 50_000_000
WIDEST = 1600
WIDTHS = (480, 960)
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class _Encoded:
    content: bytes
    width: int
    height: int


def upload_image(*, actor: Actor, site: Site, stream: BinaryIO, alt: str = "") -> Asset:
    """Store an image for the pages of ``site`` as WebP of at most 1,600 pixels width.

    Raises Denied, ReadOnly, LimitReached (disk), Invalid for what is no PNG, JPEG, WebP or GIF, is over 20 MB or over
    50 megapixels. Nothing is stored then.
    """
    require_permission(actor, "sites.site.manage")
    gates.require_writable()
    encoded = _encode(stream)
    name = random_name()
    with transaction.atomic():
        gates.reserve("portals.disk_bytes", len(encoded.content))
        key = portal_key(f"sites/assets/{name}")
        stored = get_storage().put(key, encoded.content, "image/webp")
        asset = Asset.objects.create(
            site=site,
            name=name,
            key=key,
            size=stored.size,
            sha256=stored.sha256,
            width=encoded.width,
            height=encoded.height,
            alt=one_line(alt)[:300],
        )
        audit.record(actor, action="site.upload_image", ref=ref_of(site))
    return asset


def make_sizes(asset_id: int) -> None:
    """Make the lighter and smaller forms of an image, as far as the company's disk has room. Safe to run twice."""
    asset = Asset.objects.filter(pk=asset_id, sizes=[]).first()
    if asset is None:
        return
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(get_storage().read(asset.key)), formats=("WEBP",)) as image:
        made = [
            (width, kind, _lighter(image, width, kind))
            for width in (*(width for width in WIDTHS if width < asset.width), asset.width)
            for kind in ("avif", "webp")
            if (width, kind) != (asset.width, "webp")
        ]
    kept = [(width, kind, content) for width, kind, content in made if len(content) < asset.size]
    with transaction.atomic():
        locked = Asset.objects.select_for_update().get(pk=asset_id)
        if locked.sizes:
            return
        try:
            gates.reserve("portals.disk_bytes", sum(len(content) for _width, _kind, content in kept))
        except LimitReached:
            return
        rows = []
        for width, kind, content in kept:
            stored = get_storage().put(portal_key(f"sites/assets/{random_name()}"), content, f"image/{kind}")
            rows.append({"key": stored.key, "format": kind, "width": width, "size": stored.size})
        rows.append({"key": locked.key, "format": "webp", "width": locked.width, "size": locked.size})
        Asset.objects.filter(pk=asset_id).update(sizes=rows)


def _lighter(image: Pillow.Image, width: int, kind: str) -> bytes:
    smaller = image.copy()
    smaller.thumbnail((width, width * 4))
    out = io.BytesIO()
    smaller.save(out, kind.upper(), quality=55 if kind == "avif" else 78)
    return out.getvalue()


def as_webp(png: bytes) -> bytes:
    """A picture of ours as WebP."""
    return _encode(io.BytesIO(png)).content


def choose_first() -> str:
    """What is said when no file came."""
    return _("Choose an image first.")


def _encode(stream: BinaryIO) -> _Encoded:
    from PIL import Image as Pillow
    from PIL import ImageOps, UnidentifiedImageError

    content = stream.read(LARGEST_UPLOAD + 1)
    if len(content) > LARGEST_UPLOAD:
        raise Invalid(fields={"image": [_("This image is over 20 MB. Make it smaller, then try again.")]})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(content), formats=_FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Invalid(
                        fields={"image": [_("This image has too many pixels. Make it smaller, then try again.")]}
                    )
                image.draft("RGB", (WIDEST, WIDEST))
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((WIDEST, WIDEST * 4))
                plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Pillow.DecompressionBombWarning,
        Pillow.DecompressionBombError,
    ) as error:
        raise Invalid(fields={"image": [_("This is no PNG, JPEG, WebP or GIF image we can read.")]}) from error
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=82, method=4)
    return _Encoded(out.getvalue(), plain.width, plain.height)
