"""Which stored objects rows of this room name."""

from __future__ import annotations

from collections.abc import Iterator

from infra.adapters.storage import portal_key
from modules.crm.domain.selling.letterhead import PICTURES
from modules.crm.models import File, Import, Letterhead, Product

Named = Iterator[tuple[str, int | None]]


def files() -> Named:
    """Files kept with records."""
    for key, size in File.objects.values_list("key", "size").iterator():
        yield portal_key(f"crm/files/{key}"), size


def imports() -> Named:
    """Tables that were uploaded to be imported."""
    for key, size in Import.objects.exclude(key="").values_list("key", "size").iterator():
        yield portal_key(f"crm/imports/{key}"), size


def products() -> Named:
    """Pictures of products."""
    for key in Product.objects.exclude(picture_key="").values_list("picture_key", flat=True).iterator():
        yield portal_key(f"crm/products/{key}.png"), None


def letterheads() -> Named:
    """Pictures of letterheads."""
    for keys in Letterhead.objects.values_list(*(f"{name}_key" for name in PICTURES)).iterator():
        for key in filter(None, keys):
            yield portal_key(f"crm/letterheads/{key}.png"), None
