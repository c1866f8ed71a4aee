"""Which form made which portal, so that a second click makes none."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Registration(models.Model):
    """One sign-up form that was accepted. `form` is the form's random number, `owner` the person's id in the portal."""

    form = models.CharField(max_length=32)
    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="+")
    owner = models.BigIntegerField()
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["form"], name="registration_one_per_form"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id}"
