"""What happened and what is planned around records, beside changes of their fields (those are in the audit log)."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import Versioned
from modules.crm.models.company import Company
from modules.crm.models.contact import Contact
from modules.crm.models.contact_point import any_owner, owner_indexes, owner_key
from modules.crm.models.deal import Deal
from modules.crm.models.document import Invoice, Quote
from modules.crm.models.item import Item
from modules.crm.models.lead import Lead
from modules.crm.models.pipeline import Stage
from modules.crm.models.product import Product
from modules.crm.models.record import Record, person_key

# What activities and files link to, by the names of their keys; the first that is filled in speaks for an activity.
OWNERS: Mapping[str, type[Record]] = {
    "item": Item,
    "quote": Quote,
    "invoice": Invoice,
    "deal": Deal,
    "lead": Lead,
    "contact": Contact,
    "company": Company,
    "product": Product,
}


class ActivityKind(Versioned):
    """A kind of activity that the company made for itself, such as a site visit.

    Without `has_due` it is only put down once it is done; with `has_result` its result is asked for.
    """

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=60)
    icon = models.CharField(_("icon"), max_length=40, default="star")
    colour = models.CharField(
        _("colour"),
        max_length=10,
        choices=Stage.Colour.choices,
        default=Stage.Colour.ACCENT,
        db_default=Stage.Colour.ACCENT.value,
    )
    has_due = models.BooleanField(_("is planned for a day and time"), default=True, db_default=True)
    has_result = models.BooleanField(_("asks for the result"), default=False, db_default=False)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("kind of activity")
        verbose_name_plural = _("kinds of activities")

    def __str__(self) -> str:
        return self.name


class Activity(Versioned):
    """A comment, an intake from outside (`details`: answers, marks, origin), or something to do: done or still planned.

    It stands on the timelines of all the records it links to. What is to be done has `due_at` and `responsible`, and
    `done_at` once it is done. `author` is who wrote or planned it.
    """

    class Kind(models.TextChoices):
        COMMENT = "comment", _("Comment")
        INTAKE = "intake", _("Came in")
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        LETTER = "letter", _("Letter")
        TASK = "task", _("Task")
        OWN = "own", _("Own kind")

    class Direction(models.TextChoices):
        IN = "in", _("incoming")
        OUT = "out", _("outgoing")

    lead = owner_key(Lead, "activities")
    contact = owner_key(Contact, "activities")
    company = owner_key(Company, "activities")
    deal = owner_key(Deal, "activities")
    quote = owner_key(Quote, "activities")
    invoice = owner_key(Invoice, "activities")
    product = owner_key(Product, "activities")
    item = owner_key(Item, "activities")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    own_kind = models.ForeignKey(ActivityKind, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    responsible = person_key(_("responsible"))
    subject = models.CharField(_("subject"), max_length=200, blank=True, db_default="")
    text = models.TextField(_("text"), max_length=10_000, blank=True)
    details = models.JSONField(default=dict, blank=True)
    direction = models.CharField(max_length=3, choices=Direction.choices, blank=True, db_default="")
    important = models.BooleanField(_("important"), default=False, db_default=False)
    place = models.CharField(_("place"), max_length=200, blank=True, db_default="")
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, editable=False)
    done_by = person_key(_("done by"), editable=False)
    result = models.TextField(_("result"), max_length=2_000, blank=True, db_default="")
    pinned_at = models.DateTimeField(null=True, editable=False)
    event_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.UniqueConstraint(fields=["event_id"], condition=Q(event_id__isnull=False), name="crm_intake_once"),
            models.CheckConstraint(condition=any_owner(*OWNERS), name="crm_activity_of_something"),
            models.CheckConstraint(
                condition=Q(kind__in=["comment", "intake"]) | Q(due_at__isnull=False) | Q(done_at__isnull=False),
                name="crm_activity_due_or_done",
            ),
        ]
        indexes = [
            models.Index(
                fields=[name, "-created_at", "-id"],
                condition=Q(**{f"{name}__isnull": False}),
                name=f"crm_activity_of_{name}",
            )
            for name in OWNERS
        ] + [
            models.Index(
                fields=["responsible", "due_at", "id"],
                condition=Q(done_at__isnull=True, due_at__isnull=False),
                name="crm_activity_open",
            ),
            models.Index(fields=["-done_at", "-id"], condition=Q(done_at__isnull=False), name="crm_activity_done"),
        ]

    @property
    def missed(self) -> bool:
        """Whether it is a call that nobody answered."""
        return bool(self.details.get("missed"))

    @property
    def is_planned(self) -> bool:
        """Whether it is still to be done."""
        return self.due_at is not None and self.done_at is None

    @property
    def is_overdue(self) -> bool:
        """Whether its time has passed."""
        return self.is_planned and self.due_at is not None and self.due_at < timezone.now()


TO_DO = (Activity.Kind.CALL, Activity.Kind.MEETING, Activity.Kind.LETTER, Activity.Kind.TASK, Activity.Kind.OWN)


class File(Versioned):
    """A file kept with a record: with a comment, or as the value of a custom field. Its bytes are in the storage."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, null=True, related_name="files", db_index=False)
    lead = owner_key(Lead, "files")
    contact = owner_key(Contact, "files")
    company = owner_key(Company, "files")
    deal = owner_key(Deal, "files")
    quote = owner_key(Quote, "files")
    invoice = owner_key(Invoice, "files")
    product = owner_key(Product, "files")
    item = owner_key(Item, "files")
    key = models.CharField(max_length=100, editable=False)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=200)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)
    author = person_key(_("author"), editable=False)

    class Meta:
        indexes = [
            *owner_indexes("crm_file", *OWNERS),
            models.Index(fields=["activity"], condition=Q(activity__isnull=False), name="crm_file_activity"),
        ]

    def __str__(self) -> str:
        return self.name
