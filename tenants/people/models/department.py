"""Departments: the company's tree."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, models
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


def subtree_ids(department_ids: set[int]) -> frozenset[int]:
    """These departments and everything under them. One statement."""
    if not department_ids:
        return frozenset()
    table = connection.ops.quote_name(Department._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE under(id) AS ("  # noqa: S608 - the table's name is the model's own
            f" SELECT id FROM {table} WHERE id = ANY(%s)"
            f" UNION SELECT child.id FROM {table} child JOIN under ON child.parent_id = under.id"
            f") SELECT id FROM under",
            [list(department_ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())
