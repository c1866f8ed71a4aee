"""A support session: one of the operator's people in a company's portal, marked, limited, recorded, ended in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.apps.registry import Apps
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from infra import audit
from infra.db.current import current_portal
from infra.kit.errors import Denied, NotFound
from infra.kit.spec import Scope
from infra.ui import formats
from infra.ui.errors import refusal
from saas.operator.models import SupportAccess
from saas.settings.apps import MODULES
from tenants.people.models import User
from tenants.people.sign_in.backend import PortalBackend

ACCESS, NAME = "support_access", "support_name"
BACKEND = "saas.operator.support_session.SupportBackend"
_ROOMS = frozenset(package.rpartition(".")[2] for package in MODULES)
_CLOSED_PATHS = ("/account/", "/people/me", "/preferences/", "/notifications/", "/settings/support")
# Support changes records of the modules (the API asks for rights by itself); everywhere else it only looks.
_CHANGED_PATHS = (*(f"/{room}/" for room in sorted(_ROOMS)), "/api/v1/")
_READING = {"GET", "HEAD", "OPTIONS"}
# Rights called "manage" set a module up: fields, rules, keys, who sees what. These two are work with records.
_MANAGED = frozenset({"sites.site.manage", "sites.submission.manage"})
_UNRECORDED_PATHS = ("/static/", "/session/", "/support/leave/")


class SupportUser(User):
    """The owner's account as support may use it: a name of its own, and only what does not outlive the session.

    Support works with the records of the modules, and only looks at people, roles, plan, tokens and settings.
    """

    class Meta:
        proxy = True
        app_label = "people"
        apps = Apps()  # not a model that the rest of the house sees

    support_name = ""
    is_owner = False  # what only owners may is done by owners
    is_support = True
    is_reading = True  # False while a request may change something

    @property
    def display_name(self) -> str:
        """Whom the audit log names."""
        return _("%(name)s (support)") % {"name": self.support_name}

    def scope(self, permission: str) -> Scope:
        """The owner's rights, without those that change who may do what or set a module up, and without exports."""
        room, _dot, rest = permission.partition(".")
        granted = super().scope(permission)
        if rest.endswith(".export") or (room not in _ROOMS and not rest.endswith(".view")):
            return Scope.NONE
        if rest.endswith(".manage") and not self.is_reading and permission not in _MANAGED:
            return Scope.NONE
        return granted


class SupportBackend(PortalBackend):
    """Finds the account behind a support session."""

    def authenticate(self, *args: Any, **kwargs: Any) -> None:
        """Nobody signs in this way; the door is saas.operator.domain.support.redeem_ticket."""

    def get_user(self, user_id: Any) -> User | None:
        """The owner's account in its support form."""
        user = super().get_user(user_id)
        if user is not None:
            user.__class__ = SupportUser
        return user


def _open_access(session: Any) -> SupportAccess | None:
    """The leave that `session` was opened with, while it lasts; None once it has ended."""
    access = SupportAccess.objects.filter(pk=session.get(ACCESS, 0), portal_id=current_portal().id).first()
    return access if access is not None and access.is_open else None


def may_listen(person: Any, session: Any) -> bool:
    """Whether the socket behind `session` may stay: a support session's goes with the leave (promise 19)."""
    return not isinstance(person, SupportUser) or _open_access(session) is not None


class SupportMiddleware:
    """For sessions that support opened: asks at each request whether the access still stands, and records it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request, "portal", None) is None or not isinstance(request.user, SupportUser):
            return self.get_response(request)
        return self._inside(request)

    def _inside(self, request: HttpRequest) -> HttpResponseBase:
        access = _open_access(request.session)
        if access is None:
            logout(request)
            return redirect("/")
        person = cast(SupportUser, request.user)
        person.support_name = request.session.get(NAME, "")
        person.is_reading = request.method in _READING
        request.support_access = access  # type: ignore[attr-defined]  # ours
        if request.path.startswith(_CLOSED_PATHS):
            return refusal(request, NotFound())
        if request.method not in _READING and not request.path.startswith(_CHANGED_PATHS):
            return refusal(request, Denied())
        if not request.path.startswith(_UNRECORDED_PATHS):
            with transaction.atomic():
                audit.record(person, action="support.request", note=f"{request.method} {request.path}")
        return self.get_response(request)


def notices(request: HttpRequest) -> Sequence[dict[str, Any]]:
    """The banner on every page of a support session."""
    access: SupportAccess | None = getattr(request, "support_access", None)
    if access is None:
        return []
    return [
        {
            "text": _("Support session until %(until)s: %(reason)s. Everything here is written into the audit log.")
            % {"until": formats.moment(access.expires_at), "reason": access.reason},
            "url": "/support/leave/",
            "action": pgettext("a support session", "Leave"),
        }
    ]
