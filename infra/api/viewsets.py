"""The base of every API view: rights per action, access functions, limits, preconditions, one kind of error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from infra.api.authentication import BearerAuthentication, BrowserAuthentication
from infra.api.filtering import asked_filters
from infra.api.idempotency import answer_once, key_of_caller
from infra.api.json import JSONParser, JSONRenderer
from infra.api.paging import KeysetPagination
from infra.api.preconditions import etag_of
from infra.api.problems import BadRequest, exception_handler
from infra.api.throttling import pass_or_refuse
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound

ANY_PERSON = "*"
_PLAIN_PARAMETERS = {"limit", "after", "order", "count", "format"}


class PortalViewSet(GenericViewSet[Any]):
    """Declares `permissions = {action: key}` (ANY_PERSON for any signed-in person) for each of its actions.

    `rows(actor)` gives what the person may see, always through the module's access functions; `orders` names the keyset
    orders of the list, the first is the usual one. `feature` closes the whole set to plans without it. Actions in
    `guarded_by_version` want If-Match. `keeps_answers` is False where an answer holds a secret, which must not be
    stored for Idempotency-Key. Actions in `own_key` need the key, and their verbs keep it themselves, because they
    ask other services and so cannot run in one transaction with the answer.
    """

    permissions: ClassVar[Mapping[str, str]] = {}
    feature: ClassVar[str] = ""
    orders: ClassVar[Mapping[str, Sequence[str]]] = {"newest": ("-id",)}
    lookup_value_regex = "[1-9][0-9]{0,18}"
    authentication_classes = (BearerAuthentication, BrowserAuthentication)
    permission_classes = ()
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)
    pagination_class = KeysetPagination
    filter_backends = ()
    filterset_class: ClassVar[Any] = None
    response_serializer: ClassVar[type[serializers.BaseSerializer[Any]] | None] = None
    keeps_answers: ClassVar[bool] = True
    own_key: ClassVar[frozenset[str]] = frozenset()
    guarded_by_version: ClassVar[frozenset[str]] = frozenset({"update", "partial_update", "destroy"})

    def rows(self, actor: Actor) -> QuerySet[Any]:
        """What `actor` may see. Every set that lists or fetches defines it."""
        raise ImproperlyConfigured(f"{type(self).__name__} defines no rows()")

    @property
    def actor(self) -> Any:
        """The person who calls, already narrowed to the token's scopes."""
        return self.request.user

    def get_exception_handler(self) -> Any:
        return exception_handler

    def get_queryset(self) -> QuerySet[Any]:
        return self.rows(cast(Actor, self.actor))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Negotiate and identify (DRF), then: limits, rights, and the idempotency key."""
        super().initial(request, *args, **kwargs)
        person: Any = request.user  # None where nobody is signed in
        if person is None or not person.is_authenticated:
            raise NotAuthenticated
        self.verdict = pass_or_refuse(request)
        action = cast("str | None", self.action)
        if action is None:
            if request.method != "OPTIONS":
                raise MethodNotAllowed(request.method or "")
            return
        if action != "metadata":
            permission = self.permissions[action]
            if self.feature:
                gates.require(self.feature)
            if permission != ANY_PERSON:
                require_permission(cast(Actor, request.user), permission)
        key = request.headers.get("Idempotency-Key")
        if action in self.own_key:
            if key is None:
                raise BadRequest(
                    _("Send an Idempotency-Key: it keeps a repeated request from paying twice."), code="key_needed"
                )
            self.key = key_of_caller(request, key)
        elif key is not None and request.method == "POST":
            if not self.keeps_answers:
                raise BadRequest(_("This address takes no Idempotency-Key."), code="bad_idempotency_key")
            handle = getattr(self, "post")  # noqa: B009 -- set per request by as_view()

            def once(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
                return answer_once(request, key, lambda: cast(Response, handle(request, *args, **kwargs)))

            setattr(self, "post", once)  # noqa: B010

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods this address takes."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        verdict = getattr(self, "verdict", None)
        if verdict is not None:
            for name, value in verdict.headers().items():
                answer[name] = value
        answer.setdefault("Cache-Control", "no-store")
        return answer

    def get_object(self) -> Any:
        """The row that the address names, if the person may see it. Raises NotFound."""
        row = self.get_queryset().filter(pk=_id(self.kwargs[self.lookup_field])).first()
        if row is None:
            raise NotFound
        return row

    def filtered(self) -> QuerySet[Any]:
        """The person's rows under the filters of the query string. Raises BadRequest on an unknown or wrong one."""
        rows = self.get_queryset()
        asked = set(self.request.query_params) - _PLAIN_PARAMETERS
        if not asked:
            return rows
        known: set[str] = set()
        if self.filterset_class is not None:
            filters = asked_filters(self.filterset_class, self.request.query_params, rows, self.request)
            for name in filters.filters:
                known |= {name, *(f"{name}_{part}" for part in ("after", "before", "min", "max"))}
            if not filters.is_valid():
                raise Invalid(
                    _("A filter is wrong."),
                    fields={name: [str(text) for text in texts] for name, texts in filters.errors.items()},
                )
            try:
                rows = filters.qs
            except OverflowError as error:  # a day at the very edge of the calendar, moved into the person's zone
                raise Invalid(_("A filter is wrong.")) from error
        if unknown := sorted(asked - known):
            raise BadRequest(
                _("This list has no filter %(names)s.") % {"names": ", ".join(unknown)}, code="unknown_filter"
            )
        return rows

    def read(self, serializer: type[serializers.BaseSerializer[Any]] | None = None) -> dict[str, Any]:
        """The request's body through a strict serializer. Raises Invalid with the fields named."""
        reader = (serializer or self.get_serializer_class())(
            data=self.request.data, partial=self.request.method == "PATCH", context=self.get_serializer_context()
        )
        reader.is_valid(raise_exception=True)
        return cast(dict[str, Any], reader.validated_data)

    def show(self, row: Any, status: int = 200, location: str = "") -> Response:
        """`row` as the body, its version as ETag."""
        writer = self.response_serializer or self.get_serializer_class()
        response = Response(writer(row, context=self.get_serializer_context()).data, status=status)
        if hasattr(row, "version"):
            response["ETag"] = etag_of(row)
        if location:
            response["Location"] = location
        return response


class ListMixin:
    """GET on the collection: one keyset page."""

    def list(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.lean(self.filtered()))
        return cast(Response, self.get_paginated_response(self.present(page)))

    def lean(self: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
        """What a page reads of `rows`; hot lists ask for `.values(…)` and present those, without model rows."""
        return rows

    def present(self: Any, page: Sequence[Any]) -> Any:
        """Rows as JSON values; hot lists override it with something leaner than a serializer."""
        writer = self.response_serializer or self.get_serializer_class()
        return writer(page, many=True, context=self.get_serializer_context()).data


class RetrieveMixin:
    """GET on one row, with its ETag; If-None-Match answers 304."""

    def retrieve(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        if hasattr(row, "version") and request.headers.get("If-None-Match") == etag_of(row):
            return Response(status=304, headers={"ETag": etag_of(row)})
        return cast(Response, self.show(row))


def _id(value: str) -> int:
    number = int(value)
    if number >= 2**63:
        raise NotFound
    return number
