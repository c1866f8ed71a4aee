"""The marks, in the public schema: one look answers for all portals."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class WakeUp(models.Model):
    """In `schema_name` something of `room` (outbox, jobs) is due at `due_at`.

    Any number of marks may stand for one portal: writers only add their own, so that they never wait for each other.
    """

    id = models.BigAutoField(primary_key=True)
    room = models.CharField(max_length=16)
    schema_name = models.CharField(max_length=63)
    due_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["room", "due_at"], name="wakeups_due"),
            models.Index(fields=["schema_name", "room"], name="wakeups_portal"),
        ]

    def __str__(self) -> str:
        return f"{self.room} of {self.schema_name} at {self.due_at}"
