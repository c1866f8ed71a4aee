"""The person behind a request, typed."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from tenants.people.models import User


def me(request: HttpRequest) -> User:
    """Who is signed in. Only behind `@screen`, which lets nobody else through."""
    return cast(User, request.user)
