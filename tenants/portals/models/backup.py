"""What is known about backups, and what must stay erased whatever is restored."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Backup(models.Model):
    """One run: a base backup of the whole cluster, or the proof that a portal's archive comes back the same."""

    class Kind(models.TextChoices):
        BASE = "base", _("Backup of the database")
        PROOF = "proof", _("Trial restore of portals")

    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField(db_default=Now())
    good = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(F("kind"), F("at").desc(), name="backup_last")]

    def __str__(self) -> str:
        return f"{self.kind} {'good' if self.good else 'failed'}"


class Erasure(models.Model):
    """A person of a portal (or, without one, the portal) was forgotten. Holds no name: only what to forget again.

    Copied to the object storage, which a restore of the database does not take back.
    """

    schema_name = models.CharField(max_length=63)
    person = models.BigIntegerField(null=True)
    erased_at = models.DateTimeField(db_default=Now())
    copied_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["schema_name", "person"], name="portals_erasure_once", nulls_distinct=False
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="erasure_to_copy", condition=models.Q(copied_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.schema_name} {self.person or ''}".strip()
