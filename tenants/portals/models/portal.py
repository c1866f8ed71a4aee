"""A company's portal."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import TenantMixin

from tenants.portals.models.domain import Domain


class PortalQuerySet(models.QuerySet["Portal"]):
    """Questions about portals."""

    def existing(self) -> PortalQuerySet:
        """Portals that have not been erased."""
        return self.exclude(status=Portal.Status.ERASED)

    def working(self) -> PortalQuerySet:
        """Portals whose jobs run: not suspended, not on their way out."""
        return self.filter(status__in=[Portal.Status.TRIAL, Portal.Status.ACTIVE, Portal.Status.READ_ONLY])


class Portal(TenantMixin):
    """One company: its schema, name, state and habits. An erased portal leaves a row without name or address behind."""

    class Status(models.TextChoices):
        TRIAL = "trial", _("trial")
        ACTIVE = "active", _("active")
        READ_ONLY = "read_only", _("read-only")
        SUSPENDED = "suspended", _("suspended")
        CLOSING = "closing", _("closing")
        ERASED = "erased", _("erased")

    auto_create_schema = False
    auto_drop_schema = False

    name = models.CharField(_("company"), max_length=150, blank=True)
    slug = models.CharField(_("address"), max_length=63, unique=True, null=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE)
    status_note = models.CharField(_("reason"), max_length=300, blank=True)
    is_operator = models.BooleanField(_("runs the service"), default=False)
    locale = models.CharField(_("language"), max_length=10, default="en")
    region = models.CharField(_("country"), max_length=2, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    logo_key = models.CharField(max_length=200, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    resume_status = models.CharField(max_length=12, choices=Status.choices, blank=True, editable=False)
    erase_after = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = PortalQuerySet.as_manager()

    class Meta:
        verbose_name = _("portal")
        verbose_name_plural = _("portals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(status="erased", slug=None) | (~models.Q(status="erased") & ~models.Q(slug=None)),
                name="portal_erased_has_no_address",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="closing") | ~models.Q(erase_after=None), name="portal_closing_has_a_day"
            ),
            models.UniqueConstraint(
                fields=["is_operator"], condition=models.Q(is_operator=True), name="portal_one_operator"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["erase_after"], name="portal_to_erase", condition=models.Q(erase_after__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or self.schema_name

    def _check_schema_name_is_unique(self) -> None:
        """Schema names are random, lower-case and unique in the table; no scan is needed."""

    @property
    def host(self) -> str:
        """The primary host, which every link is built from. Reads the domain table."""
        return str(Domain.objects.values_list("domain", flat=True).get(tenant_id=self.pk, is_primary=True))

    @property
    def url(self) -> str:
        """`https://<primary host>` without a slash at the end."""
        return url_of(self.host)


def url_of(host: str) -> str:
    """The address of `host` as browsers reach it: scheme and port of this installation."""
    return f"{settings.PUBLIC_SCHEME}://{host}{settings.PUBLIC_PORT}"
