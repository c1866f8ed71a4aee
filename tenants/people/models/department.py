"""Departments: the company's tree."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import Versioned


class Department(Versioned):
    """A branch of the company. ``parent`` empty means it stands directly under the company."""

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=150)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    head = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="heads",
        verbose_name=_("head"),
    )
    order = models.PositiveIntegerField(default=0)

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="people_department_not_own_parent"
            ),
            models.UniqueConstraint(fields=["parent", "name"], name="people_department_name", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name
