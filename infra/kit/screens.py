"""Every page declares who may open it; a page that declares nothing stops the start-up."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from infra.kit import gates
from infra.kit.access import Actor, require_permission

P = ParamSpec("P")
View = TypeVar("View", bound=Callable[..., Any])


class Audience(Enum):
    """For whom a page is."""

    PERSON = "person"
    GUEST = "guest"
    PUBLIC = "public"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a page declares: its audience, the permission and feature it wants, the methods it takes."""

    audience: Audience
    permission: str | None = None
    feature: str = ""
    methods: tuple[str, ...] = ("GET",)
    reason: str = ""


def screen(
    permission: str | None,
    *,
    feature: str = "",
    methods: tuple[str, ...] = ("GET",),
) -> Callable[[Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page of the portal for signed-in people who hold `permission` (None: any person of the portal).

    Signed-out people are led to sign-in and back. Raises Denied, FeatureMissing; other methods get 405.
    """
    gate = Gate(audience=Audience.PERSON, permission=permission, feature=feature, methods=methods)

    def decorate(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if gate.feature:
                gates.require(gate.feature)
            if gate.permission is not None:
                require_permission(cast(Actor, request.user), gate.permission)
            return view(request, *args, **kwargs)

        allowed = {*methods, "HEAD", "OPTIONS"} if "GET" in methods else {*methods, "OPTIONS"}
        guarded.gate = gate  # type: ignore[attr-defined]  # a function may carry it
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Trigger": "session-expired"})
    return redirect_to_login(request.get_full_path())


def guest_page(*, reason: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """A page on a portal's host that needs no sign-in; `reason` says why."""
    return _open(Gate(audience=Audience.GUEST, methods=methods, reason=reason))


def public_page(*, reason: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """A page outside any portal (the service's own, a published site's); `reason` says why it is open."""
    return _open(Gate(audience=Audience.PUBLIC, methods=methods, reason=reason))


def _open(gate: Gate) -> Callable[[View], View]:
    if not gate.reason:
        raise ValueError("an open page says why it is open")

    def decorate(view: View) -> View:
        allowed = {*gate.methods, "HEAD", "OPTIONS"}

        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            return cast(HttpResponseBase, view(request, *args, **kwargs))

        guarded.gate = gate  # type: ignore[attr-defined]  # a function may carry it
        return cast(View, guarded)

    return decorate


def gate_of(view: Callable[..., Any]) -> Gate | None:
    """What `view` declares, None where it declares nothing."""
    return cast("Gate | None", getattr(view, "gate", None))
