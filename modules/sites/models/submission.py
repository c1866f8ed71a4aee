from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from modules.sites.models.form import Form

NOTHING = models.Value([], output_field=models.JSONField())


class Status(models.TextChoices):
    """Where a submission stands. Only `forwarded` ones have arrived where the form's leads go."""

    ACCEPTED = "accepted", _("accepted")
    FORWARDED = "forwarded", _("delivered")
    FAILED = "failed", _("not delivered")
    QUARANTINE = "quarantine", _("suspected spam")
    UNCONFIRMED = "unconfirmed", _("e-mail not confirmed")


class Proof(models.TextChoices):
    """What spoke for the visitor being a person."""

    WORK = "work", _("proof of work")
    PLAIN = "plain", _("plain form")
    API = "api", _("API")


class Submission(PortalModel):
    """What one visitor sent, kept exactly as it came whatever happens to it afterwards.

    `answers` is a list of {key, kind, label, value} in the order the visitor saw; `consents` keeps the text agreed to.
    `visits` are the pages looked at before, as (moment, path); `arm` is the version of the page it came from, where two
    are compared. `confirm_key` is the hash of the unused part of a confirming link, `letter_hash` names whom a letter
    went to. `once_key` makes a second click or a replayed proof land on the same row.
    """

    form = models.ForeignKey(Form, null=True, on_delete=models.SET_NULL, related_name="submissions", db_index=False)
    form_name = models.CharField(max_length=120)
    site_name = models.CharField(max_length=120)
    publication_number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    answers: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField()
    consents: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    utm: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    referrer = models.CharField(max_length=1000, blank=True, default="")
    page_url = models.CharField(max_length=1000, blank=True, default="")
    ip_hash = models.CharField(max_length=32)
    user_agent = models.CharField(max_length=300, blank=True, default="")
    proof = models.CharField(max_length=8, choices=Proof.choices)
    arm = models.CharField(max_length=9, blank=True, default="", db_default="")
    visits: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField(default=list, db_default=NOTHING)
    confirm_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    confirm_until = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    letter_hash = models.CharField(max_length=32, blank=True, default="", db_default="")
    status = models.CharField(max_length=12, choices=Status.choices)
    reason = models.CharField(max_length=300, blank=True, default="")
    once_key = models.CharField(max_length=64, unique=True, null=True)
    event_id = models.UUIDField(null=True, unique=True)
    lead = models.CharField(max_length=60, blank=True, default="")
    search_text = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PortalModel.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="submission_newest"),
            models.Index(fields=["form", "created_at"], name="submission_form"),
            models.Index(fields=["ip_hash", "created_at"], name="submission_ip"),
            models.Index(fields=["status", "-created_at", "-id"], name="submission_status"),
            models.Index(
                fields=["letter_hash", "created_at"], condition=~models.Q(letter_hash=""), name="submission_letter"
            ),
            models.Index(fields=["confirm_key"], condition=~models.Q(confirm_key=""), name="submission_confirm"),
            models.Index(fields=["arm"], condition=~models.Q(arm=""), name="submission_arm"),
            GinIndex(SearchVector("search_text", config="simple"), name="submission_search"),
        ]

    def __str__(self) -> str:
        return self.title


class SubmissionFile(PortalModel):
    """A file that a visitor attached, stored as it came and only ever handed out as a download."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="files")
    field_key = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)

    class Meta(PortalModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.name
