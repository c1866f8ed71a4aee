"""Who may listen to what: each module allows its groups by a resolver; what nobody allows is denied."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from infra.kit.access import Actor

NAME = re.compile(r"[a-z][a-z0-9_.:-]{0,119}")
_resolvers: dict[str, str] = {}
_conditions: list[str] = []


def allow(prefix: str, resolver: str) -> None:
    """Let tabs join `prefix` and `prefix:<rest>` where `resolver(actor, rest) -> bool` says so.

    `resolver` is a dotted path; the longest prefix that fits decides. Raises ValueError on a second resolver.
    """
    if not NAME.fullmatch(prefix):
        raise ValueError(f"live group prefix {prefix!r}")
    if _resolvers.setdefault(prefix, resolver) != resolver:
        raise ValueError(f"live group prefix {prefix!r} has two resolvers")


def depend(condition: str) -> None:
    """Keep a socket only while `condition(person, session) -> bool`, a dotted path, holds of the session behind it."""
    if condition not in _conditions:
        _conditions.append(condition)


def stands(person: Any, session: Any) -> bool:
    """Whether nothing that the session depends on has ended; asked in the portal, in a thread that may block."""
    return all(import_string(condition)(person, session) is True for condition in _conditions)


def may_join(actor: Actor, group: str) -> bool:
    """Whether the active `actor` may join `group` in the current portal."""
    if not actor.is_active or not NAME.fullmatch(group):
        return False
    prefix = group
    while prefix not in _resolvers:
        prefix, found, _rest = prefix.rpartition(":")
        if not found:
            return False
    resolver: Callable[[Actor, str], bool] = import_string(_resolvers[prefix])
    return resolver(actor, group[len(prefix) + 1 :]) is True


def own(actor: Actor, rest: str) -> bool:
    """`user:<id>`: only one's own; support does not hear what is said to the person whose account it uses."""
    return rest == str(actor.id) and not getattr(actor, "is_support", False)


def everyone(actor: Actor, rest: str) -> bool:
    """`portal`: every active person of the portal."""
    return rest == ""
