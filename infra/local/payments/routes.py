"""The table of addresses: each noun's file adds its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.payments.parameters import Refused, check, named
from infra.local.payments.state import State, Thing, expanded

Answer = Callable[..., Thing]


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    params: str
    answer: Answer


_routes: list[Route] = []


def route(method: str, path: str, params: str) -> Callable[[Answer], Answer]:
    """The function answers `path` ("/v1/customers/:id"); its parameters are those of the TypedDict named `params`."""

    def add(answer: Answer) -> Answer:
        _routes.append(Route(method, re.compile(re.sub(r":\w+", r"([^/]+)", path)), params, answer))
        return answer

    return add


def answer(state: State, method: str, path: str, given: dict[str, Any]) -> Thing:
    """What Stripe would say. Raises Refused."""
    for one in _routes:
        if one.method == method and (found := one.pattern.fullmatch(path)):
            checked = check(named(one.params), given)
            paths = checked.pop("expand", [])
            return dict(expanded(state, one.answer(state, checked, *found.groups()), paths))
    raise Refused(f"Unrecognized request URL ({method}: {path}).", status=404)
