from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from infra.db.models import Versioned

COLOR = r"#[0-9a-f]{6}"


class Site(Versioned):
    """A site on a host of its own, away from the portal's. What visitors see is `publication`, never these rows."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.CharField(_("address"), max_length=40, unique=True)
    theme_color = models.CharField(
        _("colour"), max_length=7, default="#2f5bea", validators=[RegexValidator(rf"^{COLOR}$")]
    )
    language = models.CharField(_("language"), max_length=8, default="en")
    publication = models.ForeignKey(
        "sites.Publication", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta(Versioned.Meta):
        abstract = False
        constraints = [models.CheckConstraint(condition=models.Q(theme_color__regex=rf"^{COLOR}$"), name="site_color")]

    def __str__(self) -> str:
        return self.name
