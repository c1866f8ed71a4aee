"""Smart objects: kinds of records that a company makes for itself, such as claims, contracts or vehicles."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import Versioned
from modules.crm.models.company import Company
from modules.crm.models.contact import Contact
from modules.crm.models.deal import Deal
from modules.crm.models.lead import Lead
from modules.crm.models.pipeline import EMPTY_LIST, Stage
from modules.crm.models.record import ALIVE, Record, watched
from modules.crm.models.staged import Staged


class ItemType(Versioned):
    """A kind of records that the company made for itself; what its records have is said here.

    `links` are the kinds of records that an item can point at, out of LINKS. A numbered type counts its items up from
    `next_number`. A type in the trash takes its items along.
    """

    LINKS = ("company", "contact", "deal", "lead")

    name = models.CharField(pgettext_lazy("one of a kind of records", "one of them"), max_length=60)
    plural = models.CharField(pgettext_lazy("a kind of records", "many of them"), max_length=60)
    icon = models.CharField(_("icon"), max_length=40, default="box")
    colour = models.CharField(_("colour"), max_length=10, choices=Stage.Colour.choices, default=Stage.Colour.ACCENT)
    numbered = models.BooleanField(_("numbered"), default=False)
    prefix = models.CharField(_("before the number"), max_length=10, blank=True)
    next_number = models.PositiveIntegerField(default=1, editable=False)
    staged = models.BooleanField(_("goes through stages"), default=True)
    with_amount = models.BooleanField(_("has an amount"), default=False)
    with_dates = models.BooleanField(_("has a beginning and an end"), default=False)
    links = models.JSONField(_("belongs to"), default=list, blank=True, db_default=EMPTY_LIST)
    pinned = models.BooleanField(_("in the menu"), default=False)
    position = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("kind of records")
        verbose_name_plural = _("kinds of records")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(plural=""), name="crm_item_type_named"),
            models.UniqueConstraint(fields=["plural"], condition=ALIVE, name="crm_item_type_once"),
        ]

    def __str__(self) -> str:
        return self.plural


class Item(Staged):
    """A record of a kind that the company made. What its type does not have stays empty."""

    type = models.ForeignKey(ItemType, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    title = models.CharField(_("title"), max_length=200)
    number = models.PositiveIntegerField(pgettext_lazy("of a document", "number"), null=True, editable=False)
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("stage"), db_index=False
    )
    begins_on = models.DateField(_("begins"), null=True, blank=True)
    closes_on = models.DateField(_("ends"), null=True, blank=True)
    company = models.ForeignKey(
        Company,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="items",
        db_index=False,
        verbose_name=_("company"),
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="items",
        db_index=False,
        verbose_name=_("contact"),
    )
    deal = models.ForeignKey(
        Deal,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="items",
        db_index=False,
        verbose_name=_("deal"),
    )
    lead = models.ForeignKey(
        Lead,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="items",
        db_index=False,
        verbose_name=_("lead"),
    )

    class Meta(Record.Meta):
        verbose_name = _("item")
        verbose_name_plural = _("items")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="crm_item_amount_not_negative"),
            models.CheckConstraint(condition=~Q(title=""), name="crm_item_has_title"),
            models.UniqueConstraint(
                fields=["type", "number"], condition=Q(number__isnull=False), name="crm_item_number_once"
            ),
        ]
        # All kinds share the table, so every order of a list begins with the type.
        indexes = [
            models.Index(fields=["type", "-created_at", "-id"], condition=ALIVE, name="crm_item_newest"),
            models.Index(fields=["type", "-updated_at", "-id"], condition=ALIVE, name="crm_item_changed"),
            models.Index(fields=["type", "responsible", "-created_at", "-id"], condition=ALIVE, name="crm_item_mine"),
            models.Index(
                fields=["type", "last_activity_at", "id"],
                condition=ALIVE & Q(last_activity_at__isnull=False),
                name="crm_item_touched",
            ),
            models.Index(fields=["type", "-deleted_at", "-id"], condition=~ALIVE, name="crm_item_trash"),
            models.Index(fields=["type", "-amount", "-id"], condition=ALIVE, name="crm_item_amount"),
            models.Index(fields=["type", "closes_on", "id"], condition=ALIVE, name="crm_item_closes"),
            models.Index(fields=["stage", "-stage_since", "-id"], condition=ALIVE, name="crm_item_board"),
            models.Index(fields=["stage", "-created_at", "-id"], condition=ALIVE, name="crm_item_stage_newest"),
            models.Index(fields=["external_id"], condition=~Q(external_id=""), name="crm_item_external"),
            watched(),
            GinIndex(fields=["search"], name="crm_item_search", fastupdate=False),
            *(
                models.Index(fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"crm_item_{name}")
                for name in ItemType.LINKS
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind(self) -> str:  # type: ignore[override]  # read from its type
        """The key of its kind."""
        return f"item_{self.type_id}"

    @property
    def link(self) -> str:
        return "item"

    @property
    def list_group(self) -> str:
        return f"list:crm.item:{self.type_id}"
