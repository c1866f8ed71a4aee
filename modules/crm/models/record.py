"""What all records of CRM share: who is responsible, custom values, the trash, search, the next planned step."""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from infra.db.ids import IdsField
from infra.db.models import PortalManager, PortalQuerySet, Versioned
from infra.kit.refs import RecordRef

ALIVE = Q(deleted_at__isnull=True)
EMPTY_OBJECT = Value({}, output_field=models.JSONField())
Row = TypeVar("Row", bound=models.Model, covariant=True)


class RecordQuerySet(PortalQuerySet[Row]):
    """Questions about records that are not about rights."""

    def alive(self) -> Self:
        """Records outside the trash."""
        return self.filter(ALIVE)

    def trashed(self) -> Self:
        """Records in the trash."""
        return self.filter(deleted_at__isnull=False)


def person_key(title: Any, *, editable: bool = True, kept: bool = False) -> Any:
    """A link to a colleague, without an index of its own; a `kept` one must be handed over before the person goes."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT if kept else models.SET_NULL,
        null=True,
        blank=True,
        editable=editable,
        related_name="+",
        db_index=False,
        verbose_name=title,
    )


def newest(*more: str) -> models.Index:
    """The index by which lists show the newest first. With the columns `more` in it, figures of a period are summed up
    from the index alone: from the rows it would take several times as long."""
    return models.Index(
        fields=["-created_at", "-id"], include=more or None, condition=ALIVE, name="%(app_label)s_%(class)s_newest"
    )


def mine(*more: str) -> models.Index:
    """The index by which lists show what one person is responsible for; with `more` it also counts and adds it up."""
    return models.Index(
        fields=["responsible", "-created_at", "-id"],
        include=more or None,
        condition=ALIVE,
        name="%(app_label)s_%(class)s_mine",
    )


def watched() -> models.Index:
    """The index of the records that anybody watches."""
    some = Q(watchers__isnull=False)
    return GinIndex(fields=["watchers"], condition=some, name="%(app_label)s_%(class)s_watched", fastupdate=False)


def dated(kind: str, field: str) -> models.Index:
    """The index by which rules find the records of a day."""
    return models.Index(fields=[field], condition=ALIVE & Q(**{f"{field}__isnull": False}), name=f"crm_{kind}_{field}")


class Record(Versioned):
    """A record of CRM.

    `custom` holds values of custom fields by their keys; `search` words, e-mails and phone fragments; `next_step_at` is
    when the earliest planned activity is due, null where nothing is planned. `watchers` are ids of people who see it
    and hear what happens to it. `external_system` and `external_id` are what a program that keeps records in step with
    another system calls it there.
    """

    kind: ClassVar[str]

    responsible = person_key(_("responsible"), kept=True)
    watchers = IdsField(verbose_name=_("watchers"))
    comment = models.TextField(_("comment"), max_length=10_000, blank=True)
    custom = models.JSONField(_("own fields"), default=dict, blank=True, db_default=EMPTY_OBJECT)
    origin = models.CharField(max_length=80, blank=True, editable=False)
    external_system = models.CharField(_("other system"), max_length=60, blank=True, db_default="")
    external_id = models.CharField(_("id in the other system"), max_length=120, blank=True, db_default="")
    created_by = person_key(_("created by"), editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    next_step_at = models.DateTimeField(_("next step"), null=True, editable=False)
    last_activity_at = models.DateTimeField(_("last activity"), null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    search = SearchVectorField(editable=False, null=True)

    objects = PortalManager.from_queryset(RecordQuerySet)()  # type: ignore[misc]  # made at run time

    class Meta:
        abstract = True
        base_manager_name = "objects"
        # One index per order that every list offers, each on the very columns of the keyset.
        indexes = [
            newest(),
            mine(),
            models.Index(fields=["-updated_at", "-id"], condition=ALIVE, name="%(app_label)s_%(class)s_changed"),
            models.Index(
                fields=["last_activity_at", "id"],
                condition=ALIVE & Q(last_activity_at__isnull=False),
                name="%(app_label)s_%(class)s_touched",
            ),
            models.Index(fields=["-deleted_at", "-id"], condition=~ALIVE, name="%(app_label)s_%(class)s_trash"),
            models.Index(fields=["external_id"], condition=~Q(external_id=""), name="%(app_label)s_%(class)s_external"),
            watched(),
            GinIndex(fields=["search"], name="%(app_label)s_%(class)s_search", fastupdate=False),
        ]

    @property
    def link(self) -> str:
        """The name of the key by which activities, files and other rows point at it."""
        return self.kind

    @property
    def list_group(self) -> str:
        """Who looks at a list or board that it is on listens to this group."""
        return f"list:crm.{self.kind}"

    @property
    def ref(self) -> RecordRef:
        """How other modules point at this record."""
        return RecordRef("crm", self.link, self.pk)
