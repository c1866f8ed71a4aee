"""Invitations: a person may come in with this address, role and department."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from infra.db.models import Versioned


class Invitation(Versioned):
    """One address invited once. The link's secret is kept only as a SHA-256, and only while it is good."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        CANCELLED = "cancelled", _("Cancelled")

    email = models.EmailField(_("e-mail"), max_length=254)
    role = models.ForeignKey("people.Role", on_delete=models.PROTECT, related_name="+", verbose_name=_("role"))
    department = models.ForeignKey(
        "people.Department",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
    )
    locale = models.CharField(_("language of the letter"), max_length=10, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    sent_at = models.DateTimeField(_("sent"))
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    accepted_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="invitation"
    )
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=Q(status="pending"), name="people_invitation_one_pending"
            ),
            models.UniqueConstraint(fields=["token_hash"], condition=~Q(token_hash=""), name="people_invitation_token"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="people_invitation_email_lower"),
            models.CheckConstraint(
                condition=Q(status="pending") | Q(token_hash=""), name="people_invitation_spent_has_no_token"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_expired(self) -> bool:
        """The link is past its time; sending it again makes a new one."""
        return self.status == self.Status.PENDING and self.expires_at <= timezone.now()
