"""Who makes a request, as verbs want to know it."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from infra.kit.access import Actor


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person of a screen (`@screen` has led everybody else to sign in)."""
    return cast(Actor, request.user)
