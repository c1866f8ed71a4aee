"""The company's logo: any common picture in, one clean PNG out."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from infra import files
from infra.adapters.storage import MissingObject, get_storage, portal_key, random_name
from infra.audit import record
from infra.db import changes
from infra.db.current import portal_schema
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from tenants.portals.domain.locking import lock_portal
from tenants.portals.models import Portal

LARGEST_BYTES = 5 * 1024 * 1024
LARGEST_PIXELS = 25_000_000
SIDE = 512


def set_logo(*, actor: Actor, portal: Portal, content: bytes) -> Portal:
    """Show this picture as the company's. It is decoded and drawn anew, so nothing but pixels is kept.

    Raises Denied, ReadOnly, Invalid (field `logo`), LimitReached (`portals.disk_bytes`).
    """
    require_permission(actor, "portals.settings.manage")
    gates.require_writable()
    picture = _redrawn(content)
    key = portal_key(f"portals/logo/{random_name()}.png")
    with transaction.atomic():
        portal = lock_portal(portal)
        old = portal.logo_key
        files.keep(key, picture, "image/png")
        portal.logo_key = key
        portal.save(update_fields=["logo_key"])
        files.let_go([old] if old else [])
        record(actor, "portal.set_logo")
        changes.announce(portal.schema_name)
    return portal


def remove_logo(*, actor: Actor, portal: Portal) -> Portal:
    """Show the name instead of a picture. Raises Denied, ReadOnly."""
    require_permission(actor, "portals.settings.manage")
    gates.require_writable()
    with transaction.atomic():
        portal = lock_portal(portal)
        old, portal.logo_key = portal.logo_key, ""
        if old:
            portal.save(update_fields=["logo_key"])
            files.let_go([old])
            record(actor, "portal.remove_logo")
            changes.announce(portal.schema_name)
    return portal


def read_logo(portal: Portal) -> bytes:
    """The PNG. Raises NotFound when there is none."""
    try:
        return get_storage().read(portal.logo_key) if portal.logo_key else _nothing()
    except MissingObject as error:
        raise NotFound from error


def _nothing() -> bytes:
    raise NotFound


def logo_in_use() -> Iterator[tuple[str, None]]:
    """The key of the entered portal's logo, if it has one."""
    rows = Portal.objects.filter(schema_name=portal_schema()).exclude(logo_key="")
    yield from ((key, None) for key in rows.values_list("logo_key", flat=True))


def _redrawn(content: bytes) -> bytes:
    from PIL import Image, UnidentifiedImageError

    if len(content) > LARGEST_BYTES:
        raise _refusal(_("The picture has at most 5 MB."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP", "GIF")) as image:
                if image.width * image.height > LARGEST_PIXELS:
                    raise _refusal(_("The picture has too many pixels."))
                drawn = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError, Warning) as error:
        raise _refusal(_("Choose a picture in PNG, JPEG, WebP or GIF format.")) from error
    drawn.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()


def _refusal(text: str) -> Invalid:
    return Invalid(text, fields={"logo": [text]})
