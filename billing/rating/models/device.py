"""SIP users: one secret a device."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SipUser(models.Model):
    """A telephone or softphone that may register. Only the digest of its secret is kept (RFC 8760: MD5 and SHA-256).

    `department_id` is that of its person: whose cap of minutes its calls use.
    """

    outlives_portal = True

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="sip_users")
    username = models.CharField(max_length=40, unique=True)
    realm = models.CharField(max_length=120)
    ha1_md5 = models.CharField(max_length=32)
    ha1_sha256 = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    person_id = models.BigIntegerField(null=True, blank=True)
    department_id = models.BigIntegerField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["label", "id"]

    def __str__(self) -> str:
        return self.username


class ProvenNumber(models.Model):
    """A number that a portal may show as its caller ID: its own, or one it proved to be its own."""

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="proven_numbers")
    number = models.CharField(max_length=20)
    proven_by = models.CharField(max_length=200)
    proven_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portal", "number"], name="provennumber_once"),
        ]

    def __str__(self) -> str:
        return self.number


class Did(models.Model):
    """A telephone number of a portal, on which it is called (a DID).

    `tariff` is what an incoming call costs, in the wallet's currency; None: incoming calls are free.
    """

    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="dids")
    number = models.CharField(max_length=20, unique=True)
    tariff = models.JSONField(null=True)
    given_by = models.CharField(max_length=200)
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        return self.number
