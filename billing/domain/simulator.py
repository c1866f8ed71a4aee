"""What a plan would touch, before it is chosen: each person, site, domain and pipeline over its limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.utils.module_loading import import_string

from billing.contracts import Entitlements, Meter
from billing.domain.amounts import amount_text
from billing.domain.usage import in_order
from infra.kit.errors import Text
from infra.kit.refs import RecordCard
from infra.kit.registry import registry

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Touch:
    """One limit or feature that would change: `before` and `after` as people read them.

    `over` is how much would be over the new limit; `cards` are the records it would touch, at most SHOWN of them.
    """

    key: str
    title: Text
    before: str
    after: str
    better: bool
    over: str = ""
    cards: Sequence[RecordCard] = ()
    hidden: int = 0
    unit: str = ""


def simulate(
    *, rights: Entitlements, meters: Sequence[Meter], limits: Mapping[str, int | None], features: Mapping[str, bool]
) -> list[Touch]:
    """What would differ for the entered portal with these `limits` and `features`, what is lost first.

    Own limits that the operator granted stay, so they are left out.
    """
    used = {meter.key: meter.used for meter in meters}
    found = [
        _limit(limit.key, rights.limits[limit.key], limits.get(limit.key, 0), used.get(limit.key))
        for limit in in_order(registry.limits)
        if limit.key not in rights.overridden and rights.limits[limit.key] != limits.get(limit.key, 0)
    ]
    for feature in registry.features:
        has, would = feature.key in rights.features, features.get(feature.key, False)
        if has != would and feature.key not in rights.overridden:
            cards = _cards(feature.touched, SHOWN) if has and feature.touched else ()
            signs = ("✓" if has else "–", "✓" if would else "–")
            found.append(
                Touch(
                    key=feature.key,
                    title=feature.title,
                    before=signs[0],
                    after=signs[1],
                    better=would,
                    cards=cards,
                )
            )
    return sorted(found, key=lambda touch: (not touch.over, touch.better))


def _limit(key: str, before: int | None, after: int | None, used: int | None) -> Touch:
    limit = registry.limit(key)
    over = max(used - after, 0) if used is not None and after is not None and not limit.rate else 0
    cards = _cards(limit.touched, after, SHOWN) if over and limit.touched else ()
    return Touch(
        key=key,
        title=limit.title,
        before=amount_text(before, limit.unit),
        after=amount_text(after, limit.unit),
        better=after is None or (before is not None and after > before),
        over=amount_text(over, limit.unit) if over else "",
        cards=cards,
        unit=limit.unit,
        hidden=max(over - len(cards), 0) if cards and limit.unit != "bytes" else 0,
    )


def _cards(path: str, *args: object) -> Sequence[RecordCard]:
    return cast("Callable[..., Sequence[RecordCard]]", import_string(path))(*args)
