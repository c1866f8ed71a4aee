from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import Versioned
from modules.sites.models.site import Site

EMPTY = models.Value({}, output_field=models.JSONField())


def new_public_id() -> str:
    """An unguessable name for a form's public address (80 bits)."""
    return secrets.token_hex(10)


class Form(Versioned):
    """A form of a site as its editors see it. `fields` are the typed values of `domain.fields` in their JSON form.

    `popup` says when the form opens by itself: {"when": "time" | "scroll" | "leave", "value": seconds or percent}. The
    file under `file_key` is handed to whoever has sent the form. `destination` is a `domain.destination.Destination`,
    `letter` a `domain.letter.Letter`.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="forms", db_index=False)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=120)
    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    fields: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    submit_label = models.CharField(_("button"), max_length=60)
    thank_you = models.TextField(_("thank-you text"), max_length=1000)
    redirect_url = models.URLField(_("or open this page instead"), max_length=500, blank=True, default="")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("responsible for the leads"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    origins: models.JSONField[list[str], list[str]] = models.JSONField(_("sites that may embed it"), default=list)

    destination: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, db_default=EMPTY)
    letter: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, db_default=EMPTY)
    popup: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    file_key = models.CharField(max_length=200, blank=True, default="")
    file_size = models.PositiveBigIntegerField(default=0)
    file_name = models.CharField(max_length=120, blank=True, default="")

    class Meta(Versioned.Meta):
        abstract = False
        indexes = [models.Index(fields=["site", "id"], name="form_site")]

    def __str__(self) -> str:
        return self.name
