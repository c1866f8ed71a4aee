"""Names that lead to portals, and names that never will again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class EmailIndex(models.Model):
    """A keyed hash of a person's e-mail address, so that "find my portal" works without storing addresses in public."""

    digest = models.CharField(max_length=64)
    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="email_index")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["digest", "portal"], name="emailindex_once_a_portal"),
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class RetiredName(models.Model):
    """An address or schema that once belonged to a portal: never given to another one (promise 16)."""

    class Kind(models.TextChoices):
        ADDRESS = "address", "address"
        SCHEMA = "schema", "schema"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    digest = models.CharField(max_length=64)
    retired_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "digest"], name="retiredname_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"
