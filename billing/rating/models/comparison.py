"""Our calls held against the switch's own records."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RecordComparison(models.Model):
    """One stretch of time compared: how many calls each side knows that ended in it, and what differed.

    `differences` are [call id, what, ours, theirs], at most domain/records.py KEPT of them; `differing` counts all.
    """

    append_only = True

    since = models.DateTimeField()
    until = models.DateTimeField()
    ours = models.PositiveIntegerField()
    theirs = models.PositiveIntegerField()
    differing = models.PositiveIntegerField()
    differences = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M}: {self.differing}"
