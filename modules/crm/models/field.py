"""Custom fields: what an administrator adds to records, and the narrow index by which they are filtered and sorted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel, Versioned
from tenants.people.models import Role


class CustomField(Versioned):
    """A field of a kind of record. Its values are in the record's `custom` under `key` ("f12").

    `settings`: places (number), record_kinds (link), formula (formula), multiple (several people, links or files).
    """

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        LONG_TEXT = "longtext", _("Long text")
        NUMBER = "number", pgettext_lazy("a count", "Number")
        MONEY = "money", _("Money")
        DATE = "date", _("Date")
        MOMENT = "moment", _("Date and time")
        CHOICE = "choice", _("Choice")
        CHOICES = "choices", _("Several choices")
        YESNO = "yesno", _("Yes or no")
        PERSON = "person", _("Person of the portal")
        RECORD = "record", _("Link to a CRM record")
        ADDRESS = "address", _("Address")
        LINK = "link", _("Web address")
        FILE = "file", _("File")
        FORMULA = "formula", _("Formula")

    kind = models.CharField(max_length=30, editable=False)
    type = models.CharField(_("type"), max_length=10, choices=Type.choices)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=80)
    help = models.CharField(_("hint"), max_length=200, blank=True)
    required = models.BooleanField(_("required"), default=False)
    in_list = models.BooleanField(_("a column of the list"), default=False)
    in_filter = models.BooleanField(_("in the filter"), default=True)
    in_search = models.BooleanField(_("found by search"), default=False)
    settings = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("own field")
        verbose_name_plural = _("own fields")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"], condition=Q(archived_at__isnull=True), name="crm_field_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Its name in `custom`, in forms, filters and the API."""
        return f"f{self.pk}"


class FieldOption(PortalModel):
    """One of the answers of a choice."""

    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="options")
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class FieldValue(PortalModel):
    """A value of a custom field once more, to find and sort by; the truth is in the record's `custom`.

    `number` holds numbers, amounts, days and moments as Unix seconds, yes as 1, ids of options, people and records;
    `text` the folded beginning of a text.
    """

    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="+", db_index=False)
    record_id = models.BigIntegerField()
    number = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    text = models.CharField(max_length=100, null=True, db_collation="C")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__isnull=False) | Q(text__isnull=False), name="crm_value_not_empty"
            )
        ]
        indexes = [
            models.Index(fields=["field", "number", "record_id"], name="crm_value_number"),
            models.Index(fields=["field", "text", "record_id"], condition=Q(text__isnull=False), name="crm_value_text"),
            models.Index(fields=["record_id", "field"], name="crm_value_record"),
        ]


class FieldRight(PortalModel):
    """What a role may not do with a field: not see it, or see but not change it."""

    class Level(models.TextChoices):
        HIDDEN = "hidden", _("hidden")
        READ = "read", _("read only")

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    field = models.CharField(max_length=40)
    level = models.CharField(max_length=6, choices=Level.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "kind", "field"], name="crm_field_right_once")]


class CardLayout(Versioned):
    """Which fields a card shows in which sections: for a person, else for a role, else for all."""

    kind = models.CharField(max_length=30)
    role = models.ForeignKey(Role, on_delete=models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey("people.User", on_delete=models.CASCADE, null=True, related_name="+")
    sections = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "role", "person"], name="crm_layout_once", nulls_distinct=False),
            models.CheckConstraint(condition=Q(role__isnull=True) | Q(person__isnull=True), name="crm_layout_for_one"),
        ]
