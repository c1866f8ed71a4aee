from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import Versioned

COLOR = r"#[0-9a-f]{6}"


class Site(Versioned):
    """A site on a host of its own, away from the portal's. What visitors see is `publication`, never these rows.

    `look` with `theme_color` is a `domain.theme.Theme`; `redirects` are [from, to] paths;
    `own_domain` is a proven domain that shows it beside its host; `publish_at` is when the site
    is to be published by itself, in the name of `publish_by`.
    """

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=120)
    slug = models.CharField(_("address"), max_length=40, unique=True)
    theme_color = models.CharField(
        _("colour"), max_length=7, default="#2f5bea", validators=[RegexValidator(rf"^{COLOR}$")]
    )
    own_domain = models.CharField(max_length=253, blank=True, default="", db_default="", editable=False)
    language = models.CharField(_("language"), max_length=8, default="en")
    look: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    head_html = models.TextField(_("own lines for the head"), blank=True, default="")
    redirects: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField(default=list)
    share_image = models.CharField(max_length=40, blank=True, default="")
    publish_at = models.DateTimeField(null=True, blank=True)
    publish_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    publication = models.ForeignKey(
        "sites.Publication", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta(Versioned.Meta):
        abstract = False
        constraints = [models.CheckConstraint(condition=models.Q(theme_color__regex=rf"^{COLOR}$"), name="site_color")]
        indexes = [
            models.Index(fields=["publish_at"], condition=models.Q(publish_at__isnull=False), name="site_publish_at")
        ]

    def __str__(self) -> str:
        return self.name
