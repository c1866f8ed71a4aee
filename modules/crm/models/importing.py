"""Imports: a file, how it is read, what became of each of its rows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel
from modules.crm.models.record import person_key


class Import(PortalModel):
    """A file on its way into records of a kind. `shape` and `columns` say how it is read (`domain/importing`).

    `options`: duplicates, stage, responsible, source, make_companies, make_answers. `key` names the stored file.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("an import", "being set up")
        RUNNING = "running", pgettext_lazy("an import", "running")
        DONE = "done", pgettext_lazy("an import", "done")
        CANCELLED = "cancelled", pgettext_lazy("an import", "cancelled")
        FAILED = "failed", pgettext_lazy("an import", "failed")
        UNDOING = "undoing", pgettext_lazy("an import", "being taken back")
        UNDONE = "undone", pgettext_lazy("an import", "taken back")

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    shape = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    job_id = models.BigIntegerField(null=True)
    created_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    skipped_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    linked_count = models.PositiveIntegerField(default=0)
    kept_count = models.PositiveIntegerField(default=0)
    author = person_key(_("author"), editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["-id"], name="crm_import_newest", include=["kind"]),
            models.Index(fields=["created_at"], name="crm_import_age"),
        ]

    def __str__(self) -> str:
        return self.name


class ImportRow(PortalModel):
    """What became of a row. `version` is that of the record after it, `before` what it held (for updated ones).

    Linked ones are companies and contacts that a row named and that were not there. Refused ones keep their `cells`.
    """

    class Action(models.TextChoices):
        CREATED = "created", pgettext_lazy("a row of a file", "created")
        UPDATED = "updated", pgettext_lazy("a row of a file", "updated")
        SKIPPED = "skipped", pgettext_lazy("a row of a file", "left as it is")
        REFUSED = "refused", pgettext_lazy("a row of a file", "refused")
        LINKED = "linked", pgettext_lazy("a row of a file", "created along")

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=7, choices=Action.choices)
    kind = models.CharField(max_length=20, blank=True)
    record_id = models.BigIntegerField(null=True)
    external = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=0)
    before = models.JSONField(null=True)
    cells = models.JSONField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    kept = models.BooleanField(default=False)

    @property
    def filled(self) -> list[str]:
        """Its cells, without empty ones."""
        return [cell for cell in self.cells or () if cell]

    class Meta:
        indexes = [
            models.Index(fields=["imported", "action", "number", "id"], name="crm_import_row"),
            models.Index(fields=["kind", "record_id"], name="crm_import_record", condition=Q(record_id__isnull=False)),
            models.Index(fields=["kind", "external"], name="crm_import_external", condition=~Q(external="")),
        ]
