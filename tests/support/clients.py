"""Django's test client on the right host, signed in or with a token."""

import secrets
from collections.abc import Collection

from django.conf import settings
from django.test import Client

from infra.api.models import Token
from infra.api.tokens import MARK, digest_of
from infra.db.current import enter
from infra.db.models import schema_of
from infra.kit.registry import registry
from tenants.people.models import User
from tenants.portals.models import Portal


def anonymous(portal: Portal) -> Client:
    """A browser on the portal's host."""
    return Client(SERVER_NAME=portal.host, HTTP_HOST=portal.host)


def on_service() -> Client:
    """A browser on the service's host."""
    return Client(SERVER_NAME=settings.BASE_DOMAIN, HTTP_HOST=settings.BASE_DOMAIN)


def signed_in(user: User) -> Client:
    """A browser with a session of `user` on the host of the portal that person was loaded from."""
    portal = portal_of(user)
    client = anonymous(portal)
    with enter(portal):
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def with_token(user: User, scopes: Collection[str] | None = None) -> Client:
    """A program that sends a bearer token of `user`, made without asking whether that person may make tokens.

    `scopes` are permission keys; without them the token carries every one (the person's own rights still decide).
    """
    portal = portal_of(user)
    secret = MARK + secrets.token_urlsafe(32)
    with enter(portal):
        every = [permission.key for permission in registry.permissions_here()]
        Token.objects.create(
            owner_id=user.pk,
            name="Test",
            prefix=secret[:10],
            digest=digest_of(secret),
            scopes=sorted(every if scopes is None else scopes),
        )
    return Client(SERVER_NAME=portal.host, HTTP_HOST=portal.host, HTTP_AUTHORIZATION=f"Bearer {secret}")


def portal_of(user: User) -> Portal:
    """The portal `user` was loaded from."""
    return Portal.objects.get(schema_name=schema_of(user))
