"""Names that were used once and never will be again. Only keyed hashes are kept: an erased company's name is gone."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac

from tenants.portals.models import RetiredName


def digest_of(name: str) -> str:
    """The keyed hash under which `name` is remembered (key: PORTALS_HASH_KEY, which must outlive SECRET_KEY)."""
    return salted_hmac("portals.retired", name, secret=settings.PORTALS_HASH_KEY, algorithm="sha256").hexdigest()


def retire(kind: RetiredName.Kind, name: str) -> None:
    """Never give `name` to anybody again."""
    RetiredName.objects.get_or_create(kind=kind, digest=digest_of(name))


def is_retired(kind: RetiredName.Kind, name: str) -> bool:
    """Whether `name` was used by a portal that is gone or that gave it up."""
    return RetiredName.objects.filter(kind=kind, digest=digest_of(name)).exists()
