"""Leads: people or companies who showed interest."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalManager, PortalQuerySet, Versioned
from infra.kit.refs import RecordRef
from modules.crm.models.pipeline import Stage

ALIVE = Q(deleted_at__isnull=True)


class Source(models.TextChoices):
    """Where a lead came from."""

    FORM = "form", _("Form on a site")
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Chat")
    AD = "ad", _("Advertising")
    SOCIAL = "social", _("Social network")
    REFERRAL = "referral", _("Recommendation")
    EVENT = "event", _("Exhibition or event")
    PARTNER = "partner", _("Partner")
    IMPORT = "import", _("Import")
    API = "api", _("API")
    OTHER = "other", _("Other")


class Currency(models.TextChoices):
    """Currencies of amounts (ISO 4217)."""

    RUB = "RUB", _("Russian rouble")
    USD = "USD", _("US dollar")
    EUR = "EUR", _("Euro")
    PLN = "PLN", _("Polish zloty")
    BRL = "BRL", _("Brazilian real")
    VND = "VND", _("Vietnamese dong")
    GBP = "GBP", _("Pound sterling")
    KZT = "KZT", _("Kazakhstani tenge")
    BYN = "BYN", _("Belarusian rouble")
    CNY = "CNY", _("Chinese yuan")


class LeadQuerySet(PortalQuerySet["Lead"]):
    """Questions about leads that are not about rights."""

    def alive(self) -> LeadQuerySet:
        """Leads outside the trash."""
        return self.filter(ALIVE)

    def trashed(self) -> LeadQuerySet:
        """Leads in the trash."""
        return self.filter(deleted_at__isnull=False)


class Lead(Versioned):
    """Someone who showed interest. `amount` is in `currency`; `search` holds words, e-mails and phone fragments."""

    title = models.CharField(_("title"), max_length=200)
    person_name = models.CharField(_("person"), max_length=200, blank=True)
    company_name = models.CharField(_("company"), max_length=200, blank=True)
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="+", verbose_name=_("stage"), db_index=False
    )
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.OTHER)
    source_detail = models.CharField(_("details of the source"), max_length=200, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=2, default=Decimal(0))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible"),
        db_index=False,
    )
    comment = models.TextField(_("comment"), max_length=10_000, blank=True)
    marks = models.JSONField(_("marks of the visit"), default=dict, blank=True)
    origin = models.CharField(max_length=80, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    stage_since = models.DateTimeField(_("in this stage since"), default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    search = SearchVectorField(editable=False, null=True)

    objects = PortalManager.from_queryset(LeadQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="crm_lead_amount_not_negative"),
            models.CheckConstraint(condition=~Q(title=""), name="crm_lead_has_title"),
        ]
        indexes = [
            # One index per order that a list offers, each on the very columns of the keyset.
            models.Index(fields=["-created_at", "-id"], condition=ALIVE, name="crm_lead_newest"),
            models.Index(fields=["-updated_at", "-id"], condition=ALIVE, name="crm_lead_changed"),
            models.Index(fields=["-amount", "-id"], condition=ALIVE, name="crm_lead_amount"),
            models.Index(fields=["stage", "-stage_since", "-id"], condition=ALIVE, name="crm_lead_board"),
            models.Index(fields=["stage", "-created_at", "-id"], condition=ALIVE, name="crm_lead_stage_newest"),
            models.Index(fields=["responsible", "-created_at", "-id"], condition=ALIVE, name="crm_lead_mine"),
            models.Index(fields=["-deleted_at", "-id"], condition=~ALIVE, name="crm_lead_trash"),
            GinIndex(fields=["search"], name="crm_lead_search", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ref(self) -> RecordRef:
        """How other modules point at this lead."""
        return RecordRef("crm", "lead", self.pk)
