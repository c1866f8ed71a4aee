"""A filter, order and choice of columns under a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from infra.db.models import PortalModel


class SavedView(PortalModel):
    """A named view of the list `screen`; `shared` ones are offered to everybody who may open that list.

    `query` is the query string of the list (filter, search, order) and `columns` the chosen column keys.
    """

    screen = models.CharField(max_length=100)
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    shared = models.BooleanField(default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["screen", "author", "name"], name="ui_saved_view_name")]
        indexes = [models.Index(fields=["author"], name="ui_saved_view_author")]

    def __str__(self) -> str:
        return self.name
