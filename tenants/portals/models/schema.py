"""What is known about schemas: their state, the spare ones, the template's dump and how each migration was done."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class SchemaRelease(models.Model):
    """A set of applied migrations, named by its fingerprint; `dump` is the template's SQL at that point."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    migrations: models.JSONField[list[list[str]]] = models.JSONField()
    dump = models.TextField(blank=True)
    columns = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint[:12]


class RecordedMigration(models.Model):
    """The statements one migration ran on the template, to be run alike on every portal.

    `steps` are `{"sql": "…"}` or `{"operation": 3}` (an operation that is Python, by its place in the migration).
    """

    app = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    atomic = models.BooleanField(default=True)
    steps: models.JSONField[list[dict[str, Any]]] = models.JSONField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "name"], name="recordedmigration_once"),
        ]

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"


class MigrationState(models.Model):
    """How far one schema (the template, a spare or a portal's) is; written in the transaction that migrates it."""

    schema_name = models.CharField(max_length=63, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    broken = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    seeded: models.JSONField[list[str]] = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["fingerprint"], name="migrationstate_fingerprint"),
        ]

    def __str__(self) -> str:
        return self.schema_name


class SpareSchema(models.Model):
    """A ready schema that belongs to nobody yet."""

    schema_name = models.CharField(max_length=63, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.schema_name
