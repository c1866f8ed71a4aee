"""Who calls: a program with a bearer token (RFC 6750), or a browser with its session and CSRF token."""

from __future__ import annotations

from types import MethodType
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from infra.api.models import Token
from infra.api.tokens import note_use, sign_in, token_for
from infra.kit.spec import Scope


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer pk_…`. A wrong, expired or revoked token and a deactivated owner all get the same 401.

    Raises:
        Denied: the company demands a second factor that the owner has not set up (promise 26).
    """

    def authenticate(self, request: Request) -> tuple[Any, Token] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("Send one token: “Authorization: Bearer pk_…”."))
        token = token_for(parts[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed(_("This token does not open this portal: it is unknown, expired or revoked."))
        if (refusal := sign_in().refuse(token.owner)) is not None:
            raise refusal
        note_use(token)
        narrow(token.owner, frozenset(token.scopes))
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class BrowserAuthentication(SessionAuthentication):
    """The person's session; every change wants the CSRF token."""


def narrow(person: Any, scopes: frozenset[str]) -> None:
    """Make this loaded `person` hold only those permissions that are also in `scopes`, as far as their role reaches."""
    whole = type(person).scope

    def scope(self: Any, permission: str) -> Scope:
        return whole(self, permission) if permission in scopes else Scope.NONE

    person.scope = MethodType(scope, person)
