"""The log in the API: read only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from infra.api.viewsets import ListMixin, PortalViewSet
from infra.audit.domain.queries import VIEW, entries
from infra.audit.filters import AuditFilter
from infra.audit.models import AuditEntry
from infra.kit.access import Actor


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One line of the log; `changes` maps a field to [old, new], secret values are hidden."""

    record = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = ("id", "at", "actor_id", "actor_name", "action", "record", "changes", "note", "ip", "request_id")

    def get_record(self, entry: AuditEntry) -> str | None:
        """`crm.lead:12`; null where the entry is about no record."""
        return str(entry.ref) if entry.ref else None


@extend_schema_view(list=extend_schema(summary="List the audit log", tags=["Audit log"]))
class AuditViewSet(ListMixin, PortalViewSet):
    """Who did what to which record, newest first."""

    permissions = {"list": VIEW}
    orders = {"newest": ("-at", "-id")}
    filterset_class = AuditFilter
    serializer_class = AuditEntrySerializer
    queryset = AuditEntry.objects.none()

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return entries(actor)


def register(router: SimpleRouter) -> None:
    """The log."""
    router.register("audit", AuditViewSet, basename="audit")
