"""A person's long jobs in the API: where they stand, and a way to stop them."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from infra.api.viewsets import ANY_PERSON, ListMixin, PortalViewSet, RetrieveMixin
from infra.jobs.domain.job import cancel
from infra.jobs.domain.queries import own_jobs
from infra.jobs.models import Job, State
from infra.kit.access import Actor

_TAGS = ["Jobs"]


class JobSerializer(serializers.ModelSerializer[Job]):
    """`done` of `total` steps are through (`total` 0: not known yet); `result_url` leads to what the job made."""

    percent = serializers.IntegerField(allow_null=True, help_text="0 to 100; null while the total is not known.")
    result_url = serializers.CharField(help_text="Where the result is; empty without one.")

    class Meta:
        model = Job
        fields = (
            "id", "title", "state", "done", "total", "percent", "note", "result_url", "error", "cancel_requested",
            "created_at", "started_at", "finished_at",
        )  # fmt: skip


class JobFilter(filters.FilterSet):
    """`?state=running`."""

    state = filters.ChoiceFilter(choices=State.choices)


@extend_schema_view(
    list=extend_schema(summary="List your jobs", tags=_TAGS),
    retrieve=extend_schema(summary="Get one of your jobs", tags=_TAGS),
)
class JobViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """The long jobs that you started, newest first; nobody else's."""

    permissions = dict.fromkeys(("list", "retrieve", "cancel"), ANY_PERSON)
    serializer_class = JobSerializer
    filterset_class = JobFilter
    queryset = Job.objects.none()

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return own_jobs(actor)

    @extend_schema(summary="Stop one of your jobs", tags=_TAGS, request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Ask the job to stop; a waiting one stops at once, a finished one stays as it is."""
        return self.show(cancel(actor=self.actor, job_id=self.get_object().pk))


def register(router: SimpleRouter) -> None:
    """Jobs."""
    router.register("jobs", JobViewSet, basename="job")
