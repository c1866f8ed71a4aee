"""Hosts: which one leads to which portal or published site."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_tenants.models import DomainMixin


class Domain(DomainMixin):
    """A host that answers as a portal: `<slug>.<service>`, or a proven domain of the company's own.

    `domain` is lower-case ASCII (IDN as punycode) without port; `tenant` is the portal.
    """

    class Kind(models.TextChoices):
        ADDRESS = "address", "address"
        CUSTOM = "custom", "custom"

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ADDRESS)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant"], condition=models.Q(is_primary=True), name="domain_one_primary"),
            models.CheckConstraint(
                condition=models.Q(domain__regex=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"), name="domain_is_normal"
            ),
        ]


class DomainClaim(models.Model):
    """A company says a domain is theirs; the TXT record with `token` proves it (promise 15).

    Several portals may claim one domain; the one that proves it gets the `Domain` row. A released or lost domain needs
    a new claim, hence a new token. `missing_since` is when a proven record was first not found again.
    """

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="domain_claims")
    domain = models.CharField(max_length=253)
    token = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    proven_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)
    last_answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "domain"], name="domainclaim_once_a_portal"),
            models.UniqueConstraint(
                fields=["domain"], condition=models.Q(proven_at__isnull=False), name="domainclaim_one_proven"
            ),
        ]

    def __str__(self) -> str:
        return self.domain

    @property
    def record_name(self) -> str:
        """Where the TXT record belongs."""
        return f"_portal-verify.{self.domain}"

    @property
    def record_value(self) -> str:
        """What the TXT record must say."""
        return f"portal-verify={self.token}"


class PublicHost(models.Model):
    """The host of something a portal shows to strangers (a published site), served without the portal's schema.

    `module` and `ref` name the record inside the portal, `root` is the storage prefix of what was published.
    """

    host = models.CharField(max_length=253, unique=True)
    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="public_hosts")
    module = models.CharField(max_length=31)
    ref = models.BigIntegerField()
    root = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["portal", "module", "ref"], name="publichost_by_record"),
        ]

    def __str__(self) -> str:
        return self.host
