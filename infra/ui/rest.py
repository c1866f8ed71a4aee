"""Saved views over REST: the verbs of the lists' own menu."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django_filters import CharFilter, FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from infra.api.serializers import StrictSerializer
from infra.api.viewsets import ANY_PERSON, ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import Denied, Invalid
from infra.ui.lists.places import places_for
from infra.ui.lists.saved import access_view, change_view, delete_view, save_view, views_for
from infra.ui.models import SavedView


def register(router: SimpleRouter) -> None:
    """What people keep of lists."""
    router.register("saved-views", SavedViewViewSet, basename="saved-view")


class SavedViewFilter(FilterSet):
    """Views of one list."""

    list = CharFilter(field_name="screen", help_text=_("Key of a list, like crm.leads."))


class SavedViewSerializer(StrictSerializer):
    """A filter, order and choice of columns under a name. `query` is the tail of the list's address; `url` opens it."""

    id = serializers.IntegerField(read_only=True)
    list = serializers.CharField(source="screen", max_length=100, help_text=_("Key of a list, like crm.leads."))
    name = serializers.CharField(max_length=80)
    query = serializers.CharField(max_length=4_000, required=False, allow_blank=True)
    columns = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=300)
    shared = serializers.BooleanField(required=False, help_text=_("Offered to everybody who may open the list."))
    author = serializers.IntegerField(source="author_id", read_only=True, allow_null=True)
    url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)

    @extend_schema_field(OpenApiTypes.STR)
    def get_url(self, view: SavedView) -> str:
        found = self.context["places"][view.screen].url
        return f"{found}?{view.query}&view={view.pk}" if view.query else f"{found}?view={view.pk}"


class PlaceSerializer(serializers.Serializer[Any]):
    """A list of the portal."""

    key = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()


class PlacesSerializer(serializers.Serializer[Any]):
    """The lists that the person may open."""

    lists = PlaceSerializer(many=True)


class SavedViewViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """Views of lists: one's own, and those that are shared by others, of lists that the person may open."""

    permissions = dict.fromkeys(("list", "retrieve", "create", "partial_update", "destroy", "lists"), ANY_PERSON)
    orders = {"oldest": ("id",)}
    serializer_class = SavedViewSerializer
    filterset_class = SavedViewFilter
    guarded_by_version = frozenset()

    def rows(self, actor: Actor) -> QuerySet[SavedView]:
        return views_for(actor)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "places": places_for(self.actor)}

    @extend_schema(responses=PlacesSerializer, filters=False)
    @action(detail=False, methods=["get"])
    def lists(self, request: Request) -> Response:
        """The lists that one may open, and so keep views of."""
        found = places_for(self.actor).values()
        return Response({"lists": [{"key": one.key, "title": str(one.title), "url": one.url} for one in found]})

    def create(self, request: Request) -> Response:
        """Keep a view; the same name again replaces one's own."""
        self._no_support()
        view = save_view(actor=self.actor, **{"query": "", **self.read()})
        return self.show(view, 201, reverse("api-v1:saved-view-detail", args=[view.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename a view, share it or no longer, or give it another filter or other columns."""
        self._no_support()
        changes = self.read()
        if "screen" in changes:
            raise Invalid(fields={"list": [_("This field cannot be set.")]})
        return self.show(change_view(actor=self.actor, view=self.get_object(), changes=changes))

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a view."""
        self._no_support()
        delete_view(actor=self.actor, view=access_view(self.actor, self.get_object().pk))
        return Response(status=204)

    def _no_support(self) -> None:
        """What an owner keeps for themselves is no matter of support. Raises Denied."""
        if getattr(self.actor, "is_support", False):
            raise Denied
