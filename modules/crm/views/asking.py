"""What the pages of records read from a request."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.errors import Invalid


def actor_of(request: HttpRequest) -> Actor:
    """The person."""
    return cast(Actor, request.user)


def version_of(request: HttpRequest) -> int | None:
    """The version that the form was made from, None where it says none."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def number_of(request: HttpRequest, name: str) -> int:
    """The id posted under `name`. Raises Invalid."""
    typed = request.POST.get(name, "")
    if not (typed.isascii() and typed.isdigit() and 0 < len(typed) < 19):
        raise Invalid(fields={name: [_("Choose one of the list.")]})
    return int(typed)


def optional_number(typed: str) -> int | None:
    """The id in `typed`, None where there is none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
