"""Addresses of pages by name. Each name is looked up once: for every row of a list Django's own look is dear."""

from __future__ import annotations

import functools

from django.urls import get_urlconf, reverse

_MARK = 10**15


def address(name: str, *arguments: int | str) -> str:
    """The address called `name` with `arguments`, as `reverse` gives it. Raises NoReverseMatch."""
    if all(type(one) is int for one in arguments):
        return _pattern(name, len(arguments), get_urlconf()) % arguments
    return reverse(name, args=arguments)


@functools.cache
def _pattern(name: str, numbers: int, _urls: str | None) -> str:
    """The address with %d for each of its `numbers`."""
    marks = [_MARK + place for place in range(numbers)]
    found = reverse(name, args=marks).replace("%", "%%")
    for mark in marks:
        found = found.replace(str(mark), "%d")
    return found
