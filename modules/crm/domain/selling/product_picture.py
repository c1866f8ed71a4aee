"""The picture of a product: made small, kept as PNG without metadata; a variant without one shows its product's."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from infra import audit, files
from infra.adapters.storage import get_storage, portal_key, random_name
from infra.kit import gates
from infra.kit.access import Actor
from modules.crm.domain.access import require_on
from modules.crm.domain.kinds import PRODUCT
from modules.crm.domain.locking import lock
from modules.crm.domain.selling.letterhead import small_png
from modules.crm.domain.telling import tell
from modules.crm.models import Product

LONGEST_SIDE = 800


def set_picture(*, actor: Actor, product: Any, upload: Any) -> Product:
    """Give a product a picture, None takes it away. Raises Denied, Invalid (picture), LimitReached (disk),
    ReadOnly."""
    gates.require_writable()
    content = small_png("picture", upload, LONGEST_SIDE) if upload is not None else b""
    name = random_name() if content else ""
    with transaction.atomic():
        product = lock(PRODUCT, product.pk, None)
        require_on(actor, PRODUCT.permission("edit"), product)
        old, product.picture_key = product.picture_key, name
        product.save(update_fields=["picture_key"])
        if content:
            files.keep(_key(name), content, "image/png")
        if old:
            files.let_go([_key(old)])
        audit.record(actor, "product.picture", product.ref, {"picture": (bool(old), bool(name))})
        tell(product, "changed", actor)
    return product  # type: ignore[no-any-return]  # locked rows are Any


def picture_of(product: Product) -> bytes:
    """The picture as PNG, b"" where there is none."""
    key = product.picture_key or (product.parent.picture_key if product.parent is not None else "")
    return get_storage().read(_key(key)) if key else b""


def _key(name: str) -> str:
    return portal_key(f"crm/products/{name}.png")
